#include "fovea/box/nms.h"

#include <gtest/gtest.h>

namespace fovea::box {
namespace {

constexpr Box at(float x, float width) { return {.y0 = 0, .x0 = x, .y1 = 1, .x1 = x + width}; }

TEST(Suppress, DropsABoxAtTheLimitItself) {
  // the second is half of the first: IoU 0.5
  EXPECT_EQ(suppress(std::vector<Box>{at(0, 2), at(0, 1)}, 0.5F), (std::vector<int32_t>{0}));
  EXPECT_EQ(suppress(std::vector<Box>{at(0, 2), at(0, 0.99F)}, 0.5F), (std::vector<int32_t>{0, 1}));
}

TEST(Suppress, LetsADroppedBoxDropNothing) {
  // each overlaps its neighbour with IoU 0.6; the middle one goes, the last one stays
  EXPECT_EQ(suppress(std::vector<Box>{at(0, 1), at(0.25F, 1), at(0.5F, 1)}, 0.5F), (std::vector<int32_t>{0, 2}));
}

TEST(Suppress, KeepsBoxesWithoutArea) { EXPECT_EQ(suppress(std::vector<Box>{at(0, 0), at(0, 0)}, 0.5F), (std::vector<int32_t>{0, 1})); }

}  // namespace
}  // namespace fovea::box
