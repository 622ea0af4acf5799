#include "fovea/tensor/libraries.h"

#include "fovea/tensor/product_speed.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

// What PyTorch 2.13 of PyPI says of itself (torch.__config__.show()), shortened.
constexpr std::string_view kWheel =
    "PyTorch built with:\n  - GCC 13.3\n  - Intel(R) MKL-DNN v3.12.0 (Git Hash 80afa71049cd69a3df32adcccb623b12cd7baa22)\n"
    "  - CPU capability usage: AVX512\n  - Build settings: BLAS_INFO=mkl, BUILD_TYPE=Release, LAPACK_INFO=mkl, USE_CUDA=0, \n";

TEST(ConfigValue, EndsAtTheCommaOrTheLine) {
  EXPECT_EQ(config_value(kWheel, "BLAS_INFO="), "mkl");
  EXPECT_EQ(config_value(kWheel, "CPU capability usage: "), "AVX512");
  EXPECT_EQ(config_value(kWheel, "MKL-DNN "), "v3.12.0 (Git Hash 80afa71049cd69a3df32adcccb623b12cd7baa22)");
  EXPECT_EQ(config_value(kWheel, "USE_ROCM="), "");
  EXPECT_EQ(config_value("BLAS_INFO=", "BLAS_INFO="), "");
}

// Numbers of dnnl_cpu_isa_t in oneDNN's dnnl_types.h.
TEST(OnednnIsa, HasANameOrItsNumber) {
  EXPECT_EQ(onednn_isa_name(0x7), "AVX2");
  EXPECT_EQ(onednn_isa_name(0xe7), "AVX-512 bfloat16");
  EXPECT_EQ(onednn_isa_name(0x3e7), "AMX");
  EXPECT_EQ(onednn_isa_name(0x8000), "instruction set 0x8000");
}

TEST(TensorLibraries, NamesWhatRunsHere) {
  const TensorLibraries libraries = tensor_libraries();

  EXPECT_FALSE(libraries.torch.empty());
  EXPECT_FALSE(libraries.capability.empty());
  EXPECT_FALSE(libraries.blas.empty());
}

TEST(ProductSpeed, IsMeasuredInBothPrecisions) {
  EXPECT_GT(product_gflops(Precision::kFloat32, 0), 0.01);
  EXPECT_GT(product_gflops(Precision::kBFloat16, 0), 0.01);
}

}  // namespace
}  // namespace fovea
