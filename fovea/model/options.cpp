#include "fovea/model/options.h"

namespace fovea::model {

const std::vector<Field>& ModelOptions::fields() {
  using M = ModelOptions;
  static const std::vector<Field> table{
      field("name", &M::name, "network: see `fovea model`"),
      field("padding", &M::padding, "same: TensorFlow's, the extra pixel at the bottom and right; symmetric: as torchvision"),
      field("stem", &M::stem,
            "imagenet: 7x7 stride 2 and pooling; keras: the same with explicit padding, SAME in the pooling; small: 3x3 without pooling, for pictures of 32 to "
            "64 px"),
      field("initialiser", &M::initialiser, "first values of the convolutions"),
      field("zero_init_last_gamma", &M::zero_init_last_gamma, "start every block as the identity"),
      field("stage1_projection", &M::stage1_projection,
            "project the shortcut of the first block of stage 1 in basic-block nets too, as the reference does; torchvision does not"),
      field("bn_momentum", &M::bn_momentum, "share of the old moving statistic that an update keeps", {.min = 0, .max = 1}),
      field("bn_epsilon", &M::bn_epsilon, "added to the variance in batch norm", {.min = 0, .max = 1}),
      field("dense_init_std", &M::dense_init_std, "deviation of the dense layer's first values; 0: glorot uniform", {.min = 0, .max = 10}),
  };
  return table;
}

}  // namespace fovea::model
