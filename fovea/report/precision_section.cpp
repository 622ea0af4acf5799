// Precision against recall of a detector: means over the classes, and every class when they are few, else the ends of the list.
#include "fovea/base/strings.h"
#include "fovea/report/chart.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace fovea::report {

namespace {

constexpr size_t kMostCurves = 12;  // more than these in one chart cannot be told apart

double area_under(const PrecisionCurve& curve) {
  return std::accumulate(curve.precision.begin(), curve.precision.end(), 0.0) / static_cast<double>(std::max<size_t>(1, curve.precision.size()));
}

Line line_of(const DetectionEvaluation& evaluation, const PrecisionCurve& curve, Line line) {
  for (size_t r = 0; r < evaluation.recalls.size(); ++r) line.points.push_back({evaluation.recalls[r], curve.precision[r]});
  line.value = area_under(curve);
  return line;
}

Chart frame(std::string id, std::string title, std::string note) {
  return {.id = std::move(id),
          .title = std::move(title),
          .note = std::move(note),
          .x_name = "recall",
          .steps_per_x = 0,
          .x_unit = Unit::kPercent,
          .unit = Unit::kPercent,
          .range = Chart::Range::kFromZero};
}

std::string chart_of_means(const DetectionEvaluation& evaluation) {
  constexpr std::array<std::string_view, 3> kNames{"AP (IoU 0.50 to 0.95)", "AP50 (IoU 0.50)", "AP75 (IoU 0.75)"};
  constexpr std::array kColours{0, 2, 3};  // as in the chart over the steps
  Chart chart = frame("chart-pr", "All classes", "mean over the classes");
  for (size_t i = 0; i < evaluation.means.size(); ++i)
    chart.lines.push_back(line_of(evaluation, evaluation.means[i], {.name = std::string(kNames[i]), .points = {}, .colour = kColours[i]}));
  return chart_figure(chart);
}

std::string chart_of_classes(const DetectionEvaluation& evaluation) {
  std::vector<const PrecisionCurve*> curves;
  for (const PrecisionCurve& each : evaluation.classes) curves.push_back(&each);
  std::ranges::stable_sort(curves, {}, [](const PrecisionCurve* each) { return area_under(*each); });
  std::string note = "IoU 0.50, the weakest first";
  if (curves.size() > kMostCurves) {
    note = fmt::format("IoU 0.50; the {} weakest and the {} strongest of {}; all are in pr.csv", kMostCurves / 2, kMostCurves / 2,
                       format_count(std::ssize(curves)));
    curves.erase(curves.begin() + kMostCurves / 2, curves.end() - kMostCurves / 2);
  }
  Chart chart = frame("chart-pr-classes", "By class", std::move(note));
  for (size_t i = 0; i < curves.size(); ++i) chart.lines.push_back(line_of(evaluation, *curves[i], line_of_run(i, curves[i]->name)));
  return chart_figure(chart);
}

}  // namespace

std::string precision_section(const RunData& run) {
  constexpr std::string_view kTitle = "Precision against recall";
  const DetectionEvaluation& evaluation = *run.evaluation->detection;
  if (evaluation.recalls.empty()) return section("precision", kTitle, absent("The evaluation left no curves (pr.csv)."));
  return section(
      "precision", kTitle,
      "<p class=\"about\">Of the boxes that are needed to find this share of the objects, how many are right, at COCO's 101 recalls; the figure beside "
      "a name is the area under its curve.</p><div class=\"charts\">" +
          chart_of_means(evaluation) + chart_of_classes(evaluation) + "</div>");
}

}  // namespace fovea::report
