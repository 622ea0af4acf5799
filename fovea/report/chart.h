// A line chart as inline SVG: axes, curves, marks. Colours are the classes c0 to c7 of the page's style, so light and dark need one drawing.
#pragma once

#include "fovea/report/axis.h"
#include "fovea/report/series.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::report {

constexpr int kNumColours = 8;

struct Line {
  enum class Stroke { kPlain, kThin, kDashed };
  std::string name;           ///< in the legend; not escaped yet
  std::vector<Point> points;  ///< by rising x
  int colour = 0;             ///< taken modulo kNumColours
  Stroke stroke = Stroke::kPlain;
  bool has_marks = false;  ///< a dot with its value at every point, when there are few
};

/// A vertical line: here the run was continued.
struct Moment {
  double x = 0;
  std::string text;
};

/// A horizontal line: the result that the recipe promises.
struct Level {
  double y = 0;
  std::string name;
};

struct Chart {
  enum class Range {
    kData,      ///< about the values
    kFromZero,  ///< from 0 to the highest value
    kAutoLog,   ///< powers of ten when the values span more than two of them, else about the values
  };
  std::string id;  ///< of the element; ours, not from outside
  std::string title;
  std::string note;        ///< unit or reading aid beside the title
  std::string x_name;      ///< "epoch" or "step"
  double steps_per_x = 1;  ///< for the read-out: optimiser steps in one unit of x
  Unit unit = Unit::kNumber;
  Range range = Range::kData;
  std::vector<Line> lines;
  std::vector<Moment> moments;
  std::optional<Level> level;
};

/// A <figure> with title, legend and drawing. Curves are thinned to 1,000 points. Lines without a finite point are left out; when all are, the result
/// is empty.
std::string chart_figure(const Chart& chart);

/// How a value is written beside a curve: four significant digits, or a percentage with two decimals.
std::string value_label(double value, Unit unit);

}  // namespace fovea::report
