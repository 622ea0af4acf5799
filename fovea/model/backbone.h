// The layers of a ResNet v1.5 (arXiv:1512.03385, stride in the 3x3) or ResNeXt (arXiv:1611.05431) before its head: one family, variants as rows of
// numbers, for classifiers and detectors alike.
#pragma once

#include "fovea/model/options.h"
#include "fovea/nn/chain.h"
#include "fovea/nn/pool.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fovea::model {

/// How much of the network, and how fine its last map.
struct BackboneShape {
  std::string_view variant;  ///< "resnet34"
  int64_t stages = 4;
  int64_t last_stride = 2;  ///< of the first block of the last stage
};

class Backbone {
 public:
  /// Adds its tensors with torchvision's names: conv1, bn1, layer1.0.conv1, layer1.0.downsample.0.
  Backbone(const BackboneShape& shape, const ModelOptions& options, std::optional<uint64_t> seed, nn::Parameters& parameters);

  /// The network, written once: of tensors, with a context, it computes; of values of a graph, with its builder, it writes down.
  template <class Value, class On>
  [[nodiscard]] Value forward(const Value& images, On& on) const {
    Value x = stem_.forward(images, on);
    if (pools_) x = nn::max_pool(x, pool_, on);
    for (const nn::Chain& block : blocks_) x = block.forward(x, on);
    return x;
  }
  [[nodiscard]] int64_t out_channels() const { return blocks_.back().out_channels(); }

 private:
  bool pools_;
  nn::Pool pool_;
  nn::Chain stem_;
  std::vector<nn::Chain> blocks_;
};

}  // namespace fovea::model
