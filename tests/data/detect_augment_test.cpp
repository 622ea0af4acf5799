#include "fovea/data/detect_augment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace fovea::data {
namespace {

using box::Box;

constexpr Box kWhole{.y0 = 0, .x0 = 0, .y1 = 1, .x1 = 1};
constexpr int kDraws = 20'000;
constexpr double kSigmas = 5;  // a fair draw fails once in two million

std::vector<Object> objects_of(const std::vector<Box>& boxes) {
  std::vector<Object> objects;
  for (const Box& box : boxes) objects.push_back({.box = box, .class_id = std::ssize(objects) + 1});
  return objects;
}

Box crop_of(const std::vector<Object>& objects, int64_t sample) { return iou_biased_crop(objects, {1, 0, static_cast<uint64_t>(sample), Purpose::kCrop}); }

/// Share of the draws for which `holds` is true of the crop.
template <class Predicate>
double share(const std::vector<Object>& objects, const Predicate& holds) {
  int count = 0;
  for (int i = 0; i < kDraws; ++i) count += holds(crop_of(objects, i));
  return static_cast<double>(count) / kDraws;
}

double tolerance(double share) { return kSigmas * std::sqrt(share * (1 - share) / kDraws); }

TEST(IouBiasedCrop, KeepsToItsLimits) {
  const std::vector<Object> objects = objects_of({{0.1F, 0.2F, 0.6F, 0.5F}, {0.4F, 0.3F, 0.9F, 0.8F}});
  for (int i = 0; i < kDraws; ++i) {
    SCOPED_TRACE(i);
    const Box crop = crop_of(objects, i);
    if (crop == kWhole) continue;

    ASSERT_TRUE(crop.y0 >= 0 && crop.x0 >= 0 && crop.y1 <= 1 + 1e-6F && crop.x1 <= 1 + 1e-6F);
    ASSERT_TRUE(crop.height() > 0.299F && crop.width() > 0.299F);
    ASSERT_TRUE(crop.height() / crop.width() < 2 && crop.width() / crop.height() < 2);
    for (const Object& object : objects) ASSERT_GT(box::iou(crop, object.box), 0);
    ASSERT_TRUE(std::ranges::any_of(objects, [&](const Object& object) { return box::is_centre_inside(object.box, crop); }));
  }
}

// An object as large as the picture: a candidate's IoU is its area w h, and the centre of the object lies inside half of all and more. Least IoU 0.9
// asks for w h > 0.9 with w, h uniform in [0.3, 1): (0.1 + 0.9 ln 0.9) / 0.49 = 0.01056 of the candidates (all with the centre inside), so
// 50 of them give one with probability 1 - (1 - 0.01056)^50 = 0.4118; the other five least IoUs nearly always succeed: 0.7 asks for
// (0.3 + 0.7 ln 0.7) / 0.49 = 0.1027, failing in 0.9^50 = 0.0044. So a round ends with the whole picture in 1/7, without a crop in
// (0.5882 + 0.0044) / 7 = 0.08466, and the whole picture is kept in (1/7) / (1 - 0.08466) = 0.15607 of all.
TEST(IouBiasedCrop, KeepsTheWholePictureAsOftenAsItShould) {
  EXPECT_NEAR(share(objects_of({kWhole}), [](const Box& crop) { return crop == kWhole; }), 0.15607, tolerance(0.15607));
}

// Of those rounds that end, 0.4118 / 7 / 0.91534 = 0.0643 come from the least IoU 0.9; others reach that area by chance: 0.1 / 7 or less each.
TEST(IouBiasedCrop, DrawsOneLeastIouForAllCandidates) {
  const double large = share(objects_of({kWhole}), [](const Box& crop) { return crop != kWhole && crop.area() > 0.9F; });
  // From least 0.7 in 0.01056 / 0.1027 of its crops, 0.9956 / 7 / 0.91534 of all: 0.0160; from 0.5, (0.5 + 0.5 ln 0.5) / 0.49 = 0.3131: 0.0053;
  // from 0.3, (0.7 + 0.3 ln 0.3) / 0.49 = 0.6914: 0.0024; below 0.3 valid are the centred ones with fair sides, 0.63 of all: 0.0026 each.
  EXPECT_NEAR(large, 0.0643 + 0.0160 + 0.0053 + 0.0024 + 2 * 0.0026, 0.008);
}

TEST(IouBiasedCrop, IsTheWholePictureWithoutObjectsAndWhereNoCropWillDo) {
  const std::vector<Object> corners = objects_of({{0, 0, 0.01F, 0.01F}, {0.99F, 0.99F, 1, 1}});  // no crop within meets both

  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(crop_of({}, i), kWhole);
    EXPECT_EQ(crop_of(corners, i), kWhole);
  }
}

// By hand: the window is the lower right quarter. The first box's centre (0.55, 0.7) lies in it: cut to y 0.5..0.8, x 0.5..1, so 0..0.6 and 0..1. The
// second's (0.5, 0.75) lies on its border: out. The third stands inside whole.
TEST(CutTo, KeepsObjectsByTheirCentreAndCutsTheirBoxes) {
  std::vector<Object> objects = objects_of({{0.3F, 0.4F, 0.8F, 1.0F}, {0.25F, 0.7F, 0.75F, 0.8F}, {0.6F, 0.75F, 0.75F, 0.875F}});
  objects[0].area = 123;

  const std::vector<Object> cut = cut_to(objects, {0.5F, 0.5F, 1, 1});

  ASSERT_EQ(cut.size(), 2U);
  EXPECT_EQ(cut[0].class_id, 1);
  EXPECT_EQ(cut[0].area, 123);
  EXPECT_NEAR(cut[0].box.y0, 0, 1e-6);
  EXPECT_NEAR(cut[0].box.x0, 0, 1e-6);
  EXPECT_NEAR(cut[0].box.y1, 0.6, 1e-6);
  EXPECT_NEAR(cut[0].box.x1, 1, 1e-6);
  EXPECT_EQ(cut[1].class_id, 3);
  EXPECT_NEAR(cut[1].box.y0, 0.2, 1e-6);
  EXPECT_NEAR(cut[1].box.x1, 0.75, 1e-6);
}

TEST(Mirror, TurnsBoxesLeftRight) {
  std::vector<Object> objects = objects_of({{0.1F, 0.25F, 0.4F, 0.5F}});

  mirror(objects);

  EXPECT_EQ(objects[0].box, (Box{0.1F, 0.5F, 0.4F, 0.75F}));
}

}  // namespace
}  // namespace fovea::data
