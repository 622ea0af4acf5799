#include "fovea/tensor/libraries.h"

#include "fovea/tensor/tensor.h"

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <torch/csrc/api/include/torch/version.h>

#include <dlfcn.h>

#include <algorithm>

namespace fovea {

namespace {

struct Isa {
  int number;
  std::string_view name;
};
// dnnl_types.h of oneDNN 2.6 and 3.12; a number means the same in both where both have it, except 0xf and 0x1f, of processors without AVX-512 in 3.x
constexpr std::array kIsas{
    Isa{0x1, "SSE 4.1"},
    Isa{0x3, "AVX"},
    Isa{0x7, "AVX2"},
    Isa{0x407, "AVX2 VNNI"},
    Isa{0x27, "AVX-512"},
    Isa{0x67, "AVX-512 VNNI"},
    Isa{0xe7, "AVX-512 bfloat16"},
    Isa{0x1ef, "AVX-512 float16"},
    Isa{0x3e7, "AMX"},
    Isa{0xfef, "AMX"},
    Isa{0x1fef, "AMX float16"},
};

/// Where oneDNN is a shared library of its own (Debian) it can be asked; a wheel keeps it inside.
std::string effective_isa() {
  using Ask = int (*)();
  const auto ask = reinterpret_cast<Ask>(::dlsym(RTLD_DEFAULT, "dnnl_get_effective_cpu_isa"));
  return ask == nullptr ? "" : onednn_isa_name(ask());
}

}  // namespace

std::string_view config_value(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return text.substr(0, std::min(text.find_first_of(",\n"), text.size()));
}

std::string onednn_isa_name(int isa) {
  const auto* found = std::find_if(kIsas.begin(), kIsas.end(), [isa](const Isa& each) { return each.number == isa; });
  return found == kIsas.end() ? fmt::format("instruction set {:#x}", isa) : std::string(found->name);
}

TensorLibraries tensor_libraries() {
  const std::string text = at::show_config();
  const std::string_view onednn = config_value(text, "MKL-DNN ");  // "Intel(R) MKL-DNN v2.7.1 (Git Hash N/A)" in all versions
  TensorLibraries libraries{.torch = TORCH_VERSION,
                            .onednn = std::string(onednn.substr(0, onednn.find(' '))),
                            .onednn_isa = effective_isa(),
                            .capability = std::string(config_value(text, "CPU capability usage: ")),
                            .blas = std::string(config_value(text, "BLAS_INFO=")),
                            .has_cuda = at::detail::getCUDAHooks().hasCUDART()};
  if (at::hasCUDA()) libraries.gpus = at::detail::getCUDAHooks().getNumGPUs();
  return libraries;
}

}  // namespace fovea
