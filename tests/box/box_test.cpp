#include "fovea/box/box.h"

#include <gtest/gtest.h>

namespace fovea::box {
namespace {

TEST(Box, MeasuresIouWithoutAnAddedPixel) {
  const Box a{.y0 = 0, .x0 = 0, .y1 = 2, .x1 = 2}, b{.y0 = 1, .x0 = 1, .y1 = 3, .x1 = 3};

  EXPECT_FLOAT_EQ(shared_area(a, b), 1);
  EXPECT_FLOAT_EQ(iou(a, b), 1.0F / 7);  // 1 / (4 + 4 - 1)
}

TEST(Box, HasIouZeroWhenBoxesTouchOrHaveNoArea) {
  const Box a{.y0 = 0, .x0 = 0, .y1 = 1, .x1 = 1};

  EXPECT_EQ(iou(a, {.y0 = 0, .x0 = 1, .y1 = 1, .x1 = 2}), 0);
  EXPECT_EQ(iou(a, {.y0 = 2, .x0 = 2, .y1 = 3, .x1 = 3}), 0);
  EXPECT_EQ(iou({.y0 = 0.5F, .x0 = 0.5F, .y1 = 0.5F, .x1 = 0.5F}, {.y0 = 0.5F, .x0 = 0.5F, .y1 = 0.5F, .x1 = 0.5F}), 0);
}

TEST(Box, CountsACentreOnTheEdgeAsOutside) {
  const Box frame{.y0 = 0, .x0 = 0, .y1 = 1, .x1 = 1};

  EXPECT_TRUE(is_centre_inside({.y0 = 0.4F, .x0 = 0.4F, .y1 = 0.6F, .x1 = 0.6F}, frame));
  EXPECT_FALSE(is_centre_inside({.y0 = -0.5F, .x0 = 0.4F, .y1 = 0.5F, .x1 = 0.6F}, frame));
}

}  // namespace
}  // namespace fovea::box
