#include "fovea/train/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace fovea::train {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;

// The example of user-experience (c), with the top-1 of a classifier and without what belongs to detection and to several processes.
constexpr Progress kExample{.epoch = 3,
                            .epochs = 64,
                            .step = 2750,
                            .total_steps = 58688,
                            .loss = 4.8123,
                            .top1 = 0.12344,
                            .lr = 2.1e-3,
                            .images_per_second = 1893.4,
                            .wait_fraction = 0.021,
                            .device_bytes = kGiB * 312 / 10,
                            .device_limit_bytes = 139 * kGiB,
                            .host_bytes = kGiB * 184 / 10,
                            .eta_seconds = 7 * 3600 + 41 * 60};

TEST(ProgressLine, HasTheFactsInTheirOrder) {
  EXPECT_EQ(progress_line(kExample), "epoch 3/64 step 2750/58688 loss 4.812 top1 0.1234 lr 2.1e-3 1893 img/s wait 2% mem 31.2/139G host 18.4G eta 7h41m");
}

TEST(ProgressLine, LeavesOutWhatIsNotThere) {
  Progress progress = kExample;
  progress.top1.reset();
  progress.device_bytes.reset();

  EXPECT_EQ(progress_line(progress), "epoch 3/64 step 2750/58688 loss 4.812 lr 2.1e-3 1893 img/s wait 2% host 18.4G eta 7h41m");
}

TEST(ProgressLine, IsShortOnATerminal) { EXPECT_EQ(live_line(kExample), "epoch 3/64 step 2750/58688 loss 4.812 1893 img/s"); }

TEST(ProgressLine, WritesSlowSpeedsWithADecimalAndLossesWithFourDigits) {
  Progress progress = kExample;
  progress.loss = 0.5;
  progress.images_per_second = 21.04;
  progress.device_bytes.reset();
  progress.eta_seconds = 42;

  EXPECT_EQ(progress_line(progress), "epoch 3/64 step 2750/58688 loss 0.5000 top1 0.1234 lr 2.1e-3 21.0 img/s wait 2% host 18.4G eta 42.0s");
}

TEST(ProgressLine, WritesRatesAsRecipesDo) {
  const auto rate = [](double lr) {
    Progress progress = kExample;
    progress.lr = lr;
    const std::string line = progress_line(progress);
    const size_t begin = line.find(" lr ") + 4;
    return line.substr(begin, line.find(' ', begin) - begin);
  };

  EXPECT_EQ(rate(0), "0");
  EXPECT_EQ(rate(0.1), "0.1");
  EXPECT_EQ(rate(0.0125), "0.0125");
  EXPECT_EQ(rate(12.8), "12.8");
  EXPECT_EQ(rate(0.001), "1e-3");
  EXPECT_EQ(rate(1.25e-4), "1.25e-4");
  EXPECT_EQ(rate(3e-12), "3e-12");
}

TEST(EvaluationLine, HasTheFactsInTheirOrder) {
  const EvaluationSummary summary{.step = 7360,
                                  .figures = {{"top1", 0.2312}, {"top5", 0.4021}},
                                  .loss = 4.0209,
                                  .other = 0.2351,
                                  .other_name = "ema",
                                  .images = 5000,
                                  .seconds = 4.9,
                                  .best_step = 7360};

  EXPECT_EQ(evaluation_line(summary), "eval step 7360 top1 0.2312 top5 0.4021 loss 4.021 (ema 0.2351) 5000 images 4.9s best step 7360");
}

TEST(EvaluationLine, HasNoBracketsWithoutOtherWeights) {
  const EvaluationSummary summary{.step = 10, .figures = {{"top1", 1}, {"top5", 1}}, .loss = 0.01234, .images = 8, .seconds = 0.25, .best_step = 5};

  EXPECT_EQ(evaluation_line(summary), "eval step 10 top1 1.0000 top5 1.0000 loss 0.01234 8 images 0.2s best step 5");
}

TEST(EvaluationLine, ShowsTheFirstThreeOfManyFigures) {
  const EvaluationSummary summary{
      .step = 10, .figures = {{"AP", 0.25}, {"AP50", 0.5}, {"AP75", 0.2}, {"APs", 0.1}}, .loss = 2, .images = 8, .seconds = 0.25, .best_step = 5};

  EXPECT_EQ(evaluation_line(summary), "eval step 10 AP 0.2500 AP50 0.5000 AP75 0.2000 loss 2.000 8 images 0.2s best step 5");
}

TEST(ProgressLine, ShowsThePartsOfADetectorsLoss) {
  Progress progress = kExample;
  progress.top1.reset();
  progress.parts = {.classes = 3.95, .boxes = 0.862};

  EXPECT_THAT(progress_line(progress), testing::HasSubstr("loss 4.812 (cls 3.950 box 0.8620) lr"));
}

}  // namespace
}  // namespace fovea::train
