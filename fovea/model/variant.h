// The ResNet family as rows of numbers, and which row a set of tensors is of.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::model {

/// Shapes of tensors by name. The names say whose axes those of kernels are: ours [out, in, height, width] and [out, in], TensorFlow's the other way round.
using TensorShapes = std::map<std::string, std::vector<int64_t>>;

struct Variant {
  std::string_view name;
  std::array<int64_t, 4> blocks;  ///< of each stage
  bool bottleneck;
  int64_t groups;  ///< above 1 the middle of a bottleneck is twice as wide
};

/// "resnet34"; the name is one of the family's
const Variant& variant_named(std::string_view name);

/// tensors  with our names and shapes; the last stage may be absent, as in a detector
/// returns  the name of the variant whose blocks these are, by their number and kind; nothing when there is none
std::optional<std::string_view> variant_of(const TensorShapes& tensors);

/// Basic blocks (ResNet-18, -34) of which the first has no projection, as in torchvision's networks and the reference's detector (spec 3.1).
bool lacks_stage1_projection(const TensorShapes& tensors);

}  // namespace fovea::model
