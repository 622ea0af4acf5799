#include "fovea/data/detect_augment.h"

#include "fovea/data/augment.h"
#include "fovea/image/decode.h"
#include "tests/data/pictures.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace fovea::data {
namespace {

using box::Box;
using image::Image;
using image::Size;

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
  const std::vector<Object> without_area = objects_of({{0.2F, 0.2F, 0.6F, 0.6F}, {0.5F, 0.5F, 0.5F, 0.5F}});  // its IoU is 0 with anything

  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(crop_of({}, i), kWhole);
    EXPECT_EQ(crop_of(without_area, i), kWhole);
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

DataOptions detection() {
  return {.image_size = 24,
          .train_crop = TrainCrop::kIouBiased,
          .eval_crop = EvalCrop::kStretch,
          .filter = image::Filter::kLegacyBilinear,
          .pixels = Pixels::kFloat32};
}

TEST(PrepareTrain, CropsAndResizesAroundObjects) {
  const Sample sample{.encoded = image::encode_jpeg(test_picture(150, 110), 90), .picture = {}, .objects = {{.box = {0.3F, 0.2F, 0.8F, 0.9F}, .class_id = 7}}};
  const Image picture = image::decode(sample.encoded);
  for (int64_t i = 0; i < 20; ++i) {
    SCOPED_TRACE(i);
    const Draw draw{.sample = i};
    std::vector<float> actual(24 * 24 * 3), expected(24 * 24 * 3);

    const std::vector<Object> objects = prepare_train(sample, detection(), 5, draw, {.floats = actual.data()});

    const TrainView view = train_view(picture.size(), sample.objects, detection(), 5, draw);
    image::crop_and_resize(picture, view.part, picture.size(), *view.window, {24, 24, view.is_mirrored}, expected.data(), 24 * 3);
    EXPECT_EQ(actual, expected);
    ASSERT_EQ(objects.size(), 1U);
    EXPECT_EQ(objects[0].class_id, 7);
    const float x0 = std::max(0.0F, (0.2F - view.window->x0) / (view.window->x1 - view.window->x0));
    EXPECT_NEAR(view.is_mirrored ? 1 - objects[0].box.x1 : objects[0].box.x0, x0, 1e-6);
  }
}

TEST(PrepareTrain, ChangesColoursWithinTheReferencesLimits) {
  const Sample sample{.picture = std::make_shared<image::Image>(test_picture(50, 40))};
  DataOptions options{.image_size = 16, .pixels = Pixels::kFloat32};
  std::vector<float> plain(16 * 16 * 3), expected, coloured(16 * 16 * 3);
  image::ColourJitter least{1, 2, 2, 1}, most{-1, 0, 0, -1};
  for (int64_t i = 0; i < 1000; ++i) {
    const Draw draw{.sample = i};
    options.colour_jitter = true;
    const TrainView view = train_view({50, 40}, {}, options, 5, draw);
    const image::ColourJitter& jitter = *view.jitter;
    least = {std::min(least.brightness, jitter.brightness), std::min(least.contrast, jitter.contrast), std::min(least.saturation, jitter.saturation),
             std::min(least.hue, jitter.hue)};
    most = {std::max(most.brightness, jitter.brightness), std::max(most.contrast, jitter.contrast), std::max(most.saturation, jitter.saturation),
            std::max(most.hue, jitter.hue)};
    if (i > 2) continue;
    prepare_train(sample, options, 5, draw, {.floats = coloured.data()});
    options.colour_jitter = false;
    prepare_train(sample, options, 5, draw, {.floats = plain.data()});
    expected = plain;
    image::jitter_colours(expected.data(), 16 * 16, jitter);

    EXPECT_EQ(coloured, expected);
    EXPECT_NE(coloured, plain);
  }

  // spec 3.7; the ends of a thousand uniform draws come within a hundredth of the interval
  EXPECT_NEAR(least.brightness, -0.125, 0.0025);
  EXPECT_NEAR(most.brightness, 0.125, 0.0025);
  EXPECT_NEAR(least.contrast, 0.5, 0.01);
  EXPECT_NEAR(most.contrast, 1.5, 0.01);
  EXPECT_NEAR(least.saturation, 0.5, 0.01);
  EXPECT_NEAR(most.saturation, 1.5, 0.01);
  EXPECT_NEAR(least.hue, -0.05, 0.001);
  EXPECT_NEAR(most.hue, 0.05, 0.001);
}

TEST(PrepareEvaluation, StretchesTheWholePicture) {
  const Sample sample{.encoded = image::encode_jpeg(test_picture(90, 70), 90)};
  const Image picture = image::decode(sample.encoded);
  std::vector<float> actual(24 * 24 * 3), expected(24 * 24 * 3);

  const Size size = prepare_evaluation(sample, detection(), {.floats = actual.data()});

  image::resample_float(picture, {0, 0, 90, 70}, image::Filter::kLegacyBilinear, {24, 24}, expected.data(), 24 * 3);
  EXPECT_EQ(size, (Size{90, 70}));
  EXPECT_EQ(actual, expected);
}

TEST(CheckOptions, KeepsDetectionAndClassificationApart) {
  const auto message = [](const DataOptions& options, Task task) {
    return test::message_of([&] { check_options(options, {.source = "pictures", .task = task, .class_names = {}, .class_ids = {}}); });
  };
  const DataOptions detection{.image_size = 300, .train_crop = TrainCrop::kIouBiased, .eval_crop = EvalCrop::kStretch};  // eval_resize 256 is not used
  DataOptions mixing = detection, cutting = detection;
  mixing.mixup = 0.2;
  cutting.image_size = 200;
  cutting.eval_crop = EvalCrop::kCentre;

  EXPECT_EQ(message(detection, Task::kDetect), "no error");
  EXPECT_EQ(message({}, Task::kClassify), "no error");
  EXPECT_EQ(message(detection, Task::kClassify), "data.train_crop: iou_biased is made for pictures with boxes, but these have labels: pictures");
  EXPECT_EQ(message({}, Task::kDetect), "data.train_crop: inception is made for pictures with labels, but these have boxes: pictures");
  EXPECT_THAT(message(mixing, Task::kDetect), testing::AllOf(testing::HasSubstr("data.mixup"), testing::HasSubstr("data.train_crop: iou_biased")));
  EXPECT_THAT(message(cutting, Task::kDetect), testing::AllOf(testing::HasSubstr("data.eval_crop: centre"), testing::HasSubstr("data.train_crop: iou_biased")));
  EXPECT_THAT(message({.colour_jitter = true}, Task::kClassify), testing::AllOf(testing::HasSubstr("data.colour_jitter"), testing::HasSubstr("data.pixels")));
}

}  // namespace
}  // namespace fovea::data
