#include "fovea/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace fovea::report {

namespace {

// The smallest 1, 2 or 5 times a power of ten that is not below `least`.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::string plain(double value, double step) {
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 9);
  return fmt::format("{:.{}f}", value, decimals);
}

std::string superscript(int exponent) {
  constexpr std::string_view kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string result = exponent < 0 ? "⁻" : "";
  for (const char c : fmt::format("{}", std::abs(exponent))) result += kDigits[c - '0'];
  return result;
}

std::string log_label(double tick) {
  const int exponent = static_cast<int>(std::floor(std::log10(tick) + 1e-9));
  const auto factor = static_cast<int>(std::lround(tick / std::pow(10.0, exponent)));
  if (exponent >= -4 && exponent <= 3) return fmt::format("{:.{}f}", tick, std::max(0, -exponent));
  return factor == 1 ? "10" + superscript(exponent) : fmt::format("{}·10{}", factor, superscript(exponent));
}

}  // namespace

double Axis::position(double value) const {
  if (scale == Scale::kLog) return (std::log(std::max(value, min)) - std::log(min)) / (std::log(max) - std::log(min));
  return (value - min) / (max - min);
}

Axis linear_axis(double low, double high, int max_ticks, Limits limits) {
  if (!(high - low > 1e-12 * std::max(std::abs(low), std::abs(high)))) {
    const double margin = low == 0 ? 1 : std::abs(low) * 0.1;
    low -= margin;
    high += margin;
  }
  Axis axis{.scale = Scale::kLinear, .min = low, .max = high, .ticks = {}, .step = round_step((high - low) / max_ticks)};
  if (limits == Limits::kRounded) {
    axis.min = std::floor(low / axis.step + 1e-9) * axis.step;
    axis.max = std::ceil(high / axis.step - 1e-9) * axis.step;
  }
  for (double index = std::ceil(axis.min / axis.step - 1e-9); index * axis.step <= axis.max + 1e-9 * axis.step; ++index) {
    axis.ticks.push_back(index * axis.step + 0.0);  // + 0.0: no "-0"
  }
  return axis;
}

Axis log_axis(double low, double high, int max_ticks) {
  if (!(high > low * 1.0001)) {
    low /= 2;
    high *= 2;
  }
  Axis axis{.scale = Scale::kLog, .min = low, .max = high, .ticks = {}, .step = 0};
  const auto first = static_cast<int>(std::floor(std::log10(low) - 1e-9));
  const auto last = static_cast<int>(std::ceil(std::log10(high) + 1e-9));
  const bool is_short = high / low < 100;
  const int stride = std::max(1, (last - first) / max_ticks + (((last - first) % max_ticks) != 0 ? 1 : 0));
  for (int exponent = first; exponent <= last; exponent += is_short ? 1 : stride) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && !is_short) break;
      const double tick = factor * std::pow(10.0, exponent);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) axis.ticks.push_back(tick);
    }
  }
  return axis;
}

std::string tick_label(const Axis& axis, double tick, Unit unit) {
  if (unit == Unit::kPercent) return plain(tick * 100, axis.step * 100) + " %";
  if (axis.scale == Scale::kLog) return log_label(tick);
  const double largest = std::max(std::abs(axis.min), std::abs(axis.max));
  if (tick == 0 || largest < 10'000) return plain(tick, axis.step);
  if (largest < 1e6) return plain(tick / 1e3, axis.step / 1e3) + "k";
  if (largest < 1e9) return plain(tick / 1e6, axis.step / 1e6) + "M";
  return fmt::format("{:.3g}", tick);
}

}  // namespace fovea::report
