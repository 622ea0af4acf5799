// Which figures are drawn in which chart. One run: each chart shows what belongs together; several runs: each chart shows one figure of all of them.
#include "fovea/base/strings.h"
#include "fovea/report/chart.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

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
  std::string_view stands_for = {};  ///< left out where this tag was logged
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
       "without L2 terms; faint: as logged; strong: running mean",
       Unit::kNumber,
       Range::kAutoLog,
       {{"train/cross_entropy", "training", 0, Smooth::kMeanOverRaw},
        {"train/loss", "training", 0, Smooth::kMeanOverRaw, Stroke::kPlain, "train/cross_entropy"},
        {"val/loss", "validation", 1},
        {"val_ema/loss", "validation, averaged weights", 2, Smooth::kNo, Stroke::kDashed},
        {"train/loss_cls", "training, classes", 4, Smooth::kMeanOverRaw},
        {"train/loss_box", "training, boxes", 3, Smooth::kMeanOverRaw}}},
      {"accuracy",
       "Accuracy",
       "",
       Unit::kPercent,
       Range::kData,
       {{"val/top1", "top-1", 0},
        {"val_ema/top1", "top-1, averaged weights", 0, Smooth::kNo, Stroke::kDashed},
        {"val/top5", "top-5", 2},
        {"val_ema/top5", "top-5, averaged weights", 2, Smooth::kNo, Stroke::kDashed},
        {"train/top1", "training top-1", 7, Smooth::kMean},
        {"val/AP", "AP", 0},
        {"val_ema/AP", "AP, averaged weights", 0, Smooth::kNo, Stroke::kDashed},
        {"val/AP50", "AP50", 2},
        {"val/AP75", "AP75", 3}}},
      {"rate", "Learning rate", "", Unit::kNumber, Range::kAutoLog, {{"train/lr", "learning rate", 3}}},
      {"gradient", "Gradient norm", "before clipping", Unit::kNumber, Range::kAutoLog, {{"train/grad_norm", "gradient norm", 4, Smooth::kMeanOverRaw}}},
      {"speed", "Pictures per second", "", Unit::kNumber, Range::kFromZero, {{"perf/img_per_s", "pictures per second", 2, Smooth::kMeanOverRaw}}},
      {"wait", "Waiting", "share of the time", Unit::kPercent, Range::kFromZero, {{"perf/wait_fraction", "for data", 1, Smooth::kMeanOverRaw}}},
      {"memory", "Memory", "GB", Unit::kNumber, Range::kFromZero, {{"mem/host_gb", "of the host", 5}}},
  };
  return table;
}

/// What stands on the x axis.
struct Measure {
  enum class Of { kStep, kEpoch, kTime };
  Of of = Of::kStep;
  std::string_view name = "step";
  double unit = 1;  ///< seconds in one of them

  [[nodiscard]] double place(int64_t step, double epoch, double seconds) const {
    return of == Of::kStep ? static_cast<double>(step) : of == Of::kEpoch ? epoch : seconds / unit;
  }
};
constexpr Measure kSteps{};
constexpr Measure kEpochs{.of = Measure::Of::kEpoch, .name = "epoch"};

Measure time_measure(double seconds) {
  constexpr double kMinute = 60, kHour = 3600;
  if (seconds > 2 * kHour) return {.of = Measure::Of::kTime, .name = "hours", .unit = kHour};
  if (seconds > 2 * kMinute) return {.of = Measure::Of::kTime, .name = "minutes", .unit = kMinute};
  return {.of = Measure::Of::kTime, .name = "seconds"};
}

bool counts_epochs(std::span<const RunData> runs) {
  return std::any_of(runs.begin(), runs.end(), [](const RunData& run) { return run.metrics.last_epoch >= kEpochsForAxis; });
}

std::vector<Point> points_of(const RunData& run, std::string_view tag, const Measure& x) {
  std::vector<Point> points;
  for (const Sample& sample : run.metrics.samples(tag)) points.push_back({x.place(sample.step, sample.epoch, sample.seconds), sample.value});
  // Epochs and times come from the file like everything else: a damaged one may not run backwards.
  std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  return points;
}

void add_lines(const Figure& figure, Line line, const std::vector<Point>& points, bool shows_raw, std::vector<Line>& lines) {
  const bool is_smoothed = figure.smooth != Smooth::kNo && points.size() > kFewPoints;
  if (is_smoothed && shows_raw && figure.smooth == Smooth::kMeanOverRaw) {
    lines.push_back({.name = line.name + ", as logged", .points = points, .colour = line.colour, .stroke = Line::Stroke::kThin});
  }
  line.points = is_smoothed ? smoothed(points, std::max<size_t>(2, points.size() / kSmoothShare)) : points;
  lines.push_back(std::move(line));
}

std::vector<Moment> resumes_of(const RunData& run, const Measure& x) {
  std::vector<Moment> moments;
  for (const Event& event : run.metrics.events) {
    if (!event.continues_run || event.was_undone) continue;
    moments.push_back({.x = x.place(event.step, event.epoch, 0), .text = fmt::format("continued at step {}", format_count(event.step))});
  }
  return moments;
}

Chart frame_of(const Panel& panel, const Measure& x) {
  return {.id = "chart-" + std::string(panel.id),
          .title = std::string(panel.title),
          .note = std::string(panel.note),
          .x_name = std::string(x.name),
          .unit = panel.unit,
          .range = panel.range};
}

std::string own_charts(const RunData& run, const Measure& x) {
  std::string result;
  const MetricsLog& log = run.metrics;
  for (const Panel& panel : panels()) {
    Chart chart = frame_of(panel, x);
    if (x.of == Measure::Of::kEpoch) chart.steps_per_x = log.last_epoch > 0 ? static_cast<double>(log.last_step) / log.last_epoch : 0;
    for (const Figure& figure : panel.figures) {
      if (!run.metrics.samples(figure.stands_for).empty()) continue;
      const bool has_marks = figure.tag.starts_with("val") && figure.stroke == Line::Stroke::kPlain;
      add_lines(figure, {.name = std::string(figure.name), .points = {}, .colour = figure.colour, .stroke = figure.stroke, .has_marks = has_marks},
                points_of(run, figure.tag, x), true, chart.lines);
    }
    chart.moments = resumes_of(run, x);
    const auto expected = run.expectation();
    if (panel.id == "accuracy" && expected) chart.level = Level{.y = expected->value, .name = fmt::format("promised {}", run.metric_label())};
    result += chart_figure(chart);
  }
  return result;
}

std::string shared_charts(std::span<const RunData> runs, const Measure& x) {
  constexpr std::array kShared{
      std::string_view("train/cross_entropy"), std::string_view("val/loss"), std::string_view("val/top1"),        std::string_view("val/top5"),
      std::string_view("val_ema/top1"),        std::string_view("val/AP"),   std::string_view("val/AP50"),        std::string_view("train/loss_cls"),
      std::string_view("train/loss_box"),      std::string_view("train/lr"), std::string_view("train/grad_norm"), std::string_view("perf/img_per_s"),
      std::string_view("perf/wait_fraction")};
  constexpr size_t kManyPoints = 8000;  // chosen: of all runs together in one chart; with nine charts and three measures the page stays below 3 MB
  std::string result;
  for (const Panel& panel : panels()) {
    for (const Figure& figure : panel.figures) {
      if (std::find(kShared.begin(), kShared.end(), figure.tag) == kShared.end()) continue;
      Chart chart = frame_of(panel, x);
      chart.id += fmt::format("-{}-{}", &figure - panel.figures.data(), x.of == Measure::Of::kTime ? "time" : x.name);
      chart.note = panel.figures.size() > 1 ? std::string(figure.name) : "";
      chart.has_legend = false;  // one for all charts stands above them
      chart.max_points = std::clamp<size_t>(kManyPoints / runs.size(), 100, 500);
      chart.steps_per_x = x.of == Measure::Of::kStep ? 1 : 0;  // steps in an epoch differ from run to run
      for (size_t i = 0; i < runs.size(); ++i) {
        Line line = line_of_run(i, runs[i].name);
        line.has_marks = figure.tag.starts_with("val");
        add_lines(figure, std::move(line), points_of(runs[i], figure.tag, x), false, chart.lines);
      }
      result += chart_figure(chart);
    }
  }
  return result;
}

/// Buttons without a script: each shows the charts that belong to it.
std::string measured_charts(std::span<const RunData> runs) {
  double seconds = 0;
  for (const RunData& run : runs) seconds = std::max(seconds, run.metrics.seconds);
  struct Choice {
    Measure measure;
    std::string_view id, label;
  };
  std::vector<Choice> choices{{kSteps, "step", "step"}, {kEpochs, "epoch", "epoch"}};
  if (seconds > 0) choices.push_back({time_measure(seconds), "time", "time"});
  const std::string_view first = counts_epochs(runs) ? "epoch" : "step";
  std::string buttons, charts;
  for (const Choice& choice : choices) {
    const std::string drawn = shared_charts(runs, choice.measure);
    if (drawn.empty()) return {};
    buttons += fmt::format("<input type=\"radio\" name=\"x\" id=\"by-{0}\"{1}><label for=\"by-{0}\">{2}</label>", choice.id,
                           choice.id == first ? " checked" : "", choice.label);
    charts += fmt::format("<div class=\"charts by-{}\">{}</div>", choice.id, drawn);
  }
  std::string legend;
  for (size_t i = 0; i < runs.size(); ++i)
    legend += fmt::format("<span tabindex=\"0\" data-name=\"{}\">{} {}</span>", drawn_name(runs[i].name), run_key(i), escape(runs[i].name));
  return fmt::format("<div class=\"measured\"><span class=\"about\">against</span> {}<div class=\"legend all\">{}</div>{}</div>\n", buttons, legend, charts);
}

}  // namespace

std::string curves_section(std::span<const RunData> runs) {
  const bool is_one = runs.size() == 1;
  const std::string charts = is_one ? own_charts(runs.front(), counts_epochs(runs) ? kEpochs : kSteps) : measured_charts(runs);
  if (charts.empty()) return section("curves", "Curves", absent("No figures were logged yet (metrics.jsonl)."));
  return section("curves", "Curves", is_one ? "<div class=\"charts\">" + charts + "</div>" : charts);
}

}  // namespace fovea::report
