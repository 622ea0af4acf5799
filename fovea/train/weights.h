// Which of a checkpoint's weights are meant. A header of its own, so that users of a trained network need no LibTorch to say it.
#pragma once

#include <array>
#include <string_view>

namespace fovea::train {

enum class Weights {
  kRaw,  ///< as the optimiser left them
  kEma,  ///< averaged over the steps
};
inline constexpr std::array<std::string_view, 2> kWeightsNames{"raw", "ema"};
constexpr const auto& enum_names(Weights) { return kWeightsNames; }

}  // namespace fovea::train
