// What kind of errors a detector makes, over all and by class.
#include "fovea/base/strings.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace fovea::report {

namespace {

constexpr size_t kMaxRows = 40;  // as many as a list is still read as a whole
constexpr size_t kNameColumns = 42;

int64_t sum_of(const ErrorNumbers& errors) { return std::accumulate(errors.begin(), errors.end(), int64_t{0}); }

ClassErrors all_classes(const DetectionEvaluation& evaluation) {
  ClassErrors all;
  for (const ClassErrors& each : evaluation.errors) {
    all.objects += each.objects;
    all.detections += each.detections;
    all.right += each.right;
    for (size_t kind = 0; kind < kErrorKinds.size(); ++kind) all.errors[kind] += each.errors[kind];
  }
  return all;
}

std::string kinds_table(const ClassErrors& all) {
  const auto total = static_cast<double>(std::max<int64_t>(1, sum_of(all.errors)));
  std::string result = "<table><thead><tr><th>error</th><th class=\"n\">times</th><th class=\"wide\">share of the errors</th></tr></thead><tbody>\n";
  for (size_t kind = 0; kind < kErrorKinds.size(); ++kind) {
    const double share = 100 * static_cast<double>(all.errors[kind]) / total;
    result += fmt::format(
        "<tr><td><b>{}</b><br><small>{}</small></td><td class=\"n\">{}</td><td><div class=\"bar miss\"><span><i style=\"width:{:.1f}%\"></i></span><b>{:.1f} "
        "%</b></div></td></tr>\n",
        kErrorKinds[kind].title, kErrorKinds[kind].meaning, format_count(all.errors[kind]), share, share);
  }
  return result + "</tbody></table>";
}

std::string class_table(const DetectionEvaluation& evaluation) {
  std::vector<const ClassErrors*> rows;
  for (const ClassErrors& each : evaluation.errors) {
    if (each.objects > 0 || each.detections > 0) rows.push_back(&each);
  }
  std::ranges::stable_sort(rows, std::ranges::greater{}, [](const ClassErrors* each) { return sum_of(each->errors); });
  const std::string_view cut = rows.size() > kMaxRows ? " with the most (all are in errors.csv)" : "";
  rows.resize(std::min(rows.size(), kMaxRows));
  std::string result = fmt::format("<h3>By class{}</h3>", cut);
  result += "<table class=\"sortable\"><thead><tr><th>class</th><th class=\"n\">objects</th><th class=\"n\">boxes</th><th class=\"n\">right</th>";
  for (const ErrorKind& kind : kErrorKinds) result += fmt::format("<th class=\"n\">{}</th>", kind.title);
  result += "</tr></thead><tbody>\n";
  for (const ClassErrors* each : rows) {
    result += fmt::format("<tr><td>{}</td>", escape(shorten(each->name, kNameColumns)));
    for (const int64_t count : {each->objects, each->detections, each->right}) result += fmt::format("<td class=\"n\">{}</td>", format_count(count));
    for (const int64_t count : each->errors) result += fmt::format("<td class=\"n\">{}</td>", format_count(count));
    result += "</tr>\n";
  }
  return result + "</tbody></table>";
}

}  // namespace

std::string errors_section(const RunData& run) {
  constexpr std::string_view kTitle = "Kinds of errors";
  const DetectionEvaluation& evaluation = *run.evaluation->detection;
  if (evaluation.errors.empty()) return section("errors", kTitle, absent("The evaluation left no table of errors (errors.csv)."));
  const ClassErrors all = all_classes(evaluation);
  std::string about =
      fmt::format("Of {} boxes, {} are right; there are {} objects.", format_count(all.detections), format_count(all.right), format_count(all.objects));
  if (evaluation.score_min && all.right == 0) {
    about +=
        fmt::format(" As none is right, as many of the surest boxes count as there are objects: those with a score of {:.2f} or more.", *evaluation.score_min);
  } else if (evaluation.score_min && evaluation.precision && evaluation.recall && evaluation.f1) {
    about += fmt::format(" Counted are boxes with a score of {:.2f} or more, where F1 is highest ({:.2f}): precision {:.1f} %, recall {:.1f} % at IoU 0.50.",
                         *evaluation.score_min, *evaluation.f1, *evaluation.precision * 100, *evaluation.recall * 100);
  }
  return section("errors", kTitle,
                 fmt::format("<p class=\"about\">{}</p><div class=\"card scroll\">{}</div><div class=\"card scroll\">{}</div>\n", about, kinds_table(all),
                             class_table(evaluation)));
}

}  // namespace fovea::report
