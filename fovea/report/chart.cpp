#include "fovea/report/chart.h"

#include "fovea/base/strings.h"
#include "fovea/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

namespace fovea::report {

namespace {

// In units of the viewBox; the page shows a figure about this wide, so that letters keep their size.
constexpr double kWidth = 560, kHeight = 250;
constexpr double kLeft = 52, kRight = 14, kTop = 12, kBottom = 34;
constexpr size_t kMaxMarks = 40;    // chosen: dots closer than about 12 units hide the curve
constexpr double kLogRatio = 100;   // chosen: below two powers of ten a linear axis shows more
constexpr double kTooLarge = 1e30;  // beyond it differences overflow
constexpr size_t kNameColumns = 48;

struct Frame {
  Axis x, y;
  [[nodiscard]] double px(double value) const { return kLeft + x.position(value) * (kWidth - kLeft - kRight); }
  [[nodiscard]] double py(double value) const { return kHeight - kBottom - y.position(value) * (kHeight - kTop - kBottom); }
};

bool is_drawable(const Point& point) { return std::abs(point.x) < kTooLarge && std::abs(point.y) < kTooLarge; }

std::vector<Line> drawable_lines(const Chart& chart) {
  std::vector<Line> lines;
  for (const Line& line : chart.lines) {
    if (std::none_of(line.points.begin(), line.points.end(), is_drawable)) continue;
    lines.push_back(line);
    for (Point& point : lines.back().points) {
      if (!is_drawable(point)) point.y = std::nan("");
    }
    lines.back().points = decimated(lines.back().points, chart.max_points);
  }
  return lines;
}

Frame frame_of(const Chart& chart, const std::vector<Line>& lines) {
  std::vector<Point> all;
  for (const Line& line : lines) {
    std::copy_if(line.points.begin(), line.points.end(), std::back_inserter(all), is_drawable);
  }
  const auto by_x = [](const Point& a, const Point& b) { return a.x < b.x; };
  const auto by_y = [](const Point& a, const Point& b) { return a.y < b.y; };
  const auto [first, last] = std::minmax_element(all.begin(), all.end(), by_x);
  const auto [lowest, highest] = std::minmax_element(all.begin(), all.end(), by_y);
  double low = lowest->y;
  double high = highest->y;
  if (chart.level) {
    low = std::min(low, chart.level->y);
    high = std::max(high, chart.level->y);
  }
  if (low == 0 && high == 0) high = 1;  // nothing is below zero where all is zero: scores at the beginning
  // Zero and below have no place on a log axis; the tenth of the values nearest to zero may not decide about it (a cosine ends there).
  const double typical_low = quantile(all, 0.1);
  const bool is_log = chart.range == Chart::Range::kAutoLog && typical_low > 0 && high / typical_low > kLogRatio;
  const Axis x = linear_axis(std::min(0.0, first->x), last->x, 8, Limits::kExact);
  if (is_log) {
    for (const Point& point : all) {
      if (point.y > 0 && (low <= 0 || point.y < low)) low = point.y;
    }
    return {x, log_axis(std::max(low, high * 1e-9), high * 1.1, 6)};
  }
  if (chart.range == Chart::Range::kFromZero || (low >= 0 && low < 0.4 * high)) low = std::min(0.0, low);  // chosen: zero is shown where it is near
  Axis y = linear_axis(low, high, 6, Limits::kRounded);
  if (chart.unit == Unit::kPercent && y.max > 1 && high <= 1) y.max = 1;
  return {x, y};
}

std::string grid(const Chart& chart, const Frame& frame) {
  std::string result = "<g class=\"grid\">";
  for (const double tick : frame.y.ticks) {
    const double y = frame.py(tick);
    result += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\"/>", kLeft, y, kWidth - kRight);
    result += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"e\">{}</text>", kLeft - 7, y + 3.8, tick_label(frame.y, tick, chart.unit));
  }
  for (const double tick : frame.x.ticks) {
    const double x = frame.px(tick);
    result += fmt::format("<path d=\"M{:.1f} {:.1f}v4\" class=\"tick\"/>", x, kHeight - kBottom);
    result += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"m\">{}</text>", x, kHeight - kBottom + 17, tick_label(frame.x, tick, chart.x_unit));
  }
  result += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" class=\"base\"/>", kLeft, kHeight - kBottom, kWidth - kRight);
  result += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"e\">{}</text></g>", kWidth - kRight, kHeight - 4, chart.x_name);
  return result;
}

std::string path_of(const std::vector<Point>& points, const Frame& frame) {
  std::string path;
  bool is_down = false;
  for (const Point& point : points) {
    const bool has_place = std::isfinite(point.y) && (frame.y.scale == Scale::kLinear || point.y > 0);
    if (has_place) fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.2f}", is_down ? 'L' : 'M', frame.px(point.x), frame.py(point.y));
    is_down = has_place;
  }
  return path;
}

std::string drawing_of(const Line& line, const Chart& chart, const Frame& frame) {
  std::string result =
      fmt::format("<g><path class=\"line {}\" data-name=\"{}\" d=\"{}\"/>", line_class(line), drawn_name(line.name), path_of(line.points, frame));
  const bool is_lonely = line.points.size() == 1;
  if ((!line.has_marks && !is_lonely) || line.points.size() > kMaxMarks) return result + "</g>";
  for (const Point& point : line.points) {
    if (!std::isfinite(point.y)) continue;
    result += fmt::format("<circle class=\"c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\"><title>{}: {}</title></circle>", line.colour % kNumColours,
                          frame.px(point.x), frame.py(point.y), escape(line.name), value_label(point.y, chart.unit));
  }
  return result + "</g>";
}

std::string moments_of(const Chart& chart, const Frame& frame) {
  std::string result;
  for (const Moment& moment : chart.moments) {
    if (!(moment.x >= frame.x.min && moment.x <= frame.x.max)) continue;
    result += fmt::format("<path class=\"moment\" d=\"M{:.1f} {:.1f}V{:.1f}\"><title>{}</title></path>", frame.px(moment.x), kTop, kHeight - kBottom,
                          escape(moment.text));
  }
  return result;
}

double last_value(const Line& line) {
  const auto last = std::find_if(line.points.rbegin(), line.points.rend(), [](const Point& point) { return std::isfinite(point.y); });
  return last->y;
}

std::string legend(const Chart& chart, const std::vector<Line>& lines) {
  std::string result = "<div class=\"legend\">";
  for (const Line& line : lines) {
    if (line.stroke == Line::Stroke::kThin) continue;
    result += fmt::format("<span><i class=\"{}\"></i>{} <b>{}</b></span>", line_class(line), drawn_name(line.name),
                          value_label(line.value.value_or(last_value(line)), chart.unit));
  }
  if (chart.level)
    result += fmt::format("<span><i class=\"level\"></i>{} <b>{}</b></span>", escape(chart.level->name), value_label(chart.level->y, chart.unit));
  if (!chart.moments.empty()) result += "<span><i class=\"moment\"></i>continued</span>";
  return result + "</div>";
}

}  // namespace

Line line_of_run(size_t index, std::string name) {
  constexpr std::array kStrokes{Line::Stroke::kPlain, Line::Stroke::kDashed, Line::Stroke::kDotted};
  return {.name = std::move(name), .points = {}, .colour = static_cast<int>(index % kNumColours), .stroke = kStrokes[index / kNumColours % kStrokes.size()]};
}

std::string drawn_name(std::string_view name) { return escape(shorten(name, kNameColumns)); }

std::string line_class(const Line& line) {
  constexpr std::array<std::string_view, 4> kNames{"", " thin", " dash", " dots"};
  return fmt::format("c{}{}", line.colour % kNumColours, kNames[static_cast<size_t>(line.stroke)]);
}

std::string value_label(double value, Unit unit) { return unit == Unit::kPercent ? fmt::format("{:.2f} %", value * 100) : format_number(value); }

std::string chart_figure(const Chart& chart) {
  const std::vector<Line> lines = drawable_lines(chart);
  if (lines.empty()) return {};
  const Frame frame = frame_of(chart, lines);
  std::string result = fmt::format("<figure class=\"card\" id=\"{}\"><figcaption><b>{}</b> <span>{}</span></figcaption>", chart.id, chart.title, chart.note);
  if (chart.has_legend) result += legend(chart, lines);
  // What script.cpp needs to turn a place back into values.
  result += fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" data-box=\"{} {} {} {}\" data-x=\"{:.10g} {:.10g}\" data-y=\"{:.10g} "
      "{:.10g}\" "
      "data-log=\"{}\" data-percent=\"{}\" data-x-percent=\"{}\" data-name=\"{}\" data-steps=\"{:.10g}\">",
      kWidth, kHeight, chart.title, kLeft, kTop, kWidth - kRight, kHeight - kBottom, frame.x.min, frame.x.max, frame.y.min, frame.y.max,
      frame.y.scale == Scale::kLog ? 1 : 0, chart.unit == Unit::kPercent ? 1 : 0, chart.x_unit == Unit::kPercent ? 1 : 0, chart.x_name, chart.steps_per_x);
  result += grid(chart, frame) + moments_of(chart, frame);
  if (chart.level) result += fmt::format("<path class=\"level\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", kLeft, frame.py(chart.level->y), kWidth - kRight);
  for (const Line& line : lines) result += drawing_of(line, chart, frame);
  return result + "</svg></figure>\n";
}

}  // namespace fovea::report
