#include "fovea/data/box_rule.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <algorithm>
#include <cmath>

namespace fovea::data {
namespace {

constexpr std::array<std::string_view, kBoxFaults> kDescriptions{"",
                                                                 "reaching beyond the picture",
                                                                 "without width or height",
                                                                 "with corners in the wrong order",
                                                                 "with a coordinate that is not finite",
                                                                 "outside of the picture"};

std::string_view description(BoxFault fault) { return kDescriptions[static_cast<size_t>(fault)]; }

}  // namespace

BoxFault fault_of(const box::Box& box) {
  if (!std::isfinite(box.y0) || !std::isfinite(box.x0) || !std::isfinite(box.y1) || !std::isfinite(box.x1)) return BoxFault::kNotFinite;
  if (box.y1 < box.y0 || box.x1 < box.x0) return BoxFault::kReversed;
  if (box.y1 == box.y0 || box.x1 == box.x0) return BoxFault::kEmpty;
  if (box.y1 <= 0 || box.x1 <= 0 || box.y0 >= 1 || box.x0 >= 1) return BoxFault::kOutside;
  if (box.y0 < 0 || box.x0 < 0 || box.y1 > 1 || box.x1 > 1) return BoxFault::kBeyond;
  return BoxFault::kNone;
}

bool BoxRule::is_left_out(Object& object, BoxFault fault, int64_t number, const std::string& place) {
  const box::Box& box = object.box;
  if (policy_ == OnBadBox::kStop) {
    fail(ErrorCode::kData, Advice{"correct it; data.on_bad_box=clip cuts what reaches beyond the picture and leaves out the rest"},
         "{}: box {} is one {}: left {}, top {}, right {}, bottom {} as fractions of the picture", place, number, description(fault), box.x0, box.y0, box.x1,
         box.y1);
  }
  const auto kind = static_cast<size_t>(fault);
  if (counts_[kind]++ == 0) first_[kind] = place;
  if (fault != BoxFault::kBeyond || policy_ == OnBadBox::kDrop) return true;
  object.box = {.y0 = std::max(box.y0, 0.0F), .x0 = std::max(box.x0, 0.0F), .y1 = std::min(box.y1, 1.0F), .x1 = std::min(box.x1, 1.0F)};
  return false;
}

std::vector<std::string> BoxRule::said() const {
  std::vector<std::string> lines;
  for (size_t kind = 0; kind < counts_.size(); ++kind) {
    if (counts_[kind] == 0) continue;
    const bool is_cut = static_cast<BoxFault>(kind) == BoxFault::kBeyond && policy_ == OnBadBox::kClip;
    lines.push_back(fmt::format("{} box{} {} {} {}, the first in {}", format_count(counts_[kind]), counts_[kind] == 1 ? "" : "es", kDescriptions[kind],
                                counts_[kind] == 1 ? "is" : "are", is_cut ? "cut to it" : "left out", first_[kind]));
  }
  return lines;
}

}  // namespace fovea::data
