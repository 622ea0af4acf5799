#include "fovea/report/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace fovea::report {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

std::vector<Point> line(size_t count) {
  std::vector<Point> points;
  for (size_t i = 0; i < count; ++i) points.push_back({static_cast<double>(i), 1.0});
  return points;
}

TEST(Decimated, KeepsSpikesAndEnds) {
  std::vector<Point> points = line(100'000);
  points[12'345].y = 50;
  points[77'777].y = -50;

  const std::vector<Point> thin = decimated(points, 1000);

  EXPECT_LE(thin.size(), 1000U);
  EXPECT_EQ(std::count(thin.begin(), thin.end(), Point{12'345, 50}), 1);
  EXPECT_EQ(std::count(thin.begin(), thin.end(), Point{77'777, -50}), 1);
  EXPECT_EQ(thin.front(), points.front());
  EXPECT_EQ(thin.back(), points.back());
  EXPECT_TRUE(std::is_sorted(thin.begin(), thin.end(), [](const Point& a, const Point& b) { return a.x < b.x; }));
}

TEST(Decimated, LeavesFewPointsAlone) { EXPECT_EQ(decimated(line(1000), 1000), line(1000)); }

TEST(Decimated, KeepsGapsThatAreWide) {
  std::vector<Point> points = line(10'000);
  for (size_t i = 4000; i < 6000; ++i) points[i].y = kGap;

  const std::vector<Point> thin = decimated(points, 100);

  EXPECT_GT(std::count_if(thin.begin(), thin.end(), [](const Point& point) { return std::isnan(point.y); }), 0);
}

TEST(Decimated, BearsPointsThatAllHaveOneX) {
  const std::vector<Point> points(5000, Point{3, 4});

  EXPECT_LE(decimated(points, 100).size(), 100U);
}

TEST(Smoothed, IsTheMeanOfTheNeighbours) {
  const std::vector<Point> points{{0, 0}, {1, 3}, {2, 6}, {3, 0}};

  const std::vector<Point> mean = smoothed(points, 1);

  // (0 + 3) / 2, (0 + 3 + 6) / 3, (3 + 6 + 0) / 3, (6 + 0) / 2
  EXPECT_EQ(mean, (std::vector<Point>{{0, 1.5}, {1, 3}, {2, 3}, {3, 3}}));
}

TEST(Smoothed, LeavesOutGaps) {
  const std::vector<Point> points{{0, 2}, {1, kGap}, {2, 4}};

  EXPECT_EQ(smoothed(points, 1)[1], (Point{1, 3}));
}

TEST(Quantile, IsTheNearestRank) {
  const std::vector<Point> points{{0, 5}, {1, 1}, {2, kGap}, {3, 3}};

  EXPECT_EQ(quantile(points, 0.5), 3);
  EXPECT_EQ(quantile(points, 1), 5);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

}  // namespace
}  // namespace fovea::report
