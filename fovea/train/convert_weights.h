// Weights out of our checkpoints into files of other programs, and into checkpoints from theirs.
#pragma once

#include "fovea/model/options.h"
#include "fovea/train/init_weights.h"
#include "fovea/train/weight_file.h"

#include <map>
#include <string>
#include <vector>

namespace fovea::train {

/// Writes the tensors of `file` under torchvision's names: .safetensors or .pth, .pt (what torch.load(..., weights_only=True) reads as a state dict).
/// Of our own networks recipe and classes stand in it too, where WeightFile finds them, of the reference's that they are. Complete or not there; folders on
/// the way to it are made.
/// A name such as "model.ckpt-28152" stands for a checkpoint of TensorFlow with the reference programs' names and axes (model/tf_names.h); the number
/// becomes its global_step.
/// throws kUsage for another ending; kCannotCreate when `target` exists; kData for tensors that the reference has no name for; kIo
void export_weights(const WeightFile& file, const fs::path& target);

struct ImportOptions {
  model::ModelOptions model;
  std::map<std::string, std::string> recipe;  ///< every key with its value
  std::vector<std::string> classes;           ///< names of the outputs, a detector's with or without the background; empty: the file's own, or their numbers
  std::vector<int64_t> class_ids;  ///< a detector's: one for each of `classes`, which are then without the background; empty: the file's own, COCO's for 81
                                   ///< outputs, or their numbers
  int64_t global_batch = 1;        ///< of the recipe; for the state
  int64_t seed = 0;                ///< of tensors that the file lacks
  bool allows_partial = false;
};

/// Writes a checkpoint folder at step 0 that can be evaluated, applied and started from (--init), not continued. As many outputs as the head of
/// the file has, or as there are class names: 1,001 for a classifier's head of 1,000 adds TensorFlow's background class.
/// throws kData when the file has no head, another number of outputs than there are names, or, unless options.allows_partial, lacks a tensor of the
///        network or has it in another shape; as init_weights; kCannotCreate when `target` exists
InitReport import_weights(const WeightFile& file, const fs::path& target, const ImportOptions& options);

}  // namespace fovea::train
