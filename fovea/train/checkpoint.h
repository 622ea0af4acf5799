// Checkpoints: a folder that is complete or not there, checksummed, readable by other programs (safetensors and JSON).
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/json.h"
#include "fovea/io/safetensors.h"
#include "fovea/tensor/tensor.h"
#include "fovea/train/checkpoint_path.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

/// A tensor with its name in the file; the tensor is shared, not copied.
struct NamedTensor {
  std::string name;
  Tensor value;
};

struct CheckpointContents {
  int64_t step = 0;
  std::vector<NamedTensor> model;  ///< names and layouts of torchvision
  std::vector<NamedTensor> ema;    ///< the same names; empty without averaging, then there is no file
  std::vector<NamedTensor> optim;  ///< empty when training cannot continue from it (averages), then there is no file
  io::Json state;                  ///< has at least "format": 1, "step", "model", "num_outputs", "recipe" (object of texts)
};

/// "step-00007360"
std::string checkpoint_name(int64_t step);

/// The step of a name of that form (8 digits or more).
std::optional<int64_t> step_of_name(std::string_view name);

/// Writes RUN/checkpoints/step-N and then the text file RUN/checkpoints/latest. Everything is written and synced under a temporary name,
/// manifest.json last; then the folder is renamed. A checkpoint of the same step is replaced once the new one is complete.
///
/// tensors  float32, bfloat16 (widened) or int64, on any device, in any memory format; the file holds them row-major
/// returns  the folder
/// throws   kIo: then earlier checkpoints are as they were, `latest` names one that is whole, and nothing temporary is left
/// cost     a copy of the tensors of one file that are not row-major float32 in host memory already
fs::path write_checkpoint(const fs::path& run_dir, const CheckpointContents& contents);

/// The same into any folder, without `latest`. throws kIo; kCannotCreate when `folder` exists
void write_checkpoint_folder(const fs::path& folder, const CheckpointContents& contents);

/// Everything that is wrong with a checkpoint, each a sentence beginning with the file; empty when sizes, hashes, tensor checksums and
/// the manifest's facts all hold. Reads every byte. Never throws for the folder's content.
std::vector<std::string> verify_checkpoint(const fs::path& folder);

/// A checkpoint that was verified.
struct Checkpoint {
  fs::path folder;
  int64_t step = 0;
  io::Json state;
  io::Json manifest;

  [[nodiscard]] bool has(std::string_view part) const;                  ///< part: "model", "ema" or "optim"
  [[nodiscard]] io::SafetensorsFile file(std::string_view part) const;  ///< throws kMissing when the checkpoint has no such part
};

/// Verifies and opens. throws kMissing when there is no such folder; kData when it is not a checkpoint, half a checkpoint or damaged
Checkpoint load_checkpoint(const fs::path& folder);

/// The same for what users name: path and pick as checkpoint_folder takes them. throws as both
Checkpoint load_checkpoint(const fs::path& path, Pick pick, Log& log);

/// Copies tensors of a file into the given ones (live weights: any device and memory format; gradients do not see it).
/// Names must be the same on both sides, except for PyTorch's "*.num_batches_tracked", which nothing here uses.
///
/// throws   kData naming every missing, unexpected and misshapen tensor (8 of each listed, the rest counted); then nothing was copied
void restore_tensors(const io::SafetensorsFile& file, std::span<const NamedTensor> rows);

at::ScalarType scalar_type_of(io::TensorType type);

/// One tensor, float32 or int64, in host memory. throws kData
Tensor read_tensor(const io::SafetensorsFile& file, const io::TensorInfo& info);

/// All tensors of a file, float32 or int64, in host memory, in the order of their names. throws kData
std::vector<NamedTensor> read_tensors(const io::SafetensorsFile& file);

}  // namespace fovea::train
