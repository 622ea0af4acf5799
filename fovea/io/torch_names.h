// The names in a file of torch.save that its reader and its writer share; those in its pickle stand for tensors, and no others are known.
#pragma once

#include "fovea/io/safetensors.h"

#include <array>
#include <string_view>

namespace fovea::io {

inline constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2";
inline constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";

inline constexpr std::string_view kTorchExtra = "extra/";  ///< entries of the archive that hold texts

struct TorchStorage {
  std::string_view name;
  TensorType type;
};
inline constexpr std::array kTorchStorages{
    TorchStorage{"torch.FloatStorage", TensorType::kF32}, TorchStorage{"torch.BFloat16Storage", TensorType::kBF16},
    TorchStorage{"torch.HalfStorage", TensorType::kF16},  TorchStorage{"torch.DoubleStorage", TensorType::kF64},
    TorchStorage{"torch.LongStorage", TensorType::kI64},  TorchStorage{"torch.IntStorage", TensorType::kI32},
    TorchStorage{"torch.ByteStorage", TensorType::kU8},   TorchStorage{"torch.BoolStorage", TensorType::kBool},
};

inline constexpr std::array kTorchGlobals = [] {
  std::array<std::string_view, kTorchStorages.size() + 2> names{};
  for (size_t i = 0; i < kTorchStorages.size(); ++i) names[i] = kTorchStorages[i].name;
  names[kTorchStorages.size()] = kRebuildTensor;
  names[kTorchStorages.size() + 1] = kRebuildParameter;
  return names;
}();

}  // namespace fovea::io
