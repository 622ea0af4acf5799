// What our tensors are called in checkpoints of the reference programs (spec 2.8, 3.9): TensorFlow numbers layers as they are made, whatever they are for.
#pragma once

#include "fovea/model/variant.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::model {

/// Names by names of the other side.
using NameMap = std::map<std::string, std::string>;

/// TensorFlow's axes from or to ours and the shape that a kernel has then: [height, width, in, out] and [out, in, height, width], [in, out] and [out, in].
std::vector<int64_t> own_axes(int64_t rank);
std::vector<int64_t> tf_axes(int64_t rank);
std::vector<int64_t> own_shape(const std::vector<int64_t>& tf);

inline constexpr std::string_view kTfStep = "global_step";  ///< int64, no axes

/// Is there the head of a detector among our tensors?
bool has_detection_head(const TensorShapes& own);

/// What a detector is on instead of the one backbone that the reference's has: "resnet50", "resnet34 with one" for a projection in stage 1.
/// Nothing when it is on that, or on no network of the family.
std::optional<std::string> other_backbone(const TensorShapes& own);

/// own      a ResNet's or ResNeXt's, or those of an SSD on the one backbone that the reference's detector has: a ResNet-34 without a projection in stage 1
/// returns  TensorFlow's name by ours, with the scopes of the reference; tensors of other networks are left out, and all of other detectors
NameMap tf_names(const TensorShapes& own);

/// The other way round: which tensor is which follows from the kernels' shapes, so that a part of a network will do.
///
/// tf       all tensors of a checkpoint
/// returns  our name by TensorFlow's; empty when there is no "conv2d/kernel" under any scope
NameMap own_names(const TensorShapes& tf);

/// What a checkpoint lacks, by what it has: a kernel that the numbers of others pass over, that the block of the last one or a norm needs, tensors of the
/// norm behind a kernel, the other half of a dense layer, and of a detector any of its extra layers and heads, and under the reference's scope of the 29
/// kernels of its backbone (spec 3.9). Stages or heads that are absent as a whole are not missed.
std::vector<std::string> missing_tf_names(const TensorShapes& tf);

/// A norm of a checkpoint (its scope and name) that stands behind no convolution by its number; nothing when there is none.
std::optional<std::string> stray_tf_norm(const TensorShapes& tf);

}  // namespace fovea::model
