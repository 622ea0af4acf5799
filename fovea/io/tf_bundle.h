// TensorFlow's checkpoints in their second form (PREFIX.index, PREFIX.data-00000-of-00001), read and written without TensorFlow.
#pragma once

#include "fovea/io/safetensors.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fovea::io {

/// A tensor of a checkpoint: TensorFlow's name stands in the map, its axes are TensorFlow's (kernels height, width, in, out).
struct TfTensor {
  std::optional<TensorType> type;  ///< nothing: listed but not read (texts, and numbers that no network of ours has)
  std::vector<int64_t> shape;
  int64_t shard = 0;   ///< number of the data file
  int64_t offset = 0;  ///< of the first byte in it
  int64_t bytes = 0;
  uint32_t checksum = 0;  ///< masked CRC-32C of the bytes
};

/// A checkpoint open for reading. The index is checked whole, and that every tensor lies inside its data file.
class TfBundle {
 public:
  /// prefix  "DIR/model.ckpt-28152"; io/tf_bundle_path.h finds it
  /// throws  kMissing, kIo; kData when it is damaged, written on a big-endian machine or in a later form, or has a partitioned variable
  explicit TfBundle(const fs::path& prefix);

  [[nodiscard]] const fs::path& prefix() const { return prefix_; }
  [[nodiscard]] const std::map<std::string, TfTensor>& tensors() const { return tensors_; }

  /// Copies a tensor's elements, row-major, and compares them with their checksum; it must have a type, and target.size() be tensor.bytes.
  /// throws kData
  void read(const TfTensor& tensor, std::span<std::byte> target) const;

 private:
  fs::path prefix_;
  std::map<std::string, TfTensor> tensors_;
  std::map<int64_t, InputFile> shards_;  ///< those that tensors lie in
};

/// PREFIX.index
fs::path tf_index_path(fs::path prefix);

/// Reads every byte: what is damaged, as sentences; empty when nothing is. Of texts and tensors of other types only the place is checked.
std::vector<std::string> verify_tf_bundle(const fs::path& prefix);

/// PREFIX.index and PREFIX.data-00000-of-00001, which TensorFlow reads, and beside them the text file "checkpoint" that names them as the
/// newest; one that is there already stays. The index comes last of the two: without it there is no checkpoint. Same tensors, same bytes.
///
/// tensors  row-major, with TensorFlow's names and axes
/// throws   kCannotCreate, also when there is one of this prefix; kIo
void write_tf_bundle(const fs::path& prefix, std::span<const TensorView> tensors);

}  // namespace fovea::io
