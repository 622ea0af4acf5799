// What the LibTorch that runs is made of: versions, vector width, BLAS, CUDA. Facts for people; nothing computes by them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fovea {

struct TensorLibraries {
  std::string torch;       ///< "1.13.0"
  std::string onednn;      ///< "v2.7.2"; empty when LibTorch was built without it
  std::string onednn_isa;  ///< what oneDNN may use here: "AMX"; empty when it cannot be asked (inside a wheel)
  std::string capability;  ///< of LibTorch's own loops: "AVX512", "AVX2", "DEFAULT"
  std::string blas;        ///< as LibTorch was built: "open", "mkl", "generic"
  bool has_cuda = false;   ///< built with CUDA
  int64_t gpus = 0;        ///< that it can use now
};

TensorLibraries tensor_libraries();

/// The part of LibTorch's description of itself behind `key`, up to a comma or the line's end: config_value(text, "BLAS_INFO=") is "mkl".
/// Empty when the key is not there.
std::string_view config_value(std::string_view text, std::string_view key);

/// "AVX-512 with bfloat16" for oneDNN's number of an instruction set (dnnl_cpu_isa_t of 2.x and 3.x); the number in hexadecimal for others.
std::string onednn_isa_name(int isa);

}  // namespace fovea
