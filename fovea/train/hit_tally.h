// Training pictures that were right since the last line of the log; the counts stay on the device until they are asked for.
#pragma once

#include "fovea/train/step.h"

#include <algorithm>
#include <cstdint>

namespace fovea::train {

class HitTally {
 public:
  void add(const StepResult& step, int64_t images) {
    hits_ = hits_.defined() ? hits_ + step.hits : step.hits;
    hits5_ = hits5_.defined() ? hits5_ + step.hits5 : step.hits5;
    images_ += images;
  }

  struct Shares {
    double top1 = 0;  ///< fractions
    double top5 = 0;
  };
  /// What was counted since the last call, which needs at least one step; waits for the device.
  Shares take() {
    const auto images = static_cast<double>(std::max<int64_t>(1, images_));
    const Shares shares{.top1 = static_cast<double>(hits_.item<int64_t>()) / images, .top5 = static_cast<double>(hits5_.item<int64_t>()) / images};
    *this = {};
    return shares;
  }

 private:
  Tensor hits_, hits5_;
  int64_t images_ = 0;
};

}  // namespace fovea::train
