// write_torch_file: the pickle by hand. One dict; a tensor is _rebuild_tensor_v2 of a storage that stands in the archive under its number.
#include "fovea/io/torch_file.h"

#include "fovea/base/error.h"
#include "fovea/io/little_endian.h"
#include "fovea/io/torch_names.h"

#include <algorithm>

namespace fovea::io {
namespace {

/// Opcodes of protocol 2 (docs.python.org/3/library/pickletools.html).
class PickleWriter {
 public:
  void op(char opcode) { bytes_.push_back(static_cast<std::byte>(opcode)); }
  void text(std::string_view value) {  // BINUNICODE
    op('X');
    append_number(bytes_, static_cast<uint32_t>(value.size()));
    append(value);
  }
  void integer(int64_t value) {  // LONG1 of eight bytes: one form for all
    op('\x8a');
    append_number<uint8_t>(bytes_, sizeof value);
    append_number(bytes_, value);
  }
  void integers(const std::vector<int64_t>& values) {
    op('(');
    for (const int64_t value : values) integer(value);
    op('t');
  }
  /// "torch._utils._rebuild_tensor_v2": the module, and the name behind its last dot
  void global(std::string_view name) {
    const size_t dot = name.rfind('.');
    op('c');
    append(name.substr(0, dot));
    append("\n");
    append(name.substr(dot + 1));
    append("\n");
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  void append(std::string_view text) {
    const std::span<const std::byte> raw = as_bytes(text);
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  }
  std::vector<std::byte> bytes_;
};

std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0; stride *= std::max<int64_t>(shape[i], 1)) strides[i] = stride;
  return strides;
}

void write_tensor(PickleWriter& out, const TensorView& tensor, size_t number) {
  out.global(kRebuildTensor);
  out.op('(');
  {  // the storage, by its persistent id
    out.op('(');
    out.text("storage");
    out.global(std::ranges::find(kTorchStorages, tensor.type, &TorchStorage::type)->name);
    out.text(fmt::format("{}", number));
    out.text("cpu");
    out.integer(static_cast<int64_t>(tensor.bytes.size()) / bytes_of(tensor.type));
    out.op('t');
    out.op('Q');
  }
  out.integer(0);  // first element
  out.integers(tensor.shape);
  out.integers(row_major_strides(tensor.shape));
  out.op('\x89');                         // needs no gradient
  out.global("collections.OrderedDict");  // no hooks
  out.op(')');
  out.op('R');
  out.op('t');
  out.op('R');
}

}  // namespace

void write_torch_file(const fs::path& path, std::span<const TensorView> tensors, const std::map<std::string, std::string>& metadata) {
  PickleWriter pickle;
  pickle.op('\x80');
  pickle.op('\x02');
  pickle.op('}');
  pickle.op('(');
  for (size_t i = 0; i < tensors.size(); ++i) {
    pickle.text(tensors[i].name);
    write_tensor(pickle, tensors[i], i);
  }
  pickle.op('u');
  pickle.op('.');
  ZipWriter zip(path);
  zip.add("archive/data.pkl", pickle.bytes());
  zip.add("archive/byteorder", as_bytes("little"));
  for (size_t i = 0; i < tensors.size(); ++i) zip.add(fmt::format("archive/data/{}", i), tensors[i].bytes);
  for (const auto& [key, text] : metadata) zip.add(fmt::format("archive/{}{}", kTorchExtra, key), as_bytes(text));
  zip.add("archive/version", as_bytes("3\n"));
  zip.finish();
}

}  // namespace fovea::io
