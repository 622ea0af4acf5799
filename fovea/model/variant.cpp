#include "fovea/model/variant.h"

#include "fovea/base/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::model {
namespace {

/// Table 1 of arXiv:1512.03385, spec 2.1 (200: arXiv:1603.05027) and spec 2.2.
constexpr std::array kVariants{
    Variant{"resnet18", {2, 2, 2, 2}, false, 1},          Variant{"resnet34", {3, 4, 6, 3}, false, 1},
    Variant{"resnet50", {3, 4, 6, 3}, true, 1},           Variant{"resnet101", {3, 4, 23, 3}, true, 1},
    Variant{"resnet152", {3, 8, 36, 3}, true, 1},         Variant{"resnet200", {3, 24, 36, 3}, true, 1},
    Variant{"resnext50_32x4d", {3, 4, 6, 3}, true, 32},   Variant{"resnext101_32x4d", {3, 4, 23, 3}, true, 32},
    Variant{"resnext152_32x4d", {3, 8, 36, 3}, true, 32},
};

int64_t blocks_of(const TensorShapes& tensors, size_t stage) {
  int64_t count = 0;
  while (tensors.contains(fmt::format("layer{}.{}.conv1.weight", stage + 1, count))) ++count;
  return count;
}

/// Of the first block: what its 3x3 convolution takes in against what it is given; 0 when these are no kernels.
int64_t groups_of(const TensorShapes& tensors) {
  const auto first = tensors.find("layer1.0.conv1.weight"), second = tensors.find("layer1.0.conv2.weight");
  if (first == tensors.end() || second == tensors.end() || first->second.size() != 4 || second->second.size() != 4 || second->second[1] < 1) return 0;
  return first->second[0] / second->second[1];
}

}  // namespace

const Variant& variant_named(std::string_view name) {
  const auto* variant = std::ranges::find(kVariants, name, &Variant::name);
  FOVEA_CHECK(variant != kVariants.end(), "\"{}\" is not of the ResNet family", name);
  return *variant;
}

std::optional<std::string_view> variant_of(const TensorShapes& tensors) {
  std::array<int64_t, 4> blocks{};
  for (size_t stage = 0; stage < blocks.size(); ++stage) blocks[stage] = blocks_of(tensors, stage);
  const bool is_bottleneck = tensors.contains("layer1.0.conv3.weight");
  const int64_t groups = groups_of(tensors);
  for (const Variant& each : kVariants) {
    const bool is_whole = blocks[3] == each.blocks[3] || blocks[3] == 0;
    if (is_whole && std::equal(blocks.begin(), blocks.begin() + 3, each.blocks.begin()) && is_bottleneck == each.bottleneck && groups == each.groups)
      return each.name;
  }
  return std::nullopt;
}

bool lacks_stage1_projection(const TensorShapes& tensors) {
  return tensors.contains("layer1.0.conv2.weight") && !tensors.contains("layer1.0.conv3.weight") && !tensors.contains("layer1.0.downsample.0.weight");
}

}  // namespace fovea::model
