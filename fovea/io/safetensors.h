// safetensors files: an 8-byte length, a JSON header, raw little-endian tensors. Readable by others without running code.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::io {

enum class TensorType { kF32, kBF16, kF16, kF64, kI64, kI32, kU8, kBool };
constexpr int64_t bytes_of(TensorType type) {
  switch (type) {
    case TensorType::kF64:
    case TensorType::kI64: return 8;
    case TensorType::kF32:
    case TensorType::kI32: return 4;
    case TensorType::kBF16:
    case TensorType::kF16: return 2;
    case TensorType::kU8:
    case TensorType::kBool: return 1;
  }
  return 0;
}

/// "F32", "BF16": as safetensors files have it.
std::string_view type_name(TensorType type);

/// The bytes of a tensor; nothing when no memory holds it, also when it has no elements but its other sides multiply to that.
std::optional<int64_t> bytes_needed(std::span<const int64_t> shape, TensorType type);

struct TensorInfo {
  TensorType type = TensorType::kF32;
  std::vector<int64_t> shape;
  int64_t offset = 0;  ///< of the first byte, from the start of the file
  int64_t bytes = 0;
  bool operator==(const TensorInfo&) const = default;
};

/// A file open for reading. The header is checked whole: known types, sizes, and that the tensors fill the rest of the file without holes
/// or overlaps, as the format asks. It may have up to 64 MiB.
class SafetensorsFile {
 public:
  /// throws kMissing, kIo; kData when it is not a safetensors file or its header does not fit the file
  explicit SafetensorsFile(const fs::path& path);

  [[nodiscard]] const fs::path& path() const { return file_.path(); }
  [[nodiscard]] const std::map<std::string, TensorInfo>& tensors() const { return tensors_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// Copies a tensor's bytes; target.size() must be info.bytes. throws kData at a short file
  void read(const TensorInfo& info, std::span<std::byte> target) const;

 private:
  InputFile file_;
  std::map<std::string, TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// A tensor to write; the bytes stay the caller's and must be row-major.
struct TensorView {
  std::string name;
  TensorType type = TensorType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Writes and syncs a file (not atomic by itself: checkpoints rename the folder). The format permits no holes, so tensors of wide elements
/// stand first, otherwise in the order given: every tensor is aligned to its element. Same tensors, same bytes.
/// throws kCannotCreate, kIo
void write_safetensors(const fs::path& path, std::span<const TensorView> tensors, const std::map<std::string, std::string>& metadata);

}  // namespace fovea::io
