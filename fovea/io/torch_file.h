// PyTorch's files (.pth, .pt of torch.save): a zip archive with a pickle and one entry for the elements of each storage. Only tensors are read.
#pragma once

#include "fovea/io/safetensors.h"
#include "fovea/io/zip.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace fovea::io {

/// A tensor as the file holds it: a view of a storage, that may be transposed or a slice.
struct TorchTensor {
  TensorType type = TensorType::kF32;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  ///< in elements, not negative
  int64_t offset = 0;            ///< of the first element, from the start of the file

  [[nodiscard]] int64_t elements() const;
  [[nodiscard]] int64_t bytes() const { return elements() * bytes_of(type); }  ///< of the tensor, row-major
};

/// The tensors that stand directly in one dict of the file.
struct TorchGroup {
  std::string path;  ///< keys from the outermost dict on: "", "state_dict", "ema/model"
  std::map<std::string, TorchTensor> tensors;
};

/// A file open for reading. The pickle is read as data (io/pickle.h); dicts up to four deep are looked through. Every storage that a tensor
/// refers to is compared with its checksum, and every tensor lies inside its storage and has no more elements than that.
class TorchFile {
 public:
  /// throws kMissing, kIo; kData when it is not such a file (a torch.save of before version 1.6, TorchScript, something else), is damaged, or
  ///        holds Python objects other than tensors
  explicit TorchFile(const fs::path& path);

  [[nodiscard]] const fs::path& path() const { return zip_.path(); }
  [[nodiscard]] const std::vector<TorchGroup>& groups() const { return groups_; }  ///< outermost first; those without tensors left out

  /// Texts that stand beside the tensors (write_torch_file), by key; other programs' files have none.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// Copies a tensor's elements, row-major; target.size() must be tensor.bytes(). throws kData at a short file
  void read(const TorchTensor& tensor, std::span<std::byte> target) const;

 private:
  ZipFile zip_;
  std::vector<TorchGroup> groups_;
  std::map<std::string, std::string> metadata_;
};

/// Writes and syncs what torch.load(..., weights_only=True) reads as a dict of tensors. Same tensors, same bytes.
/// tensors   row-major
/// metadata  texts that PyTorch passes over: entries "extra/KEY" of the archive, where torch.jit.save puts its _extra_files
/// throws    kCannotCreate, kIo; kConfig above 4 GiB
void write_torch_file(const fs::path& path, std::span<const TensorView> tensors, const std::map<std::string, std::string>& metadata = {});

}  // namespace fovea::io
