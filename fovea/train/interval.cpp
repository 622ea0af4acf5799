#include "fovea/train/interval.h"

#include "fovea/base/strings.h"

namespace fovea {

using train::Interval;

std::string FieldType<Interval>::print(const Interval& value) {
  switch (value.unit) {
    case Interval::Unit::kSteps: return fmt::format("{}{}", value.count, value.count == 1 ? "step" : "steps");
    case Interval::Unit::kEpochs: return fmt::format("{}{}", value.count, value.count == 1 ? "epoch" : "epochs");
    case Interval::Unit::kMinutes: return fmt::format("{}min", value.count);
  }
  return {};
}

std::optional<Interval> FieldType<Interval>::parse(std::string_view text) {
  const size_t end = text.find_first_not_of("0123456789.+");
  if (end == std::string_view::npos) return std::nullopt;
  const std::optional<double> count = parse_double(trim(text.substr(0, end)));
  if (!count || *count <= 0) return std::nullopt;
  const std::string unit = normal_name(trim(text.substr(end)));
  if (unit == "step" || unit == "steps") {
    if (*count != static_cast<double>(static_cast<int64_t>(*count))) return std::nullopt;
    return Interval{*count, Interval::Unit::kSteps};
  }
  if (unit == "epoch" || unit == "epochs") return Interval{*count, Interval::Unit::kEpochs};
  if (unit == "s" || unit == "sec") return Interval{*count / 60, Interval::Unit::kMinutes};
  if (unit == "min") return Interval{*count, Interval::Unit::kMinutes};
  if (unit == "h") return Interval{*count * 60, Interval::Unit::kMinutes};
  return std::nullopt;
}

}  // namespace fovea
