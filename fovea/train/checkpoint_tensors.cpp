// Tensors out of checkpoint files: into a network, checked by name and shape, or as they are.
#include "fovea/train/checkpoint.h"

#include "fovea/train/name_list.h"

#include <algorithm>
#include <map>

namespace fovea::train {

at::ScalarType scalar_type_of(io::TensorType type) {
  switch (type) {
    case io::TensorType::kF32: return at::kFloat;
    case io::TensorType::kBF16: return at::kBFloat16;
    case io::TensorType::kF16: return at::kHalf;
    case io::TensorType::kF64: return at::kDouble;
    case io::TensorType::kI64: return at::kLong;
    case io::TensorType::kI32: return at::kInt;
    case io::TensorType::kU8: return at::kByte;
    case io::TensorType::kBool: return at::kBool;
  }
  fail(ErrorCode::kInternal, "tensor type {} is not known", static_cast<int>(type));
}

Tensor read_tensor(const io::SafetensorsFile& file, const io::TensorInfo& info) {
  Tensor tensor = at::empty(info.shape, at::TensorOptions().dtype(scalar_type_of(info.type)));
  file.read(info, mutable_tensor_bytes(tensor));
  return tensor.to(tensor.is_floating_point() ? at::kFloat : at::kLong);
}

namespace {

std::string shape_text(at::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

/// PyTorch's count of batches, in every state_dict with normalisation; only momentum=None, which nothing here has, reads it.
bool is_unused(std::string_view name) { return name.ends_with(".num_batches_tracked"); }

struct Mismatches {
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<std::string> different;
};

Mismatches mismatches(const io::SafetensorsFile& file, std::span<const NamedTensor> rows) {
  Mismatches found;
  std::map<std::string_view, const Tensor*> wanted;
  for (const NamedTensor& row : rows) wanted[row.name] = &row.value;
  for (const NamedTensor& row : rows) {
    const auto entry = file.tensors().find(row.name);
    if (entry == file.tensors().end()) {
      found.missing.push_back(row.name);
      continue;
    }
    const at::ScalarType type = scalar_type_of(entry->second.type);
    if (row.value.sizes() != at::IntArrayRef(entry->second.shape)) {
      found.different.push_back(fmt::format("{}: {} in the file, {} expected", row.name, shape_text(entry->second.shape), shape_text(row.value.sizes())));
    } else if (at::isFloatingType(type) != row.value.is_floating_point()) {
      found.different.push_back(fmt::format("{}: {} in the file, {} expected", row.name, at::toString(type), at::toString(row.value.scalar_type())));
    }
  }
  for (const auto& item : file.tensors()) {
    if (!wanted.contains(item.first) && !is_unused(item.first)) found.unexpected.push_back(item.first);
  }
  return found;
}

}  // namespace

void restore_tensors(const io::SafetensorsFile& file, std::span<const NamedTensor> rows) {
  const Mismatches found = mismatches(file, rows);
  std::vector<std::string> sentences;
  append_list(sentences, found.missing, "missing");
  append_list(sentences, found.unexpected, "unexpected");
  append_list(sentences, found.different, "of another shape or type");
  if (!sentences.empty()) {
    fail(ErrorCode::kData, Advice{"use the model, the number of classes and the model options that it was saved with"},
         "the tensors of \"{}\" do not fit this network: {}", file.path().string(), join(sentences, "; "));
  }
  const at::NoGradGuard no_gradients;
  for (const NamedTensor& row : rows) {
    Tensor target = row.value;
    target.copy_(read_tensor(file, file.tensors().at(row.name)));
  }
}

std::vector<NamedTensor> read_tensors(const io::SafetensorsFile& file) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, info] : file.tensors()) {
    tensors.push_back({.name = name, .value = read_tensor(file, info)});
  }
  return tensors;
}

}  // namespace fovea::train
