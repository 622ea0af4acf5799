#include "fovea/data/show.h"

#include "fovea/image/decode.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

namespace fovea::data {
namespace {

const std::array<std::string, 2> kNames{"cat", "dog"};

/// Two pictures of one colour each: (200, 100, 0) and (0, 100, 200).
Batch two_pictures() {
  Batch batch;
  batch.images = at::empty({2, 4, 4, 3}, at::kByte);
  batch.images[0].copy_(at::tensor({200, 100, 0}, at::kByte).expand({4, 4, 3}));
  batch.images[1].copy_(at::tensor({0, 100, 200}, at::kByte).expand({4, 4, 3}));
  batch.targets.labels = at::tensor({0, 1}, at::kLong);
  batch.samples = {7, 8};
  return batch;
}

std::set<std::array<uint8_t, 3>> colours_of(const std::vector<std::byte>& png) {
  const image::Image sheet = image::decode(png);
  std::set<std::array<uint8_t, 3>> colours;
  for (size_t i = 0; i < sheet.pixels.size(); i += 3) colours.insert({sheet.pixels[i], sheet.pixels[i + 1], sheet.pixels[i + 2]});
  return colours;
}

TEST(BatchSheet, ShowsThePixelsAsTheyAre) {
  const auto colours = colours_of(batch_sheet(two_pictures(), kNames, "training"));

  EXPECT_TRUE(colours.contains({200, 100, 0}));
  EXPECT_TRUE(colours.contains({0, 100, 200}));
}

TEST(BatchSheet, RoundsFloatLevels) {
  Batch batch = two_pictures();
  batch.images = batch.images.to(at::kFloat) + 0.4;

  EXPECT_TRUE(colours_of(batch_sheet(batch, kNames, "training")).contains({200, 100, 0}));
}

TEST(BatchCells, OfSeveralBatchesMakeOneSheet) {
  std::vector<image::SheetCell> cells = batch_cells(two_pictures(), kNames);
  for (image::SheetCell& cell : batch_cells(two_pictures(), kNames)) cells.push_back(std::move(cell));

  ASSERT_EQ(cells.size(), 4U);
  EXPECT_EQ(cells[3].caption, std::vector<std::string>{"dog"});
  EXPECT_GT(pictures_sheet(cells, "").width, pictures_sheet({cells[0], cells[1]}, "").width);
}

// lambda 0.75: 0.75 * 200 + 0.25 * 0 = 150 and 0.75 * 0 + 0.25 * 200 = 50.
TEST(BatchSheet, MixesPairs) {
  Batch batch = two_pictures();
  batch.targets.lambda = at::full({2}, 0.75F);
  batch.targets.partner_labels = at::tensor({1, 0}, at::kLong);

  const auto colours = colours_of(batch_sheet(batch, kNames, "training"));

  EXPECT_TRUE(colours.contains({150, 100, 50}));
  EXPECT_TRUE(colours.contains({50, 100, 150}));
  EXPECT_FALSE(colours.contains({200, 100, 0}));
}

/// A detection batch of one dark picture of 40 x 40 with one anchor in the middle that answers for a box of class 1 a little below it.
Batch one_box() {
  Batch batch;
  batch.images = at::zeros({1, 40, 40, 3}, at::kByte);
  batch.targets.classes = at::ones({1, 1}, at::kLong);
  batch.truths = {
      {.source_id = 1, .size = {.width = 40, .height = 40}, .objects = {{.box = {.y0 = 0.35F, .x0 = 0.25F, .y1 = 0.85F, .x1 = 0.75F}, .class_id = 1}}}};
  batch.samples = {7};
  return batch;
}

const std::array<std::string, 2> kBoxNames{"background", "x"};
const BoxDrawing kDrawing{.anchors = {{.y0 = 0.25F, .x0 = 0.25F, .y1 = 0.75F, .x1 = 0.75F}}};

bool is_drawn(const image::Image& picture, int y, int x) { return picture.row(y)[3 * x] > 200; }

TEST(BatchCells, DrawTheBoxesOfTheObjects) {
  const std::vector<image::SheetCell> cells = batch_cells(one_box(), kBoxNames, kDrawing);

  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].caption.front(), "1 box");
  EXPECT_TRUE(is_drawn(cells[0].picture, 33, 25));   // lower edge of the box: 0.85 * 40 = 34
  EXPECT_FALSE(is_drawn(cells[0].picture, 29, 25));  // of the default box: 0.75 * 40 = 30
}

TEST(BatchCells, DrawTheDefaultBoxesOnRequest) {
  BoxDrawing drawing = kDrawing;
  drawing.with_matches = true;

  const std::vector<image::SheetCell> cells = batch_cells(one_box(), kBoxNames, drawing);

  EXPECT_EQ(cells[0].caption.front(), "1 box, 1 default");
  EXPECT_TRUE(is_drawn(cells[0].picture, 29, 25));
}

TEST(BatchCells, CountTheBoxes) {
  Batch batch = one_box();
  batch.truths[0].objects.push_back({.box = {0, 0, 0.5F, 0.5F}, .class_id = 1});

  EXPECT_EQ(batch_cells(batch, kBoxNames)[0].caption.front(), "2 boxes");
}

}  // namespace
}  // namespace fovea::data
