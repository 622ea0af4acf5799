// The scale of a chart: round limits, ticks at 1-2-5 steps or at powers of ten, and what stands beside them.
#pragma once

#include <string>
#include <vector>

namespace fovea::report {

enum class Scale { kLinear, kLog };

struct Axis {
  Scale scale = Scale::kLinear;
  double min = 0;
  double max = 1;
  std::vector<double> ticks;  ///< rising, within [min, max]
  double step = 1;            ///< between two ticks, of a linear axis

  /// Where `value` lies: 0 at min, 1 at max; outside [0, 1] beyond them.
  [[nodiscard]] double position(double value) const;
};

/// low, high  finite; equal ones give a range around them
/// max_ticks  at least 2
enum class Limits { kExact, kRounded };  ///< end at the data, or at the ticks around it
Axis linear_axis(double low, double high, int max_ticks, Limits limits);

/// Ticks at powers of ten; at 1, 2 and 5 when the range is below two of them; at every n-th power when there are too many.
/// low, high  above 0
Axis log_axis(double low, double high, int max_ticks);

enum class Unit { kNumber, kPercent };  ///< kPercent: values are fractions

/// "0.05", "20k", "1.5M", "60 %", "10⁻⁶": as many decimals as the distance of the ticks needs.
std::string tick_label(const Axis& axis, double tick, Unit unit);

}  // namespace fovea::report
