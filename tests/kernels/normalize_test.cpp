#include "fovea/kernels/normalize.h"

#include "tests/support/close.h"

#include <ATen/Functions.h>

namespace fovea::kernels {
namespace {

TEST(Normalize, SubtractsMeanAndDividesByDeviation) {
  // one picture, two pixels: (10, 20, 30), (40, 50, 60)
  const Tensor images = at::tensor({10, 20, 30, 40, 50, 60}).to(at::kByte).view({1, 1, 2, 3});

  const Tensor y = normalize(images, {}, {.mean = {10, 10, 10}, .std = {1, 2, 4}}, Precision::kFloat32);

  EXPECT_EQ(y.sizes(), at::IntArrayRef({1, 3, 1, 2}));
  EXPECT_TRUE(y.equal(at::tensor({0.F, 30.F, 5.F, 20.F, 5.F, 12.5F}).view({1, 3, 1, 2}))) << y;
}

TEST(Normalize, MixesNeighbours) {
  const Tensor images = at::tensor({0, 0, 0, 100, 100, 100}).to(at::kByte).view({2, 1, 1, 3});

  const Tensor y = normalize(images, at::tensor({0.75F, 0.5F}), {}, Precision::kFloat32);

  EXPECT_EQ(y[0][0][0][0].item<float>(), 25);  // 0.75 * 0 + 0.25 * 100
  EXPECT_EQ(y[1][0][0][0].item<float>(), 50);
}

TEST(Normalize, IsChannelsLastInBothPrecisions) {
  const Tensor images = at::randint(0, 256, {2, 5, 4, 3}).to(at::kByte);
  const PixelScale scale{.mean = {123.68F, 116.78F, 103.94F}};

  const Tensor wide = normalize(images, {}, scale, Precision::kFloat32), narrow = normalize(images, {}, scale, Precision::kBFloat16);

  EXPECT_TRUE(wide.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(narrow.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(narrow.equal(wide.to(at::kBFloat16)));
}

}  // namespace
}  // namespace fovea::kernels
