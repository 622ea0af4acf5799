// Points of a curve made fit for a page: thinned without losing spikes, smoothed without lagging behind.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace fovea::report {

/// y may be not a number: a gap.
struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

/// At most max_points (>= 4) points of the same shape: the range of x is cut into equal stretches and the lowest and highest point of each is kept,
/// and the first and last of all. Gaps stay where a whole stretch has no number.
///
/// points  by rising x
std::vector<Point> decimated(std::span<const Point> points, size_t max_points);

/// Mean over the neighbours up to `reach` places to either side, fewer at the ends; gaps are left out of it.
std::vector<Point> smoothed(std::span<const Point> points, size_t reach);

/// The value below which the fraction q in [0, 1] of the finite y lies (nearest rank); not a number when there is none.
double quantile(std::span<const Point> points, double q);

}  // namespace fovea::report
