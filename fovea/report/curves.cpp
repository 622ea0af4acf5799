// Which figures are drawn in which chart. One run: each chart shows what belongs together; several runs: each chart shows one figure of all of them.
#include "fovea/base/strings.h"
#include "fovea/report/chart.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace fovea::report {

namespace {

constexpr double kEpochsForAxis = 2;  // chosen: shorter runs are counted in steps
constexpr size_t kSmoothShare = 60;   // the mean reaches over a sixtieth of the run to either side: chosen by eye
constexpr size_t kFewPoints = 40;     // nothing to smooth

enum class Smooth { kNo, kMean, kMeanOverRaw };

struct Figure {
  std::string_view tag, name;
  int colour = 0;
  Smooth smooth = Smooth::kNo;
  Line::Stroke stroke = Line::Stroke::kPlain;
};

struct Panel {
  std::string_view id, title, note;
  Unit unit = Unit::kNumber;
  Chart::Range range = Chart::Range::kData;
  std::vector<Figure> figures;
};

const std::vector<Panel>& panels() {
  using Range = Chart::Range;
  using Stroke = Line::Stroke;
  static const std::vector<Panel> table{
      {"loss",
       "Loss",
       "cross-entropy; faint: as logged; strong: running mean",
       Unit::kNumber,
       Range::kAutoLog,
       {{"train/cross_entropy", "training", 0, Smooth::kMeanOverRaw},
        {"val/loss", "validation", 1},
        {"val_ema/loss", "validation, averaged weights", 2, Smooth::kNo, Stroke::kDashed}}},
      {"accuracy",
       "Accuracy",
       "",
       Unit::kPercent,
       Range::kData,
       {{"val/top1", "top-1", 0},
        {"val_ema/top1", "top-1, averaged weights", 0, Smooth::kNo, Stroke::kDashed},
        {"val/top5", "top-5", 2},
        {"val_ema/top5", "top-5, averaged weights", 2, Smooth::kNo, Stroke::kDashed},
        {"train/top1", "training top-1", 7, Smooth::kMean}}},
      {"rate", "Learning rate", "", Unit::kNumber, Range::kAutoLog, {{"train/lr", "learning rate", 3}}},
      {"gradient", "Gradient norm", "before clipping", Unit::kNumber, Range::kAutoLog, {{"train/grad_norm", "gradient norm", 4, Smooth::kMeanOverRaw}}},
      {"speed", "Pictures per second", "", Unit::kNumber, Range::kFromZero, {{"perf/img_per_s", "pictures per second", 2, Smooth::kMeanOverRaw}}},
      {"wait", "Waiting", "share of the time", Unit::kPercent, Range::kFromZero, {{"perf/wait_fraction", "for data", 1, Smooth::kMeanOverRaw}}},
      {"memory", "Memory", "GB", Unit::kNumber, Range::kFromZero, {{"mem/host_gb", "of the host", 5}}},
  };
  return table;
}

bool counts_epochs(std::span<const RunData> runs) {
  return std::any_of(runs.begin(), runs.end(), [](const RunData& run) { return run.metrics.last_epoch >= kEpochsForAxis; });
}

std::vector<Point> points_of(const RunData& run, std::string_view tag, bool by_epoch) {
  std::vector<Point> points;
  for (const Sample& sample : run.metrics.samples(tag)) points.push_back({by_epoch ? sample.epoch : static_cast<double>(sample.step), sample.value});
  // Epochs come from the file like everything else: a damaged one may not run backwards.
  std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  return points;
}

void add_lines(const Figure& figure, const std::string& name, int colour, bool shows_raw, const std::vector<Point>& points, std::vector<Line>& lines) {
  const bool is_smoothed = figure.smooth != Smooth::kNo && points.size() > kFewPoints;
  if (is_smoothed && shows_raw && figure.smooth == Smooth::kMeanOverRaw) {
    lines.push_back({.name = name + ", as logged", .points = points, .colour = colour, .stroke = Line::Stroke::kThin});
  }
  lines.push_back({.name = name,
                   .points = is_smoothed ? smoothed(points, std::max<size_t>(2, points.size() / kSmoothShare)) : points,
                   .colour = colour,
                   .stroke = figure.stroke,
                   .has_marks = figure.tag.starts_with("val")});
}

std::vector<Moment> resumes_of(const RunData& run, bool by_epoch) {
  std::vector<Moment> moments;
  for (const Event& event : run.metrics.events) {
    if (!event.continues_run || event.was_undone) continue;
    moments.push_back({.x = by_epoch ? event.epoch : static_cast<double>(event.step), .text = fmt::format("continued at step {}", format_count(event.step))});
  }
  return moments;
}

Chart frame_of(const Panel& panel, std::span<const RunData> runs, bool by_epoch) {
  Chart chart{.id = "chart-" + std::string(panel.id),
              .title = std::string(panel.title),
              .note = std::string(panel.note),
              .x_name = by_epoch ? "epoch" : "step",
              .unit = panel.unit,
              .range = panel.range};
  const MetricsLog& first = runs.front().metrics;
  // Steps in an epoch differ from run to run, so the read-out of several does not tell them.
  if (by_epoch) chart.steps_per_x = runs.size() == 1 && first.last_epoch > 0 ? static_cast<double>(first.last_step) / first.last_epoch : 0;
  return chart;
}

std::string own_charts(const RunData& run, bool by_epoch) {
  std::string result;
  for (const Panel& panel : panels()) {
    Chart chart = frame_of(panel, std::span(&run, 1), by_epoch);
    for (const Figure& figure : panel.figures) {
      add_lines(figure, std::string(figure.name), figure.colour, true, points_of(run, figure.tag, by_epoch), chart.lines);
    }
    chart.moments = resumes_of(run, by_epoch);
    const auto expected = run.expectation();
    if (panel.id == "accuracy" && expected) chart.level = Level{.y = expected->top1, .name = "promised top-1"};
    result += chart_figure(chart);
  }
  return result;
}

std::string shared_charts(std::span<const RunData> runs, bool by_epoch) {
  constexpr std::array kShared{
      std::string_view("train/cross_entropy"), std::string_view("val/loss"), std::string_view("val/top1"),        std::string_view("val/top5"),
      std::string_view("val_ema/top1"),        std::string_view("train/lr"), std::string_view("train/grad_norm"), std::string_view("perf/img_per_s"),
      std::string_view("perf/wait_fraction")};
  std::string result;
  for (const Panel& panel : panels()) {
    for (const Figure& figure : panel.figures) {
      if (std::find(kShared.begin(), kShared.end(), figure.tag) == kShared.end()) continue;
      Chart chart = frame_of(panel, runs, by_epoch);
      chart.id += fmt::format("-{}", &figure - panel.figures.data());
      chart.note = panel.figures.size() > 1 ? std::string(figure.name) : "";
      for (size_t i = 0; i < runs.size(); ++i)
        add_lines(figure, runs[i].name, static_cast<int>(i), false, points_of(runs[i], figure.tag, by_epoch), chart.lines);
      for (Line& line : chart.lines) line.stroke = line.stroke == Line::Stroke::kDashed ? Line::Stroke::kPlain : line.stroke;
      result += chart_figure(chart);
    }
  }
  return result;
}

}  // namespace

std::string curves_section(std::span<const RunData> runs) {
  const bool by_epoch = counts_epochs(runs);
  const std::string charts = runs.size() == 1 ? own_charts(runs.front(), by_epoch) : shared_charts(runs, by_epoch);
  if (charts.empty()) return section("curves", "Curves", absent("No figures were logged yet (metrics.jsonl)."));
  return section("curves", "Curves", "<div class=\"charts\">" + charts + "</div>");
}

}  // namespace fovea::report
