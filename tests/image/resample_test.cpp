#include "fovea/image/resample.h"

#include "fovea/io/json.h"
#include "tests/image/pictures.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <sstream>

namespace fovea::image {
namespace {

Image resampled(const Image& source, Rect region, Filter filter, ResampleTarget target) {
  Image result(target.width, target.height);
  resample(source, region, filter, target, result.pixels.data(), int64_t{3} * target.width);
  return result;
}

std::vector<float> resampled_float(const Image& source, Rect region, Filter filter, ResampleTarget target) {
  std::vector<float> result(static_cast<size_t>(target.width) * static_cast<size_t>(target.height) * 3);
  resample_float(source, region, filter, target, result.data(), int64_t{3} * target.width);
  return result;
}

/// Spec 1.1 word by word, in double.
std::vector<double> plain_legacy(const Image& source, Rect region, ResampleTarget target) {
  std::vector<double> result;
  for (int i = 0; i < target.height; ++i) {
    const double y = static_cast<double>(i) * region.height / target.height;
    const int y0 = static_cast<int>(y), y1 = std::min(y0 + 1, region.height - 1);
    for (int j = 0; j < target.width; ++j) {
      const double x = static_cast<double>(target.mirror ? target.width - 1 - j : j) * region.width / target.width;
      const int x0 = static_cast<int>(x), x1 = std::min(x0 + 1, region.width - 1);
      for (int c = 0; c < 3; ++c) {
        const auto level = [&](int row, int column) { return double{1} * source.row(region.y + row)[3 * (region.x + column) + c]; };
        const double top = level(y0, x0) + (level(y0, x1) - level(y0, x0)) * (x - x0);
        const double bottom = level(y1, x0) + (level(y1, x1) - level(y1, x0)) * (x - x0);
        result.push_back(top + (bottom - top) * (y - y0));
      }
    }
  }
  return result;
}

TEST(Resample, StaysWithinALevelOfPillow) {
  const Image source = pattern();
  std::istringstream lines(read_text(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/resample.txt"));
  std::string line;
  int compared = 0;
  while (std::getline(lines, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string filter, levels;
    Rect region;
    ResampleTarget target;
    fields >> filter >> region.x >> region.y >> region.width >> region.height >> target.width >> target.height >> levels;
    SCOPED_TRACE(line.substr(0, 40));

    const Image scaled = resampled(source, region, filter == "bicubic" ? Filter::kBicubic : Filter::kBilinear, target);

    ASSERT_EQ(levels.size(), 2 * scaled.pixels.size());
    for (size_t i = 0; i < scaled.pixels.size(); ++i) {
      // Pillow rounds between its two passes; we round once.
      ASSERT_NEAR(scaled.pixels[i], std::stoi(levels.substr(2 * i, 2), nullptr, 16), 1) << "value " << i;
    }
    ++compared;
  }
  EXPECT_EQ(compared, 10);  // filters x shapes in make_resample_goldens.py
}

// A row 0 10 20 30 to three: x_src = 0, 4/3, 8/3, so 0, 13.333, 26.667 (by hand, spec 1.1).
TEST(Resample, LegacyTakesTwoNeighboursWithoutHalfPixelOffset) {
  Image source(4, 1);
  for (int x = 0; x < 4; ++x) std::fill_n(source.row(0) + 3 * x, 3, static_cast<uint8_t>(10 * x));

  const std::vector<float> scaled = resampled_float(source, {0, 0, 4, 1}, Filter::kLegacyBilinear, {3, 1});

  EXPECT_NEAR(scaled[0], 0, 1e-5);
  EXPECT_NEAR(scaled[3], 13.33333, 1e-5);
  EXPECT_NEAR(scaled[6], 26.66667, 1e-5);
}

// A row 0 100 to four: x_src = 0, 0.5, 1, 1.5; beyond the last pixel it repeats (by hand, spec 1.1).
TEST(Resample, LegacyRepeatsTheLastPixel) {
  Image source(2, 1);
  std::fill_n(source.row(0) + 3, 3, uint8_t{100});

  const std::vector<float> scaled = resampled_float(source, {0, 0, 2, 1}, Filter::kLegacyBilinear, {4, 1});

  EXPECT_EQ(scaled[0], 0);
  EXPECT_EQ(scaled[3], 50);
  EXPECT_EQ(scaled[6], 100);
  EXPECT_EQ(scaled[9], 100);
}

TEST(Resample, LegacyEqualsThePlainFormula) {
  const Image source = noise(61, 53, 5);
  const std::vector<Rect> regions{{0, 0, 61, 53}, {7, 9, 40, 33}, {60, 52, 1, 1}, {3, 0, 2, 53}, {0, 5, 61, 1}};
  for (const Rect& region : regions) {
    for (const ResampleTarget target : {ResampleTarget{24, 20}, ResampleTarget{100, 90, true}, ResampleTarget{61, 53}, ResampleTarget{1, 1}}) {
      SCOPED_TRACE(testing::Message() << region.width << " x " << region.height << " to " << target.width << " x " << target.height);
      const std::vector<float> scaled = resampled_float(source, region, Filter::kLegacyBilinear, target);
      const std::vector<double> expected = plain_legacy(source, region, target);

      // float32 positions up to 100 carry errors of 4e-6 pixels, times up to 255 levels between neighbours
      for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(scaled[i], expected[i], 2e-3) << i;
    }
  }
}

// Half-pixel centres, 0 100 to four: positions -0.25, 0.25, 0.75, 1.25, so 0, 25, 75, 100 (by hand).
TEST(Resample, BilinearHasHalfPixelCentres) {
  Image source(2, 1);
  std::fill_n(source.row(0) + 3, 3, uint8_t{100});

  const std::vector<float> scaled = resampled_float(source, {0, 0, 2, 1}, Filter::kBilinear, {4, 1});

  EXPECT_NEAR(scaled[0], 0, 1e-4);
  EXPECT_NEAR(scaled[3], 25, 1e-4);
  EXPECT_NEAR(scaled[6], 75, 1e-4);
  EXPECT_NEAR(scaled[9], 100, 1e-4);
}

TEST(Resample, BicubicOvershootsInFloatAndIsClampedInLevels) {
  Image source(6, 1);
  std::fill(source.pixels.begin() + 9, source.pixels.end(), uint8_t{255});  // a step from 0 to 255

  const std::vector<float> scaled = resampled_float(source, {0, 0, 6, 1}, Filter::kBicubic, {24, 1});
  const Image levels = resampled(source, {0, 0, 6, 1}, Filter::kBicubic, {24, 1});

  EXPECT_LT(*std::min_element(scaled.begin(), scaled.end()), -5);
  EXPECT_GT(*std::max_element(scaled.begin(), scaled.end()), 260);
  EXPECT_EQ(levels.pixels.front(), 0);
  for (size_t i = 0; i < scaled.size(); ++i) EXPECT_EQ(levels.pixels[i], std::floor(std::clamp(scaled[i] + 0.5F, 0.0F, 255.0F))) << i;
}

class ResampleAll : public testing::TestWithParam<Filter> {};

TEST_P(ResampleAll, ToTheSameSizeChangesNothing) {
  const Image source = noise(37, 23, 6);

  EXPECT_EQ(resized(source, 37, 23, GetParam()).pixels, source.pixels);
}

TEST_P(ResampleAll, OfARegionEqualsCroppingFirst) {
  const Image source = noise(50, 40, 7);
  const Rect region{11, 6, 23, 31};
  const Image part = cropped(source, region);

  EXPECT_EQ(resampled(source, region, GetParam(), {17, 45}).pixels, resized(part, 17, 45, GetParam()).pixels);
}

TEST_P(ResampleAll, MirroredIsTheSamePictureFromTheRight) {
  const Image source = noise(50, 40, 8);

  const Image plain = resampled(source, {3, 4, 41, 30}, GetParam(), {29, 33});
  const Image mirrored = resampled(source, {3, 4, 41, 30}, GetParam(), {29, 33, true});

  for (int y = 0; y < 33; ++y) {
    for (int x = 0; x < 29; ++x) {
      for (int c = 0; c < 3; ++c) ASSERT_NEAR(mirrored.row(y)[3 * x + c], plain.row(y)[3 * (28 - x) + c], 1);  // sums in another order
    }
  }
}

TEST_P(ResampleAll, WritesOnlyItsRowsAtTheirStride) {
  const Image source = noise(20, 20, 9);
  std::vector<uint8_t> pixels(5 * 50, 77);

  resample(source, {0, 0, 20, 20}, GetParam(), {7, 5}, pixels.data(), 50);

  const Image expected = resized(source, 7, 5, GetParam());
  for (int y = 0; y < 5; ++y) {
    EXPECT_TRUE(std::equal(expected.row(y), expected.row(y) + 21, pixels.begin() + y * 50)) << y;
    for (int i = 21; i < 50; ++i) ASSERT_EQ(pixels[static_cast<size_t>(y * 50 + i)], 77) << y << " " << i;
  }
}

TEST_P(ResampleAll, OfOneColourStaysThatColour) {
  Image source(91, 67);
  std::fill(source.pixels.begin(), source.pixels.end(), uint8_t{203});

  const Image scaled = resized(source, 13, 150, GetParam());

  EXPECT_TRUE(std::all_of(scaled.pixels.begin(), scaled.pixels.end(), [](uint8_t level) { return level == 203; }));
}

TEST_P(ResampleAll, RefusesARegionOutsideThePicture) {
  const Image source = noise(8, 8, 10);

  EXPECT_EQ(code_of([&] { resampled(source, {1, 0, 8, 8}, GetParam(), {4, 4}); }), ErrorCode::kInternal);
  EXPECT_EQ(code_of([&] { resampled(source, {0, 0, 8, 8}, GetParam(), {0, 4}); }), ErrorCode::kInternal);
}

INSTANTIATE_TEST_SUITE_P(Filters, ResampleAll, testing::Values(Filter::kLegacyBilinear, Filter::kBilinear, Filter::kBicubic),
                         [](const auto& form) { return std::string(kFilterNames[static_cast<size_t>(form.param)]); });

std::vector<float> cropped_and_resized(const Image& source, Rect region, Size picture, Window window, ResampleTarget target) {
  std::vector<float> result(static_cast<size_t>(target.width) * static_cast<size_t>(target.height) * 3);
  crop_and_resize(source, region, picture, window, target, result.data(), int64_t{3} * target.width);
  return result;
}

std::vector<float> cropped_and_resized(const Image& picture, Window window, ResampleTarget target) {
  return cropped_and_resized(picture, crop_and_resize_region(picture.size(), window, target), picture.size(), window, target);
}

TEST(CropAndResize, EqualsTensorFlow) {
  const io::Json goldens = io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/augment.json");
  ASSERT_EQ(goldens["crops"].size(), 5U);
  for (const io::Json& one : goldens["crops"]) {
    SCOPED_TRACE(one["window"].dump());
    const auto window = one["window"].get<std::array<float, 4>>();
    const auto expected = one["levels"].get<std::vector<double>>();

    const std::vector<float> levels = cropped_and_resized(pattern(), {window[0], window[1], window[2], window[3]}, {one["size"][0], one["size"][1]});

    ASSERT_EQ(levels.size(), expected.size());
    for (size_t i = 0; i < levels.size(); ++i) ASSERT_NEAR(levels[i] / 255, expected[i] / 255, 1e-5) << "value " << i;  // float32, two blends
  }
}

// Rows 0 10 20 30 from 1/6 to 5/6 of the way: positions 0.5, 1.5, 2.5 (by hand, spec 1.1).
TEST(CropAndResize, PutsItsCornersOnTheWindows) {
  Image source(1, 4);
  for (int y = 0; y < 4; ++y) std::fill_n(source.row(y), 3, static_cast<uint8_t>(10 * y));

  const std::vector<float> scaled = cropped_and_resized(source, {.y0 = 1.0F / 6, .y1 = 5.0F / 6}, {1, 3});

  EXPECT_NEAR(scaled[0], 5, 1e-4);
  EXPECT_NEAR(scaled[3], 15, 1e-4);
  EXPECT_NEAR(scaled[6], 25, 1e-4);
}

// The last of 300 rows of a picture of 327 is at 326.00003 in float32, where TensorFlow writes black.
TEST(CropAndResize, EndsWithTheLastRowWhereRoundingLeadsBeyondIt) {
  for (int height = 301; height < 1000; ++height) {
    SCOPED_TRACE(height);
    Image source(2, height);
    std::fill(source.pixels.begin(), source.pixels.end(), uint8_t{200});

    EXPECT_NEAR(cropped_and_resized(source, {}, {1, 300}).back(), 200, 1e-3);
  }
}

TEST(CropAndResize, OfTheRegionAloneEqualsThatOfThePicture) {
  const Image source = noise(61, 53, 5);
  for (uint64_t i = 0; i < 200; ++i) {
    Random random(3, 0, i, Purpose::kCrop);
    const auto y0 = static_cast<float>(random.uniform()), x0 = static_cast<float>(random.uniform());
    const Window window{y0, x0, static_cast<float>(random.uniform(static_cast<double>(y0), 1)), static_cast<float>(random.uniform(static_cast<double>(x0), 1))};
    const ResampleTarget target{1 + static_cast<int>(i) % 20, 1 + static_cast<int>(i) % 7, i % 2 == 1};
    const Rect region = crop_and_resize_region(source.size(), window, target);
    const Image part = cropped(source, region);

    EXPECT_EQ(cropped_and_resized(part, {0, 0, part.width, part.height}, source.size(), window, target), cropped_and_resized(source, window, target)) << i;
  }
}

TEST(CropAndResize, RoundsToLevelsAndMirrorsWhenAsked) {
  const Image source = noise(50, 40, 8);
  const Window window{.y0 = 0.1F, .x0 = 0.3F, .y1 = 0.8F, .x1 = 0.9F};
  const Rect region = crop_and_resize_region(source.size(), window, {29, 33});
  Image levels(29, 33);

  crop_and_resize(source, region, source.size(), window, {29, 33}, levels.pixels.data(), 29 * 3);
  const std::vector<float> mirrored = cropped_and_resized(source, window, {29, 33, true});

  for (int y = 0; y < 33; ++y) {
    for (int x = 0; x < 29; ++x) {
      for (int c = 0; c < 3; ++c) ASSERT_NEAR(levels.row(y)[3 * x + c], mirrored[static_cast<size_t>((y * 29 + 28 - x) * 3 + c)], 0.5001);
    }
  }
}

TEST(CropAndResize, RefusesAWindowOutsideThePictureAndAnotherRegion) {
  const Image source = noise(8, 8, 10);

  EXPECT_EQ(code_of([&] { cropped_and_resized(source, {.y1 = 1.01F}, {4, 4}); }), ErrorCode::kInternal);
  EXPECT_EQ(code_of([&] { cropped_and_resized(source, {.x0 = 0.7F, .x1 = 0.6F}, {4, 4}); }), ErrorCode::kInternal);
  EXPECT_EQ(code_of([&] { cropped_and_resized(source, {0, 0, 7, 8}, {8, 8}, {}, {4, 4}); }), ErrorCode::kInternal);
}

}  // namespace
}  // namespace fovea::image
