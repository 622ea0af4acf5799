// Every difference between the LibTorch versions that we support (1.13 to 2.13) stands here.
#include "fovea/tensor/tensor.h"

#include "fovea/base/strings.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstdlib>
#include <fstream>
#include <optional>

namespace fovea {

void expect_shape(const Tensor& tensor, std::initializer_list<int64_t> shape, std::string_view name) {
  const auto text = [](const auto& sizes) { return fmt::format("[{}]", fmt::join(sizes, ", ")); };
  FOVEA_CHECK(tensor.defined(), "{} is undefined", name);
  bool fits = tensor.dim() == static_cast<int64_t>(shape.size());
  int64_t axis = 0;
  for (const int64_t size : shape) fits = fits && (size == kAny || tensor.size(axis) == size), ++axis;
  FOVEA_CHECK(fits, "{} is {}, expected {}", name, text(tensor.sizes()), text(shape));
}

at::ScalarType scalar_type(Precision precision) { return precision == Precision::kFloat32 ? at::kFloat : at::kBFloat16; }

at::Device device_from(std::string_view text) {
  if (text == "cpu") return at::Device(at::kCPU);
  const std::optional<int64_t> index = text == "cuda" ? std::optional<int64_t>(0) : text.starts_with("cuda:") ? parse_int(text.substr(5)) : std::nullopt;
  if (!index || *index < 0) fail(ErrorCode::kUsage, "device \"{}\" is not known; expected cpu, cuda or cuda:N", text);
  if (!at::hasCUDA()) {
    fail(ErrorCode::kDevice, Advice{"install an NVIDIA driver, build with a CUDA LibTorch (make TORCH=/path/to/torch), or use --device cpu"},
         "device \"{}\" cannot be used: LibTorch {} was built without CUDA, or no NVIDIA driver answers", text, TORCH_VERSION);
  }
  const int64_t devices = static_cast<int64_t>(at::detail::getCUDAHooks().getNumGPUs());
  if (*index >= devices)
    fail(ErrorCode::kDevice, Advice{"choose a smaller number, or use --device cpu"}, "device \"{}\" does not exist: {} found", text,
         format_count(devices, "GPU"));
  return {at::kCUDA, static_cast<c10::DeviceIndex>(*index)};
}

std::string tensor_library_summary() {
  // Of the features that decide the speed of a step, the first that the processor has; oneDNN chooses by them itself.
  std::string features = "no vector extension beyond SSE";
  std::ifstream cpu("/proc/cpuinfo");
  std::string line;
  while (std::getline(cpu, line) && !line.starts_with("flags")) {
  }
  for (const std::string_view feature : {"amx_bf16", "avx512_bf16", "avx512f", "avx2"}) {
    if (line.find(feature) == std::string::npos) continue;
    features = feature;
    break;
  }
  return fmt::format("LibTorch {}, {}, {}", TORCH_VERSION, features, format_count(at::get_num_threads(), "thread"));
}

void set_compute_threads(int64_t threads) { at::set_num_threads(static_cast<int>(threads)); }
int64_t compute_threads() { return at::get_num_threads(); }

// The condition of LibTorch's own dispatch (mkldnn_bf16_device_check), the same from 1.13 to 2.13.
bool multiplies_bfloat16_fast() {
  return at::hasMKLDNN() && __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0;
}

void set_deterministic(bool deterministic) {
  if (deterministic) setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);  // cuBLAS reads it when it is first used, and refuses without
  at::globalContext().setDeterministicAlgorithms(deterministic, /*warn_only=*/false);
}

std::span<const std::byte> tensor_bytes(const Tensor& tensor) {
  FOVEA_CHECK(tensor.is_contiguous() && tensor.is_cpu(), "bytes need a contiguous tensor in host memory");
  return {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

std::span<std::byte> mutable_tensor_bytes(Tensor& tensor) {
  FOVEA_CHECK(tensor.is_contiguous() && tensor.is_cpu(), "bytes need a contiguous tensor in host memory");
  return {static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

}  // namespace fovea
