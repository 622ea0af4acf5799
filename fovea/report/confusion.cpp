// What is taken for what: a heat map when the classes are few, else the pairs that are confused most.
#include "fovea/base/strings.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fovea::report {

namespace {

constexpr size_t kMaxHeatMap = 40;  // larger ones have cells too small to point at
constexpr size_t kMaxNumbers = 16;  // cells wide enough for a number
constexpr size_t kMaxPairs = 40;
constexpr size_t kPairsBeside = 15;  // as tall as the heat map of ten classes
constexpr size_t kNameColumns = 18;

std::vector<int64_t> truth_totals(const Evaluation& evaluation) {
  std::vector<int64_t> totals(evaluation.classes.size(), 0);
  for (const ConfusionCell& cell : evaluation.confusion) totals[static_cast<size_t>(cell.truth)] += cell.count;
  return totals;
}

const std::string& name_of(const Evaluation& evaluation, int64_t index) { return evaluation.classes[static_cast<size_t>(index)].name; }

/// "cat taken for dog"; of a detector, whose first row and column are the background, also "cat missed" and "cat seen where nothing is".
std::string words_for(const Evaluation& evaluation, const ConfusionCell& cell) {
  if (evaluation.is_detection && cell.predicted == 0) return name_of(evaluation, cell.truth) + " missed";
  if (evaluation.is_detection && cell.truth == 0) return name_of(evaluation, cell.predicted) + " seen where nothing is";
  return fmt::format("{} taken for {}", name_of(evaluation, cell.truth), name_of(evaluation, cell.predicted));
}

std::string heat_map(const Evaluation& evaluation) {
  const size_t num_classes = evaluation.classes.size();
  const auto classes = static_cast<double>(num_classes);
  const double cell = std::clamp(560.0 / classes, 15.0, 46.0);
  const double left = 130, top = 18, side = cell * classes;
  const double label_room = num_classes <= kMaxNumbers ? 74 : 104;
  const std::vector<int64_t> totals = truth_totals(evaluation);
  std::string result =
      fmt::format("<svg class=\"heat\" viewBox=\"0 0 {:.0f} {:.0f}\" style=\"max-width:{:.0f}px\" role=\"img\" aria-label=\"confusion matrix\">",
                  left + side + 60, top + side + label_room, left + side + 60);
  result += fmt::format("<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", left, top, side, side);
  for (const ConfusionCell& entry : evaluation.confusion) {
    const auto total = totals[static_cast<size_t>(entry.truth)];
    const double share = static_cast<double>(entry.count) / static_cast<double>(total);
    const double x = left + cell * static_cast<double>(entry.predicted);
    const double y = top + cell * static_cast<double>(entry.truth);
    const bool is_right = entry.truth == entry.predicted;
    // The square root lets the few mistakes be seen beside the many hits.
    const double shade = is_right ? share : std::sqrt(share);
    result += fmt::format("<g><rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill-opacity=\"{:.3f}\"/>",
                          is_right ? "hit" : "miss", x + 0.5, y + 0.5, cell - 1, cell - 1, shade);
    if (num_classes <= kMaxNumbers) {
      result += fmt::format("<text class=\"m{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", shade > 0.55 ? " on" : "", x + cell / 2, y + cell / 2 + 4, entry.count);
    }
    result += fmt::format("<title>{}: {} of {} ({:.1f} %)</title></g>", escape(words_for(evaluation, entry)), entry.count, total, share * 100);
  }
  for (size_t i = 0; i < num_classes; ++i) {
    const std::string name = escape(shorten(evaluation.classes[i].name, kNameColumns));
    const double middle = cell * (static_cast<double>(i) + 0.5);
    result += fmt::format("<text class=\"e\" x=\"{}\" y=\"{:.1f}\">{}</text>", left - 7, top + middle + 4, name);
    const double x = left + middle + 3;
    const double y = top + side + 12;
    result += fmt::format("<text class=\"e\" transform=\"translate({:.1f} {:.1f}) rotate(-40)\">{}</text>", x, y, name);
  }
  return result + fmt::format("<text class=\"axis e\" x=\"{}\" y=\"11\">truth ↓</text><text class=\"axis\" x=\"{:.1f}\" y=\"{:.1f}\">← predicted</text></svg>",
                              left - 7, left + side + 6, top + side + 15);
}

// A detector's cells with the background are no pairs of classes, and would fill the table: the kinds of errors by class count them.
std::string pair_table(const Evaluation& evaluation, size_t max_pairs) {
  std::vector<ConfusionCell> pairs;
  for (const ConfusionCell& cell : evaluation.confusion) {
    const bool is_with_background = evaluation.is_detection && (cell.truth == 0 || cell.predicted == 0);
    if (cell.truth != cell.predicted && !is_with_background) pairs.push_back(cell);
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const ConfusionCell& a, const ConfusionCell& b) { return a.count > b.count; });
  if (pairs.size() > max_pairs) pairs.resize(max_pairs);
  if (pairs.empty()) return absent("No class was taken for another.");
  const std::vector<int64_t> totals = truth_totals(evaluation);
  std::string result = fmt::format(
      "<table class=\"sortable\"><thead><tr><th>truth</th><th>taken for</th><th class=\"n\">{}</th><th class=\"wide\">share of the "
      "class</th></tr></thead><tbody>\n",
      evaluation.is_detection ? "times" : "pictures");
  for (const ConfusionCell& pair : pairs) {
    const double share = 100 * static_cast<double>(pair.count) / static_cast<double>(totals[static_cast<size_t>(pair.truth)]);
    result += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td data-v=\"{:.5g}\"><div class=\"bar miss\"><span><i style=\"width:{:.1f}%\"></i></span><b>{:.1f} "
        "%</b></div></td></tr>\n",
        escape(shorten(name_of(evaluation, pair.truth), 2 * kNameColumns)), escape(shorten(name_of(evaluation, pair.predicted), 2 * kNameColumns)), pair.count,
        share, share, share);
  }
  return result + "</tbody></table>";
}

}  // namespace

std::string confusion_section(const RunData& run) {
  constexpr std::string_view kTitle = "Confusion";
  const Evaluation& evaluation = *run.evaluation;
  if (evaluation.confusion.empty()) return section("confusion", kTitle, absent("The evaluation left no confusion matrix (confusion.csv)."));
  if (evaluation.classes.size() > kMaxHeatMap) {
    const std::string_view counted =
        evaluation.is_detection ? " Counted are boxes on an object of another class at IoU 0.50, from the score on that the kinds of errors are counted from; "
                                  "the share is that of the objects of the true class."
                                : "";
    return section("confusion", kTitle,
                   fmt::format("<p class=\"about\">The pairs of classes that are confused most.{}</p><div class=\"card scroll\">{}</div>", counted,
                               pair_table(evaluation, kMaxPairs)));
  }
  const std::string_view reading =
      evaluation.is_detection
          ? "Rows are what there is, columns what was seen, box on object at IoU 0.50 and from the score on that the kinds of errors are counted "
            "from; colour is the share of the row, blue where both agree. The row of the background has the boxes on no object, its column the "
            "objects without a box."
          : "Rows are what the pictures show, columns what was predicted; colour is the share of the row, blue where both agree.";
  return section(
      "confusion", kTitle,
      fmt::format(
          "<p class=\"about\">{}</p><div class=\"pair\"><div class=\"card scroll\">{}</div><div class=\"card scroll\"><h3>Most confused</h3>{}</div></div>",
          reading, heat_map(evaluation), pair_table(evaluation, kPairsBeside)));
}

}  // namespace fovea::report
