#include "fovea/data/augment.h"

#include "fovea/image/decode.h"
#include "fovea/image/resample.h"
#include "tests/data/pictures.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

namespace fovea::data {
namespace {

using image::Image;
using image::Rect;
using image::Size;

constexpr int kDraws = 20'000;
constexpr double kSigmas = 4.5;  // a right generator misses such a bound once in 150,000 seeds; the seeds here are fixed

std::vector<Rect> crops(const std::function<Rect(Random)>& crop) {
  std::vector<Rect> result;
  for (int i = 0; i < kDraws; ++i) result.push_back(crop(Random(7, 0, static_cast<uint64_t>(i), Purpose::kCrop)));
  return result;
}

double mean_of(const std::vector<Rect>& rects, const std::function<double(const Rect&)>& value) {
  double sum = 0;
  for (const Rect& rect : rects) sum += value(rect);
  return sum / static_cast<double>(rects.size());
}

bool is_inside(const Rect& rect, Size size) {
  return rect.x >= 0 && rect.y >= 0 && rect.width > 0 && rect.height > 0 && rect.x + rect.width <= size.width && rect.y + rect.height <= size.height;
}

DataOptions reference_options() { return {.train_crop = TrainCrop::kReference, .min_area = 0.05, .min_aspect = 0.75, .max_aspect = 1.33}; }  // spec 2.5

TEST(ReferenceCrop, KeepsItsEffectiveLimits) {
  const Size size{.width = 640, .height = 480};

  const std::vector<Rect> all = crops([&](Random random) { return reference_crop(size, reference_options(), random); });

  const auto is_allowed = [&](const Rect& rect) {
    const double share = static_cast<double>(rect.width) * rect.height / (640.0 * 480), aspect = static_cast<double>(rect.width) / rect.height;
    // the width is rounded, half a pixel in at least 150 rows (10 % of the area at aspect 1.33 has 152)
    return is_inside(rect, size) && share >= 0.1 && aspect > 0.75 - 0.5 / 150 && aspect < 1.33 + 0.5 / 150;
  };
  EXPECT_TRUE(std::all_of(all.begin(), all.end(), is_allowed));
  // both ends are reached: the smallest has hardly more than 10 %, the largest every row (no aspect allows every column and every row at 1.33 < 4/3)
  const auto [smallest, largest] =
      std::minmax_element(all.begin(), all.end(), [](const Rect& a, const Rect& b) { return a.width * a.height < b.width * b.height; });
  EXPECT_LT(smallest->width * smallest->height, 0.102 * 640 * 480);
  EXPECT_GT(largest->width * largest->height, 0.98 * 640 * 480);
}

TEST(ReferenceCrop, DrawsTheSideUniformly) {
  // Squares out of 400 x 400: round(400 * sqrt(0.05)) = 89 to 400, and those below 10 % of the area (side 126 and less) are drawn again:
  // uniform on 127..400, mean 263.5, standard deviation sqrt((274^2 - 1) / 12) = 79.1.
  DataOptions options = reference_options();
  options.min_aspect = options.max_aspect = 1;

  const std::vector<Rect> all = crops([&](Random random) { return reference_crop({.width = 400, .height = 400}, options, random); });

  EXPECT_EQ(std::ranges::min(all, {}, &Rect::height).height, 127);
  EXPECT_EQ(std::ranges::max(all, {}, &Rect::height).height, 400);
  EXPECT_NEAR(mean_of(all, [](const Rect& rect) { return rect.height; }), 263.5, kSigmas * 79.1 / std::sqrt(kDraws));
  // 137 of 274 sides are below 264
  EXPECT_NEAR(mean_of(all, [](const Rect& rect) { return rect.height < 264; }), 0.5, kSigmas * 0.5 / std::sqrt(kDraws));
}

TEST(ReferenceCrop, NeverBeginsAtTheLastPlace) {
  DataOptions options = reference_options();
  options.min_aspect = options.max_aspect = 1;

  const std::vector<Rect> all = crops([&](Random random) { return reference_crop({.width = 40, .height = 40}, options, random); });

  // places are 0 .. 40 - side - 1, and 0 when the side is 40
  EXPECT_TRUE(std::all_of(all.begin(), all.end(),
                          [](const Rect& rect) { return rect.x <= std::max(0, 40 - rect.width - 1) && rect.y <= std::max(0, 40 - rect.height - 1); }));
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Rect& rect) { return rect.width == 20 && rect.x == 19; }));
  // relative place: mean one half; its deviation is at most that of a coin, one half
  const double mean_place = mean_of(all, [](const Rect& rect) { return rect.width < 39 ? static_cast<double>(rect.x) / (39 - rect.width) : 0.5; });
  EXPECT_NEAR(mean_place, 0.5, kSigmas * 0.5 / std::sqrt(kDraws));
}

TEST(ReferenceCrop, TakesTheWholePictureWhenNothingFits) {
  // at most 10 rows and 13 columns of 10,000 pixels: below 5 % whatever is drawn
  const Rect crop = reference_crop({.width = 1000, .height = 10}, reference_options(), Random(1, 2, 3, Purpose::kCrop));

  EXPECT_EQ(crop, (Rect{.x = 0, .y = 0, .width = 1000, .height = 10}));
}

TEST(ReferenceCrop, HandlesTheSmallestPictures) {
  for (const Size size : {Size{1, 1}, Size{1, 2}, Size{2, 1}, Size{3, 2}}) {
    SCOPED_TRACE(testing::Message() << size.width << " x " << size.height);
    const std::vector<Rect> all = crops([&](Random random) { return reference_crop(size, reference_options(), random); });

    EXPECT_TRUE(std::all_of(all.begin(), all.end(), [&](const Rect& rect) { return is_inside(rect, size); }));
  }
}

TEST(InceptionCrop, DrawsTheAreaUniformly) {
  // squares of area U(0.08, 1): mean 0.54, deviation 0.92 / sqrt(12) = 0.2656, a quarter below 0.31; 1000 pixels make rounding negligible
  const DataOptions options{.min_area = 0.08, .min_aspect = 1, .max_aspect = 1};

  const std::vector<Rect> all = crops([&](Random random) { return inception_crop({.width = 1000, .height = 1000}, options, random); });

  const auto share = [](const Rect& rect) { return rect.width * rect.height / 1e6; };
  EXPECT_NEAR(mean_of(all, share), 0.54, kSigmas * 0.2656 / std::sqrt(kDraws));
  EXPECT_NEAR(mean_of(all, [&](const Rect& rect) { return share(rect) < 0.31; }), 0.25, kSigmas * std::sqrt(0.25 * 0.75 / kDraws));
}

TEST(InceptionCrop, DrawsTheAspectLogUniformly) {
  // Up to 60 % of the area every aspect fits, so none is drawn again there. Half of log U(3/4, 4/3) lies within half of its range.
  const DataOptions options{.min_area = 0.08, .min_aspect = 3.0 / 4, .max_aspect = 4.0 / 3};
  std::vector<Rect> all = crops([&](Random random) { return inception_crop({.width = 2000, .height = 2000}, options, random); });
  std::erase_if(all, [](const Rect& rect) { return rect.width * rect.height > 0.6 * 4e6; });

  const auto log_aspect = [](const Rect& rect) { return std::log(static_cast<double>(rect.width) / rect.height); };

  const double half_range = std::log(4.0 / 3), draws = static_cast<double>(all.size());
  EXPECT_NEAR(mean_of(all, log_aspect), 0, kSigmas * half_range / std::sqrt(3 * draws));
  EXPECT_NEAR(mean_of(all, [&](const Rect& rect) { return std::abs(log_aspect(rect)) < half_range / 2; }), 0.5,
              kSigmas * 0.5 / std::sqrt(draws) + 0.002);  // + rounding of sides
}

TEST(InceptionCrop, ReachesEveryPlace) {
  const DataOptions options{.min_area = 0.2, .min_aspect = 1, .max_aspect = 1};

  const std::vector<Rect> all = crops([&](Random random) { return inception_crop({.width = 20, .height = 20}, options, random); });

  EXPECT_TRUE(std::all_of(all.begin(), all.end(), [](const Rect& rect) { return is_inside(rect, {.width = 20, .height = 20}); }));
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Rect& rect) { return rect.width == 10 && rect.x == 10; }));
}

TEST(InceptionCrop, FallsBackToTheCentre) {
  // 90 % of 1000 x 100 needs more than 900 columns, no aspect up to 4/3 has them: 133 columns, (1000 - 133) / 2 = 433 from the left
  const DataOptions options{.min_area = 0.9};
  const Random random(1, 2, 3, Purpose::kCrop);

  EXPECT_EQ(inception_crop({.width = 1000, .height = 100}, options, random), (Rect{.x = 433, .y = 0, .width = 133, .height = 100}));
  EXPECT_EQ(inception_crop({.width = 100, .height = 1000}, options, random), (Rect{.x = 0, .y = 433, .width = 100, .height = 133}));
}

TEST(Mirror, IsKeyedApartFromTheCropAndFair) {
  const DataOptions options;
  int mirrored = 0, left_half = 0, both = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Draw draw{.sample = i, .epoch = 3, .position = i};
    const TrainView view = train_view({.width = 500, .height = 400}, {}, options, 9, draw);
    const bool is_left = view.part.x < 40;
    mirrored += view.is_mirrored;
    left_half += is_left;
    both += is_left && view.is_mirrored;
  }

  const double share_left = static_cast<double>(left_half) / kDraws;
  EXPECT_NEAR(static_cast<double>(mirrored) / kDraws, 0.5, kSigmas * 0.5 / std::sqrt(kDraws));
  EXPECT_NEAR(static_cast<double>(both) / kDraws, share_left / 2, kSigmas * 0.5 / std::sqrt(kDraws));
}

TEST(Mirror, IsOffWhenAskedToBe) {
  const DataOptions options{.flip = false};

  for (int i = 0; i < 64; ++i) EXPECT_FALSE(train_view({.width = 500, .height = 400}, {}, options, 9, {.sample = i}).is_mirrored);
}

TEST(ReferenceEvalPlan, TruncatesAsFloat32Does) {
  // numpy: trunc(float32(dim) * (float32(256) / float32(short))); spec 2.5 names 244, 332, 376 and 427 as sides that become 255
  struct Case {
    Size size, scaled;
    int x, y;
  };
  for (const Case& one :
       {Case{{244, 300}, {255, 314}, 15, 45}, Case{{500, 332}, {385, 255}, 80, 15}, Case{{500, 376}, {340, 255}, 58, 15}, Case{{640, 427}, {383, 255}, 79, 15},
        Case{{500, 375}, {341, 256}, 58, 16}, Case{{480, 640}, {256, 341}, 16, 58}, Case{{256, 256}, {256, 256}, 16, 16}}) {
    SCOPED_TRACE(testing::Message() << one.size.width << " x " << one.size.height);
    const EvalPlan plan = reference_eval_plan(one.size, {});

    EXPECT_EQ(plan.scaled.width, one.scaled.width);
    EXPECT_EQ(plan.scaled.height, one.scaled.height);
    EXPECT_EQ(plan.centre, (Rect{.x = one.x, .y = one.y, .width = 224, .height = 224}));
  }
}

TEST(ReferenceEvalPlan, RefusesPicturesThatWouldFillMemory) {
  EXPECT_THROW(reference_eval_plan({.width = 20'000, .height = 2}, {}), Error);  // 256 rows of 2,560,000
}

TEST(CentreCrop, IsTheShareOfTheShortSide) {
  // 480 * 224 / 256 = 420; (640 - 420) / 2 and (480 - 420) / 2
  EXPECT_EQ(centre_crop({.width = 640, .height = 480}, {}), (Rect{.x = 110, .y = 30, .width = 420, .height = 420}));
  EXPECT_EQ(centre_crop({.width = 1, .height = 9}, {}), (Rect{.x = 0, .y = 4, .width = 1, .height = 1}));
}

TEST(CheckOptions, NamesBothKeysThatContradict) {
  const auto message = [](const DataOptions& options) { return test::message_of([&] { check_options(options); }); };

  EXPECT_THAT(message({.image_size = 320}), testing::AllOf(testing::HasSubstr("data.eval_resize 256"), testing::HasSubstr("data.image_size 320")));
  EXPECT_THAT(message({.min_aspect = 2, .max_aspect = 1}), testing::AllOf(testing::HasSubstr("data.min_aspect 2"), testing::HasSubstr("data.max_aspect 1")));
  EXPECT_EQ(message({}), "no error");
}

TEST(PrepareTrain, EqualsDecodingAllThenCroppingThenScaling) {
  const Sample sample{.encoded = image::encode_jpeg(test_picture(150, 110), 90)};
  const Image picture = image::decode(sample.encoded);
  const DataOptions options{.image_size = 64, .flip = false};
  for (int64_t i = 0; i < 20; ++i) {
    SCOPED_TRACE(i);
    const Draw draw{.sample = i};
    std::vector<uint8_t> actual(64 * 64 * 3), expected(64 * 64 * 3);

    prepare_train(sample, options, 5, draw, {.bytes = actual.data()});

    image::resample(picture, train_view(picture.size(), {}, options, 5, draw).part, options.filter, {.width = 64, .height = 64}, expected.data(), 64 * 3);
    EXPECT_EQ(actual, expected);
  }
}

TEST(PrepareTrain, MirrorsHalfOfThePictures) {
  const Sample sample{.picture = std::make_shared<Image>(test_picture(50, 40))};
  const DataOptions options{.image_size = 16};
  DataOptions unmirrored = options;
  unmirrored.flip = false;
  Draw draw;
  while (!train_view({.width = 50, .height = 40}, {}, options, 5, draw).is_mirrored) ++draw.sample;
  std::vector<uint8_t> mirrored(16 * 16 * 3), plain(16 * 16 * 3);

  prepare_train(sample, options, 5, draw, {.bytes = mirrored.data()});
  prepare_train(sample, unmirrored, 5, draw, {.bytes = plain.data()});

  for (size_t y = 0; y < 16; ++y) {
    for (size_t x = 0; x < 16; ++x) {
      for (size_t c = 0; c < 3; ++c) ASSERT_EQ(mirrored[(y * 16 + x) * 3 + c], plain[(y * 16 + 15 - x) * 3 + c]) << x << ", " << y;
    }
  }
}

TEST(PrepareEvaluation, OfTheReferenceScalesAllThenCutsTheCentre) {
  // The definition of spec 1.1 and 2.5 in double precision. 60 x 47 with short side 32 becomes 40 x 31: numpy's float32(47) * (float32(32) /
  // float32(47)) is 31.999998.
  const Image picture = test_picture(60, 47);
  const DataOptions options{
      .image_size = 28, .eval_crop = EvalCrop::kReference, .eval_resize = 32, .filter = image::Filter::kLegacyBilinear, .pixels = Pixels::kFloat32};
  const EvalPlan plan = reference_eval_plan(picture.size(), options);
  ASSERT_EQ(plan.scaled, (Size{.width = 40, .height = 31}));
  std::vector<float> actual(28 * 28 * 3);

  prepare_evaluation({.picture = std::make_shared<Image>(picture)}, options, {.floats = actual.data()});

  for (int y = 0; y < 28; ++y) {
    for (int x = 0; x < 28; ++x) {
      const double source_x = (x + 6) * 60.0 / 40, source_y = (y + 1) * 47.0 / 31;  // offsets (40 - 28) / 2 and (31 - 28) / 2
      const int x0 = static_cast<int>(source_x), y0 = static_cast<int>(source_y), x1 = std::min(x0 + 1, 59), y1 = std::min(y0 + 1, 46);
      const double wx = source_x - x0, wy = source_y - y0;
      const double top = picture.row(y0)[x0 * 3] * (1 - wx) + picture.row(y0)[x1 * 3] * wx,
                   bottom = picture.row(y1)[x0 * 3] * (1 - wx) + picture.row(y1)[x1 * 3] * wx;
      ASSERT_NEAR(actual[static_cast<size_t>(y * 28 + x) * 3], top * (1 - wy) + bottom * wy, 1e-2)
          << x << ", " << y;  // float32 positions: 1e-5 of a pixel times 255
    }
  }
}

TEST(PrepareEvaluation, GivesRoundedFloatsAsBytes) {
  const Sample sample{.encoded = image::encode_jpeg(test_picture(90, 70), 90)};
  for (const EvalCrop crop : {EvalCrop::kReference, EvalCrop::kCentre}) {
    SCOPED_TRACE(kEvalCropNames[static_cast<size_t>(crop)]);
    DataOptions options{.image_size = 32, .eval_crop = crop, .eval_resize = 40};
    std::vector<uint8_t> bytes(32 * 32 * 3);
    std::vector<float> floats(32 * 32 * 3);

    prepare_evaluation(sample, options, {.bytes = bytes.data()});
    options.pixels = Pixels::kFloat32;
    prepare_evaluation(sample, options, {.floats = floats.data()});

    for (size_t i = 0; i < bytes.size(); ++i) ASSERT_NEAR(bytes[i], floats[i], 0.51) << i;  // half a level, and the arithmetic's own error
  }
}

TEST(PrepareEvaluation, OfTheCentreScalesTheCutSquare) {
  const Sample sample{.encoded = image::encode_jpeg(test_picture(128, 96), 90)};
  const DataOptions options{.image_size = 28, .eval_resize = 32};
  std::vector<uint8_t> actual(28 * 28 * 3), expected(28 * 28 * 3);

  prepare_evaluation(sample, options, {.bytes = actual.data()});

  // 96 * 28 / 32 = 84; (128 - 84) / 2 = 22 and (96 - 84) / 2 = 6
  image::resample(image::decode(sample.encoded), {.x = 22, .y = 6, .width = 84, .height = 84}, options.filter, {.width = 28, .height = 28}, expected.data(),
                  28 * 3);
  EXPECT_EQ(actual, expected);
}

TEST(PrepareTrain, RefusesDamagedPictures) {
  Sample sample{.encoded = image::encode_jpeg(test_picture(64, 64), 90)};
  sample.encoded.resize(sample.encoded.size() / 2);
  const DataOptions options{.image_size = 16, .train_crop = TrainCrop::kReference, .min_area = 1, .min_aspect = 1, .max_aspect = 1};  // the whole picture
  std::vector<uint8_t> bytes(16 * 16 * 3);

  EXPECT_THROW(prepare_train(sample, options, 5, {}, {.bytes = bytes.data()}), Error);
}

TEST(MixUpLambda, FollowsTheBetaDistribution) {
  // Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)) = 0.17857 for a = 0.2; the variance's own deviation is below 0.125 / sqrt(draws)
  const DataOptions options{.mixup = 0.2};
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double lambda = mixup_lambda(options, 4, {.sample = 0, .epoch = 0, .position = 2 * i});
    sum += lambda;
    squares += (lambda - 0.5) * (lambda - 0.5);
  }

  EXPECT_NEAR(sum / kDraws, 0.5, kSigmas * std::sqrt(0.17857 / kDraws));
  EXPECT_NEAR(squares / kDraws, 0.17857, kSigmas * 0.125 / std::sqrt(kDraws));
}

TEST(MixUpLambda, IsThePairsOwn) {
  const DataOptions options{.mixup = 1};

  EXPECT_EQ(mixup_lambda(options, 4, {.sample = 5, .epoch = 1, .position = 8}), mixup_lambda(options, 4, {.sample = 6, .epoch = 1, .position = 9}));
  EXPECT_NE(mixup_lambda(options, 4, {.sample = 5, .epoch = 1, .position = 8}), mixup_lambda(options, 4, {.sample = 5, .epoch = 1, .position = 10}));
  EXPECT_NE(mixup_lambda(options, 4, {.sample = 5, .epoch = 1, .position = 8}), mixup_lambda(options, 4, {.sample = 5, .epoch = 2, .position = 8}));
}

}  // namespace
}  // namespace fovea::data
