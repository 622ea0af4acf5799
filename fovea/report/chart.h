// A line chart as inline SVG: axes, curves, marks. Colours are the classes c0 to c7 of the page's style, so light and dark need one drawing.
#pragma once

#include "fovea/report/axis.h"
#include "fovea/report/series.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::report {

constexpr int kNumColours = 8;

struct Line {
  enum class Stroke { kPlain, kThin, kDashed, kDotted };
  std::string name;           ///< in the legend; not escaped yet
  std::vector<Point> points;  ///< by rising x
  int colour = 0;             ///< taken modulo kNumColours
  Stroke stroke = Stroke::kPlain;
  bool has_marks = false;       ///< a dot with its value at every point, when there are few
  std::optional<double> value;  ///< beside its name in the legend; its last one when there is none
};

/// The line of the n-th of several runs, the same in every chart: eight colours plain, the same ones dashed, then dotted.
Line line_of_run(size_t index, std::string name);

/// The name that the drawing of a line carries for the script: cut to fit, escaped.
std::string drawn_name(std::string_view name);

/// "c2 dash": the classes that draw such a line.
std::string line_class(const Line& line);

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
  std::string x_name;      ///< "epoch", "step", "recall", or a unit of time
  double steps_per_x = 1;  ///< for the read-out: optimiser steps in one unit of x
  Unit x_unit = Unit::kNumber;
  Unit unit = Unit::kNumber;
  Range range = Range::kData;
  bool has_legend = true;
  size_t max_points = 1000;  ///< of a line
  std::vector<Line> lines;
  std::vector<Moment> moments;
  std::optional<Level> level;
};

/// A <figure> with title, legend and drawing. Curves are thinned to max_points. Lines without a finite point are left out; when all are, the result
/// is empty.
std::string chart_figure(const Chart& chart);

/// How a value is written beside a curve: four significant digits, or a percentage with two decimals.
std::string value_label(double value, Unit unit);

}  // namespace fovea::report
