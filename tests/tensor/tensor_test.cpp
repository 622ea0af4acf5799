#include "fovea/tensor/tensor.h"

#include "tests/support/errors.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Device, IsTheProcessorUnderTheNameCpu) { EXPECT_TRUE(device_from("cpu").is_cpu()); }

class UnknownDevice : public testing::TestWithParam<const char*> {};

TEST_P(UnknownDevice, IsAWrongCommandLine) {
  const auto error = test::error_of([] { (void)device_from(GetParam()); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
  EXPECT_EQ(error->what(), fmt::format("device \"{}\" is not known; expected cpu, cuda or cuda:N", GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Words, UnknownDevice, testing::Values("gpu", "", "CUDA", "cuda:", "cuda:x", "cuda:-1", "cuda1", "cpu:0"));

TEST(Device, SaysWhyCudaCannotBeUsedAndWhatToInstall) {
  if (at::hasCUDA()) GTEST_SKIP() << "this LibTorch has CUDA";

  const auto error = test::error_of([] { (void)device_from("cuda:1"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(static_cast<int>(error->code()), 69);
  EXPECT_THAT(error->what(), StartsWith("device \"cuda:1\" cannot be used: LibTorch "));
  EXPECT_THAT(error->what(), HasSubstr("was built without CUDA, or no NVIDIA driver answers"));
  EXPECT_EQ(error->advice(), "install an NVIDIA driver, build with a CUDA LibTorch (make TORCH=/path/to/torch), or use --device cpu");
}

TEST(Device, MustExist) {
  if (!at::hasCUDA()) GTEST_SKIP() << "this LibTorch has no CUDA";

  EXPECT_EQ(test::error_of([] { (void)device_from("cuda:99"); })->code(), ErrorCode::kDevice);
}

TEST(ExpectShape, TakesEverySizeForAny) { EXPECT_NO_THROW(expect_shape(at::zeros({2, 3, 5}), {kAny, 3, kAny}, "x")); }

TEST(ExpectShape, NamesTheTensorAndBothShapes) {
  EXPECT_THAT(test::message_of([] { expect_shape(at::zeros({2, 3}), {kAny, 4}, "images"); }), HasSubstr("images is [2, 3], expected [-1, 4]"));
}

TEST(ExpectShape, CountsTheAxes) {
  const auto error = test::error_of([] { expect_shape(at::zeros({2, 3}), {kAny, kAny, kAny}, "images"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kInternal);
  EXPECT_THAT(error->what(), HasSubstr("images is [2, 3], expected [-1, -1, -1]"));
}

TEST(ExpectShape, RefusesAnUndefinedTensor) {
  EXPECT_THAT(test::message_of([] { expect_shape(Tensor(), {kAny}, "labels"); }), HasSubstr("labels is undefined"));
}

TEST(TensorBytes, AreThoseInMemory) {
  const Tensor values = at::tensor({1.F, -2.F});

  const std::span<const std::byte> bytes = tensor_bytes(values);

  ASSERT_EQ(bytes.size(), 8U);
  // IEEE 754: 1 is 3f800000, -2 is c0000000; little-endian
  EXPECT_EQ(bytes[3], std::byte{0x3F});
  EXPECT_EQ(bytes[2], std::byte{0x80});
  EXPECT_EQ(bytes[7], std::byte{0xC0});
}

TEST(TensorBytes, CanBeWritten) {
  Tensor values = at::zeros({2});

  mutable_tensor_bytes(values)[7] = std::byte{0xC0};

  EXPECT_TRUE(values.equal(at::tensor({0.F, -2.F})));
}

TEST(TensorBytes, NeedAContiguousTensor) {
  const Tensor transposed = at::zeros({2, 3}).t();

  EXPECT_THAT(test::message_of([&] { (void)tensor_bytes(transposed); }), HasSubstr("bytes need a contiguous tensor in host memory"));
}

TEST(Precision, IsAScalarType) {
  EXPECT_EQ(scalar_type(Precision::kFloat32), at::kFloat);
  EXPECT_EQ(scalar_type(Precision::kBFloat16), at::kBFloat16);
}

TEST(ComputeThreads, AreWhatWasSet) {
  const int64_t before = compute_threads();

  set_compute_threads(1);
  EXPECT_EQ(compute_threads(), 1);
  EXPECT_THAT(tensor_library_summary(), testing::EndsWith(", 1 thread"));

  set_compute_threads(before);
}

}  // namespace
}  // namespace fovea
