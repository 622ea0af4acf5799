#include "fovea/data/dataset.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace fovea::data {
namespace {

using test::error_of;
using test::message_of;
using testing::HasSubstr;

std::unique_ptr<Dataset> open(const std::string& where, Split split = Split::kTrain, const OpenOptions& options = {}) {
  return open_dataset(where, split, options).dataset;
}

TEST(Synthetic, HasTheReferencesDefaults) {
  const auto dataset = open("synthetic");

  EXPECT_EQ(dataset->info().num_outputs, 1000);  // spec 2.5
  EXPECT_EQ(dataset->get(0).picture->size(), (image::Size{224, 224}));
}

TEST(Synthetic, TakesItsSizes) {
  const std::string where = "synthetic:classes=10,train=512,val=128,size=32";

  EXPECT_EQ(open(where)->size(), 512);
  EXPECT_EQ(open(where, Split::kValidation)->size(), 128);
  EXPECT_EQ(open(where)->info().class_names.size(), 10U);
  EXPECT_EQ(open(where)->get(511).picture->size(), (image::Size{32, 32}));
}

TEST(Synthetic, IsAFunctionOfSeedSplitAndIndex) {
  const std::string where = "synthetic:size=8";

  EXPECT_EQ(open(where)->get(3).picture->pixels, open(where)->get(3).picture->pixels);
  EXPECT_NE(open(where)->get(3).picture->pixels, open(where)->get(4).picture->pixels);
  EXPECT_NE(open(where)->get(3).picture->pixels, open(where, Split::kValidation)->get(3).picture->pixels);
  EXPECT_NE(open(where)->get(3).picture->pixels, open(where, Split::kTrain, {.seed = 1})->get(3).picture->pixels);
}

// A normal distribution of deviation 60 cut at two deviations has deviation 60 * sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)) = 60 * 0.8796 = 52.78.
TEST(Synthetic, DrawsTheTruncatedNormalOfTheReference) {
  const auto sample = open("synthetic:size=256")->get(0);
  double sum = 0;
  double squares = 0;
  for (const double level : sample.picture->pixels) {
    sum += level;
    squares += level * level;
  }
  const auto count = static_cast<double>(sample.picture->pixels.size());
  const double mean = sum / count;

  EXPECT_NEAR(mean, 127, 0.5);  // deviation of the mean of 196,608 draws: 0.12
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean), 52.78, 0.4);
  EXPECT_EQ(*std::min_element(sample.picture->pixels.begin(), sample.picture->pixels.end()), 7);    // 127 - 120
  EXPECT_EQ(*std::max_element(sample.picture->pixels.begin(), sample.picture->pixels.end()), 247);  // 127 + 120
}

TEST(Synthetic, SpreadsLabelsOverAllClasses) {
  const auto dataset = open("synthetic:classes=4,size=1");
  std::array<int, 4> counts{};

  for (int64_t i = 0; i < 4000; ++i) ++counts.at(static_cast<size_t>(*dataset->known_label(i)));

  EXPECT_EQ(*dataset->known_label(17), dataset->get(17).label);
  EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 900);  // 1,000 expected, deviation 27
}

TEST(Synthetic, HasBoxesWhenAsked) {
  const auto dataset = open("synthetic:boxes=3,classes=5,size=100");
  const Sample sample = dataset->get(4);

  EXPECT_EQ(dataset->info().task, Task::kDetect);
  EXPECT_EQ(dataset->info().num_outputs, 6);  // and the background
  EXPECT_EQ(dataset->info().class_names.front(), "background");
  EXPECT_THAT(dataset->info().class_ids, testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(dataset->known_label(4), std::nullopt);
  EXPECT_EQ(sample.source_id, 4);
  EXPECT_THAT(sample.objects.size(), testing::AllOf(testing::Ge(1U), testing::Le(3U)));
  const Object& last = sample.objects.back();  // nothing lies on it
  const auto x = static_cast<int>(std::lround(last.box.x0 * 100)), y = static_cast<int>(std::lround(last.box.y0 * 100));
  EXPECT_EQ(sample.picture->row(y)[3 * x], last.class_id * 67 % 256);
  EXPECT_NEAR(last.area, static_cast<double>(last.box.area()) * 100 * 100, 1e-2);
  EXPECT_EQ(open("synthetic:boxes=3,classes=5,size=100")->get(4).objects.back().box, last.box);
}

TEST(Synthetic, HasBoxesByDefaultWhereTheRecipeTrainsADetector) {
  const auto dataset = open("synthetic", Split::kTrain, open_options({.image_size = 32, .train_crop = TrainCrop::kIouBiased}, 7));

  EXPECT_EQ(dataset->info().num_outputs, 81);  // COCO's
  EXPECT_FALSE(dataset->get(0).objects.empty());
}

TEST(Synthetic, RefusesUnknownOptionsAndValues) {
  EXPECT_EQ(error_of([] { open("synthetic:clases=3"); })->code(), ErrorCode::kConfig);
  EXPECT_THAT(message_of([] { open("synthetic:clases=3"); }), HasSubstr("\"clases\" is not known; did you mean \"classes\"?"));
  EXPECT_THAT(message_of([] { open("synthetic:classes=0"); }), HasSubstr("classes: expected a value in [1, 1000000], found 0"));
  EXPECT_THAT(message_of([] { open("synthetic:classes=many"); }), HasSubstr("classes: expected integer, found \"many\""));
}

}  // namespace
}  // namespace fovea::data
