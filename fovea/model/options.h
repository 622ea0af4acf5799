// What a recipe says about the network.
#pragma once

#include "fovea/base/fields.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::model {

enum class Padding {
  kSame,       ///< TensorFlow's SAME: the extra pixel at the bottom and right (spec 1.1)
  kSymmetric,  ///< floor(k / 2) on every side, as torchvision
};
inline constexpr std::array<std::string_view, 2> kPaddingNames{"same", "symmetric"};
constexpr const auto& enum_names(Padding) { return kPaddingNames; }

enum class Initialiser { kVarianceScaling, kHeNormal };  // spec 1.2
inline constexpr std::array<std::string_view, 2> kInitialiserNames{"variance_scaling", "he_normal"};
constexpr const auto& enum_names(Initialiser) { return kInitialiserNames; }

enum class Stem {
  kImageNet,  ///< 7x7 stride 2 and max pooling (spec 2.1)
  kKeras,     ///< the same with 3 pixels of explicit padding (spec 2.6)
  kSmall,     ///< 3x3 stride 1 without pooling, for pictures of 32 to 64 pixels (He et al. 2015, section 4.2)
};
inline constexpr std::array<std::string_view, 3> kStemNames{"imagenet", "keras", "small"};
constexpr const auto& enum_names(Stem) { return kStemNames; }

struct ModelOptions {
  std::string name = "resnet50";
  Padding padding = Padding::kSame;
  Stem stem = Stem::kImageNet;
  Initialiser initialiser = Initialiser::kVarianceScaling;
  bool zero_init_last_gamma = false;
  bool stage1_projection = true;  ///< the reference projects the first block of stage 1 in basic-block nets too (spec 2.1)
  double bn_momentum = 0.997;     ///< m <- m * momentum + batch * (1 - momentum), spec 1.3
  double bn_epsilon = 1e-5;
  double dense_init_std = 0;  ///< 0: glorot uniform (RN-E); else normal with this deviation (RN-K: 0.01)

  static const std::vector<Field>& fields();
};

}  // namespace fovea::model
