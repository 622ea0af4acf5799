// "20steps", "1epoch", "10min": how often something happens, with its unit; and what an epoch is.
#pragma once

#include "fovea/base/fields.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fovea::train {

/// floor(N / G), at least 1 (spec 2.7).
constexpr int64_t steps_per_epoch(int64_t images, int64_t global_batch) { return std::max<int64_t>(1, images / global_batch); }

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
