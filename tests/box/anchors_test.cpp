#include "fovea/box/anchors.h"

#include <gtest/gtest.h>

namespace fovea::box {
namespace {

TEST(DefaultBoxes, AreCountedPerLevel) {
  int64_t offset = 0;
  std::vector<int64_t> offsets;
  for (const AnchorLevel& level : ssd300_levels()) {
    offsets.push_back(offset);
    offset += level.size * level.size * level.shapes();
  }

  EXPECT_EQ(offsets, (std::vector<int64_t>{0, 5776, 7942, 8542, 8692, 8728}));  // spec 3.3
  EXPECT_EQ(std::ssize(default_boxes(ssd300_levels(), 300)), 8732);
}

TEST(DefaultBoxes, ClipCentreAndSizeOneByOne) {
  const std::vector<Box> boxes = default_boxes(ssd300_levels(), 300);

  // spec 3.3: the last level's width of 1.230366 becomes 1, its height 0.615183 stays
  EXPECT_FLOAT_EQ(boxes[8730].width(), 1);
  EXPECT_FLOAT_EQ(boxes[8730].height(), 0.615183F);
  // the first cell's square of 0.07 around (4 / 300, 4 / 300) reaches out of the picture
  EXPECT_FLOAT_EQ(boxes[0].x0, 4.0F / 300 - 0.035F);
  EXPECT_FLOAT_EQ(boxes[0].y1, 4.0F / 300 + 0.035F);
}

TEST(DefaultBoxes, GoThroughColumnsBeforeRows) {
  const std::vector<Box> boxes = default_boxes(ssd300_levels(), 300);

  EXPECT_FLOAT_EQ(boxes[4].centre_x(), 12.0F / 300);  // the second cell: four shapes on
  EXPECT_FLOAT_EQ(boxes[4].centre_y(), 4.0F / 300);
  EXPECT_GT(boxes[2].width(), boxes[2].height());  // the wide one of a ratio comes first
}

}  // namespace
}  // namespace fovea::box
