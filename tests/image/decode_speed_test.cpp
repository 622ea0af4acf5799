#include "fovea/image/decode_speed.h"

#include <gtest/gtest.h>

namespace fovea::image {
namespace {

TEST(DecodeSpeed, IsThatOfAPictureLikeImageNets) {
  const DecodeSpeed speed = jpeg_decode_speed(0.01);

  EXPECT_EQ(speed.size, (Size{500, 375}));
  EXPECT_GT(speed.kilobytes, 80);  // ImageNet: 110 kB a picture on average (spec 2.5: 1,281,167 pictures in 138 GiB)
  EXPECT_LT(speed.kilobytes, 140);
  EXPECT_GT(speed.pictures_per_second, 1);
}

}  // namespace
}  // namespace fovea::image
