// Boxes that cannot be what somebody meant: what is cut, what is left out, and how often.
#pragma once

#include "fovea/data/dataset.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

enum class BoxFault {
  kNone,
  kBeyond,     ///< reaches beyond the picture
  kEmpty,      ///< no width or no height
  kReversed,   ///< right of its left edge, or below its bottom
  kNotFinite,  ///< NaN or infinite
  kOutside,    ///< no part of it lies in the picture
};
inline constexpr int64_t kBoxFaults = 6;

/// The gravest fault of a box in fractions of its picture.
BoxFault fault_of(const box::Box& box);

/// Applies data.on_bad_box to the boxes of one data set and keeps the count. Not for several threads.
class BoxRule {
 public:
  explicit BoxRule(OnBadBox policy) : policy_(policy) {}

  /// Removes and cuts boxes in place. `place` of the picture, for messages: called at a fault only.
  /// throws kData at the first fault with kStop, naming picture, box and fault
  template <class Place>
  void apply(std::vector<Object>& objects, Place place) {
    std::erase_if(objects, [&, index = int64_t{0}](Object& object) mutable {
      const BoxFault fault = fault_of(object.box);
      const int64_t number = index++;
      return fault != BoxFault::kNone && is_left_out(object, fault, number, place());
    });
  }

  /// One line for each kind of fault met: how many, what became of them, and where the first is.
  [[nodiscard]] std::vector<std::string> said() const;

 private:
  bool is_left_out(Object& object, BoxFault fault, int64_t number, const std::string& place);

  OnBadBox policy_;
  std::array<int64_t, kBoxFaults> counts_{};
  std::array<std::string, kBoxFaults> first_;
};

}  // namespace fovea::data
