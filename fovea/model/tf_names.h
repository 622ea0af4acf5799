// What our tensors are called in checkpoints of the reference programs (spec 2.8, 3.9): TensorFlow numbers layers as they are made, whatever they are for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::model {

/// Tensors by name. Axes of kernels are those of the names: ours [out, in, height, width] and [out, in], TensorFlow's the other way round.
using TensorShapes = std::map<std::string, std::vector<int64_t>>;
using NameMap = std::map<std::string, std::string>;

/// TensorFlow's axes from or to ours and the shape that a kernel has then: [height, width, in, out] and [out, in, height, width], [in, out] and [out, in].
std::vector<int64_t> own_axes(int64_t rank);
std::vector<int64_t> tf_axes(int64_t rank);
std::vector<int64_t> own_shape(const std::vector<int64_t>& tf);

inline constexpr std::string_view kTfStep = "global_step";     ///< int64, no axes
inline constexpr std::string_view kTfScope = "resnet_model/";  ///< what the reference puts in front (spec 2.8)

/// own      a ResNet's or ResNeXt's
/// returns  TensorFlow's name by ours, without scope; tensors of other networks are left out
NameMap tf_names(const TensorShapes& own);

/// The other way round: which tensor is which follows from the kernels' shapes, so that a part of a network will do.
///
/// tf       all tensors of a checkpoint
/// returns  our name by TensorFlow's; empty when there is no "conv2d/kernel" under any scope
NameMap own_names(const TensorShapes& tf);

}  // namespace fovea::model
