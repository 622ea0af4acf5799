#include "fovea/image/colour.h"

#include "fovea/io/json.h"
#include "tests/image/pictures.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace fovea::image {
namespace {

constexpr double kTolerance = 1e-5;  // float32, some operations, in shares of the full range

/// Every triple of five levels, in the order of make_augment_goldens.py.
std::vector<float> all_triples() {
  constexpr std::array<float, 5> kLevels{0, 1, 64, 128, 255};
  std::vector<float> levels;
  for (const float r : kLevels) {
    for (const float g : kLevels) {
      for (const float b : kLevels) levels.insert(levels.end(), {r, g, b});
    }
  }
  return levels;
}

TEST(ColourJitter, EqualsTensorFlow) {
  const io::Json goldens = io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/augment.json");
  ASSERT_EQ(goldens["colours"].size(), 11U);
  for (const io::Json& one : goldens["colours"]) {
    SCOPED_TRACE(one["jitter"].dump());
    const auto jitter = one["jitter"].get<std::array<float, 4>>();
    const auto expected = one["values"].get<std::vector<double>>();
    std::vector<float> levels = all_triples();

    jitter_colours(levels.data(), 125, {.brightness = jitter[0], .contrast = jitter[1], .saturation = jitter[2], .hue = jitter[3]});

    ASSERT_EQ(levels.size(), expected.size());
    for (size_t i = 0; i < levels.size(); ++i) ASSERT_NEAR(levels[i] / 255.0, expected[i], kTolerance) << "value " << i;
  }
}

/// The four operations one after the other, in double, colours by way of HSV as in its definition.
std::vector<double> plain_jitter(const std::vector<float>& levels, const ColourJitter& jitter) {
  std::vector<double> values;
  std::array<double, 3> means{};
  for (size_t i = 0; i < levels.size(); ++i) {
    values.push_back(levels[i] / 255.0 + static_cast<double>(jitter.brightness));
    means[i % 3] += values[i] * 3 / static_cast<double>(levels.size());
  }
  for (size_t i = 0; i < values.size(); ++i) values[i] = (values[i] - means[i % 3]) * static_cast<double>(jitter.contrast) + means[i % 3];
  for (size_t i = 0; i < values.size(); i += 3) {
    const double r = values[i], g = values[i + 1], b = values[i + 2];
    const double v = std::max({r, g, b}), range = v - std::min({r, g, b});
    const double hue = range == 0 ? 0 : v == r ? (g - b) / range : v == g ? 2 + (b - r) / range : 4 + (r - g) / range;
    const double s = v > 0 ? std::min(1.0, static_cast<double>(jitter.saturation) * range / v) : 0.0;
    const double turned = std::fmod(hue + 6 * static_cast<double>(jitter.hue) + 12, 6);
    const double chroma = s * v, middle = chroma * (1 - std::abs(std::fmod(turned, 2) - 1));
    const std::array<std::array<double, 3>, 6> sectors{
        {{chroma, middle, 0}, {middle, chroma, 0}, {0, chroma, middle}, {0, middle, chroma}, {middle, 0, chroma}, {chroma, 0, middle}}};
    for (size_t c = 0; c < 3; ++c) values[i + c] = v - chroma + sectors[static_cast<size_t>(turned)][c];
  }
  return values;
}

TEST(ColourJitter, EqualsThePlainFormulaForEveryLength) {
  for (const int width : {1, 2, 7, 8, 15, 16, 17, 33, 4096, 5000}) {
    SCOPED_TRACE(width);
    const Image picture = noise(width, 1, 3);
    const ColourJitter jitter{.brightness = -0.11F, .contrast = 1.4F, .saturation = 1.3F, .hue = -0.04F};
    std::vector<float> levels(picture.pixels.begin(), picture.pixels.end());
    const std::vector<double> expected = plain_jitter(levels, jitter);
    levels.push_back(77);

    jitter_colours(levels.data(), width, jitter);

    for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(levels[i] / 255.0, expected[i], kTolerance) << "value " << i;
    EXPECT_EQ(levels.back(), 77);  // nothing behind the picture is touched
  }
}

// V = 204 stays; S = (204 - 51) / 204 = 3/4 times 2 is cut to 1, so the least channel becomes 0 and the middle one (102 - 51) / 153 * 204 = 68.
TEST(ColourJitter, CutsTheSaturationAtOne) {
  std::vector<float> levels{204, 102, 51};

  jitter_colours(levels.data(), 1, {.saturation = 2});

  EXPECT_NEAR(levels[0], 204, 1e-3);
  EXPECT_NEAR(levels[1], 68, 1e-3);
  EXPECT_NEAR(levels[2], 0, 1e-3);
}

}  // namespace
}  // namespace fovea::image
