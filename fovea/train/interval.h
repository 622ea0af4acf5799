// "20steps", "1epoch", "10min": how often something happens, with its unit.
#pragma once

#include "fovea/base/fields.h"

#include <optional>
#include <string>
#include <string_view>

namespace fovea::train {

struct Interval {
  enum class Unit { kSteps, kEpochs, kMinutes };
  double count = 0;
  Unit unit = Unit::kSteps;
  bool operator==(const Interval&) const = default;
};

}  // namespace fovea::train

namespace fovea {

/// Units: step(s), epoch(s), s, sec, min, h. A bare number is refused: units save mistakes.
template <>
struct FieldType<train::Interval> {
  static std::string kind() { return "interval such as 20steps, 1epoch, 10min"; }
  static std::string print(const train::Interval& value);
  static std::optional<train::Interval> parse(std::string_view text);
};

}  // namespace fovea
