// Accuracy of every class: all of them as bars when they are few, else the ends of the list and a table to search.
#include "fovea/base/strings.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::report {

namespace {

constexpr size_t kFewClasses = 40;  // a list of this length is still read as a whole
constexpr size_t kEnds = 20;
constexpr size_t kMaxRows = 3000;  // chosen: about 1 MB of page
constexpr size_t kNameColumns = 42;

using Row = const ClassScore*;

std::string bar_cell(const ClassScore& score) {
  const double share = std::clamp(score.accuracy, 0.0, 1.0) * 100;
  return fmt::format("<td data-v=\"{:.5g}\"><div class=\"bar\"><span><i style=\"width:{:.1f}%\"></i></span><b>{:.1f} %</b></div></td>", score.accuracy, share,
                     share);
}

// Worst first; of equal ones the one with more pictures.
std::vector<Row> ranked(const Evaluation& evaluation) {
  std::vector<Row> rows;
  for (const ClassScore& score : evaluation.classes) {
    if (score.images > 0) rows.push_back(&score);
  }
  std::stable_sort(rows.begin(), rows.end(), [](Row a, Row b) { return a->accuracy != b->accuracy ? a->accuracy < b->accuracy : a->images > b->images; });
  return rows;
}

std::string detection_table(std::span<const Row> rows, std::string_view attributes) {
  std::string result = fmt::format(
      "<table {}><thead><tr><th>class</th><th class=\"wide\">AP</th><th class=\"n\">AP50</th><th class=\"n\">objects</th><th "
      "class=\"n\">detections</th></tr></thead><tbody>\n",
      attributes);
  for (const Row row : rows) {
    result +=
        fmt::format("<tr><td>{}</td>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n", escape(shorten(row->name, kNameColumns)),
                    bar_cell(*row), row->ap50 ? fmt::format("{:.1f} %", *row->ap50 * 100) : "–", format_count(row->images), format_count(row->predicted));
  }
  return result + "</tbody></table>";
}

std::string classification_table(std::span<const Row> rows, std::string_view attributes) {
  std::string result = fmt::format(
      "<table {}><thead><tr><th>class</th><th class=\"wide\">accuracy</th><th class=\"n\">pictures</th><th class=\"n\">precision</th><th>most often taken "
      "for</th></tr></thead><tbody>\n",
      attributes);
  for (const Row row : rows) {
    const std::string precision = row->precision ? fmt::format("{:.1f} %", *row->precision * 100) : "–";
    const std::string confused =
        row->most_confused_with.empty() ? "" : fmt::format("{} <small>{}×</small>", escape(shorten(row->most_confused_with, kNameColumns)), row->times);
    result += fmt::format("<tr><td>{}</td>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n", escape(shorten(row->name, kNameColumns)),
                          bar_cell(*row), format_count(row->images), precision, confused);
  }
  return result + "</tbody></table>";
}

std::string diagnosis(const Evaluation& evaluation) {
  if (!evaluation.detection || evaluation.detection->diagnosis.empty()) return {};
  return fmt::format("<p class=\"hint\">AP is near zero after {} (in the first few hundred that means little): {}.</p>\n",
                     format_count(evaluation.step, "step"), escape(join(evaluation.detection->diagnosis, "; ")));
}

}  // namespace

std::string class_section(const RunData& run) {
  const bool is_detection = run.evaluation->is_detection;
  const std::string_view title = is_detection ? "AP by class" : "Accuracy by class";
  const auto table = [&](std::span<const Row> some, std::string_view attributes) {
    return is_detection ? detection_table(some, attributes) : classification_table(some, attributes);
  };
  const std::vector<Row> rows = ranked(*run.evaluation);
  if (rows.empty()) return section("classes", title, absent("The evaluation left no table of classes (per_class.csv)."));
  std::string body = fmt::format("<p class=\"about\">Evaluation at step {}{}, {} of {} {}, the weakest first.</p>\n", format_count(run.evaluation->step),
                                 run.evaluation->weights == "ema" ? ", averaged weights" : "", format_count(run.evaluation->images, "picture"),
                                 format_count(static_cast<int64_t>(rows.size())), rows.size() == 1 ? "class" : "classes");
  body += diagnosis(*run.evaluation);
  const std::span<const Row> all(rows);
  if (rows.size() <= kFewClasses) return section("classes", title, body + "<div class=\"card scroll\">" + table(all, "class=\"sortable\"") + "</div>");
  std::vector<Row> best(rows.end() - kEnds, rows.end());
  std::reverse(best.begin(), best.end());
  body += fmt::format(
      "<div class=\"pair\"><div class=\"card scroll\"><h3>The {} weakest</h3>{}</div><div class=\"card scroll\"><h3>The {} strongest</h3>{}</div></div>\n",
      kEnds, table(all.first(kEnds), "class=\"ends\""), kEnds, table(best, "class=\"ends\""));
  const size_t shown = std::min(rows.size(), kMaxRows);
  const std::string cut = shown < rows.size() ? fmt::format(" (the weakest {} of {}; the rest is in per_class.csv)", shown, rows.size()) : "";
  body += fmt::format(
      "<details class=\"card scroll\"><summary>All classes{}</summary><input type=\"search\" class=\"filter\" placeholder=\"search a class\" "
      "aria-label=\"search a class\">{}</details>\n",
      cut, table(all.first(shown), "class=\"sortable\""));
  return section("classes", title, body);
}

}  // namespace fovea::report
