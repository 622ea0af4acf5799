#include "fovea/report/series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fovea::report {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Lowest and highest of a stretch, in their order.
void append_extremes(std::span<const Point> stretch, std::vector<Point>& result) {
  const Point* low = nullptr;
  const Point* high = nullptr;
  for (const Point& point : stretch) {
    if (!std::isfinite(point.y)) continue;
    if (low == nullptr || point.y < low->y) low = &point;
    if (high == nullptr || point.y > high->y) high = &point;
  }
  if (low == nullptr) {
    result.push_back({stretch.front().x, kNone});
  } else if (low == high) {
    result.push_back(*low);
  } else {
    result.push_back(*std::min(low, high));
    result.push_back(*std::max(low, high));
  }
}

}  // namespace

std::vector<Point> decimated(std::span<const Point> points, size_t max_points) {
  if (points.size() <= max_points) return {points.begin(), points.end()};
  const size_t stretches = (max_points - 2) / 2;
  const double first_x = points.front().x;
  const double width = (points.back().x - first_x) / static_cast<double>(stretches);
  std::vector<Point> result{points.front()};
  std::span<const Point> rest = points.subspan(1, points.size() - 2);
  for (size_t i = 1; i <= stretches && !rest.empty(); ++i) {
    const double end_x = i == stretches ? std::numeric_limits<double>::infinity() : first_x + width * static_cast<double>(i);
    const auto end = std::find_if(rest.begin(), rest.end(), [&](const Point& point) { return point.x > end_x; });
    const auto count = static_cast<size_t>(end - rest.begin());
    if (count > 0) append_extremes(rest.first(count), result);
    rest = rest.subspan(count);
  }
  result.push_back(points.back());
  return result;
}

std::vector<Point> smoothed(std::span<const Point> points, size_t reach) {
  std::vector<double> sums(points.size() + 1, 0);
  std::vector<size_t> counts(points.size() + 1, 0);
  for (size_t i = 0; i < points.size(); ++i) {
    const bool is_number = std::isfinite(points[i].y);
    sums[i + 1] = sums[i] + (is_number ? points[i].y : 0);
    counts[i + 1] = counts[i] + (is_number ? 1 : 0);
  }
  std::vector<Point> result;
  result.reserve(points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    const size_t begin = i - std::min(reach, i);
    const size_t end = std::min(i + reach + 1, points.size());
    const size_t count = counts[end] - counts[begin];
    const double mean = count == 0 ? kNone : (sums[end] - sums[begin]) / static_cast<double>(count);
    result.push_back({points[i].x, mean});
  }
  return result;
}

double quantile(std::span<const Point> points, double q) {
  std::vector<double> values;
  values.reserve(points.size());
  for (const Point& point : points) {
    if (std::isfinite(point.y)) values.push_back(point.y);
  }
  if (values.empty()) return kNone;
  const auto rank = static_cast<size_t>(std::lround(q * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

}  // namespace fovea::report
