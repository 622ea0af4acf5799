#include "fovea/optim/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace fovea::optim {
namespace {

// ImageNet at 256: bpe = 1281167 / 256 = 5004.558..., so 3 epochs are 15013.67 steps, 30 are 150136.7, 60 are 300273.5, 80 are 400364.7, 90 are 450410.3.
constexpr ScheduleFacts kImageNet{.dataset_size = 1281167, .global_batch = 256, .total_steps = 450360};
// Ten steps an epoch.
constexpr ScheduleFacts kTen{.dataset_size = 1000, .global_batch = 100, .total_steps = 110};

// All rates are computed in doubles: a few roundings.
constexpr double kTight = 1e-14;

TEST(Schedule, WarmsUpFromExactlyZero) {
  const Schedule schedule({}, kImageNet);

  EXPECT_EQ(schedule.summary().warmup_steps, 15013);
  EXPECT_EQ(schedule.lr(0), 0);
  EXPECT_NEAR(schedule.lr(1), 0.128 / 15013, kTight);
  EXPECT_NEAR(schedule.lr(15012), 0.1279914740558183, kTight);  // 0.128 * 15012 / 15013
  EXPECT_EQ(schedule.lr(15013), 0.128);
}

TEST(Schedule, PiecewiseDropsAfterTheBoundaryStep) {
  const Schedule schedule({}, kImageNet);

  EXPECT_THAT(schedule.summary().drop_steps, testing::ElementsAre(150136, 300273, 400364, 450410));
  EXPECT_EQ(schedule.lr(150135), 0.128);
  EXPECT_EQ(schedule.lr(150136), 0.128);
  EXPECT_NEAR(schedule.lr(150137), 0.0128, kTight);
  EXPECT_NEAR(schedule.lr(300272), 0.0128, kTight);
  EXPECT_NEAR(schedule.lr(300273), 0.0128, kTight);
  EXPECT_NEAR(schedule.lr(300274), 0.00128, kTight);
  EXPECT_NEAR(schedule.lr(400363), 0.00128, kTight);
  EXPECT_NEAR(schedule.lr(400364), 0.00128, kTight);
  EXPECT_NEAR(schedule.lr(400365), 0.000128, kTight);
  EXPECT_NEAR(schedule.lr(450410), 0.000128, kTight);
  EXPECT_NEAR(schedule.lr(450411), 0.0000128, kTight);
}

TEST(Schedule, CountsImagesNotSteps) {
  const ScheduleFacts eight_cards{.dataset_size = 1281167, .global_batch = 2048, .total_steps = 56295};

  const Schedule schedule({}, eight_cards);

  EXPECT_NEAR(schedule.summary().peak_lr, 1.024, kTight);  // 0.128 * 2048 / 256 (spec D-2)
  EXPECT_EQ(schedule.summary().warmup_steps, 1876);        // 3 * 625.57 = 1876.7
  EXPECT_EQ(schedule.summary().drop_steps[0], 18767);      // 30 * 625.57 = 18767.1
}

TEST(Schedule, TakesTheRateItselfWithoutALrBatch) {
  const Schedule schedule({.lr = 0.3, .lr_batch = 0, .schedule = ScheduleKind::kConstant, .warmup_epochs = 0}, kTen);

  EXPECT_EQ(schedule.lr(0), 0.3);
  EXPECT_EQ(schedule.lr(109), 0.3);
}

TEST(Schedule, CountsWholeEpochsInTheKerasVariant) {
  // spec 2.6: an epoch is floor(5004.56) steps, warm-up 5 of them, drops after 30, 60, 80 of them
  const Schedule schedule({.lr = 0.1, .epoch_steps = EpochSteps::kDown, .warmup_epochs = 5, .drop_epochs = {30, 60, 80}, .drop_factors = {0.1, 0.01, 0.001}},
                          kImageNet);

  EXPECT_EQ(schedule.summary().warmup_steps, 25020);
  EXPECT_THAT(schedule.summary().drop_steps, testing::ElementsAre(150120, 300240, 400320));
  EXPECT_NEAR(schedule.lr(25019), 0.1 * 25019 / 25020, kTight);
  EXPECT_EQ(schedule.lr(25020), 0.1);
  EXPECT_EQ(schedule.lr(150120), 0.1);
  EXPECT_NEAR(schedule.lr(150121), 0.01, kTight);
}

TEST(Schedule, CosineRunsFromStepZero) {
  const Schedule schedule({.lr = 2, .lr_batch = 0, .schedule = ScheduleKind::kCosine, .warmup_epochs = 2, .decay_epochs = 10}, kTen);

  EXPECT_EQ(schedule.lr(0), 0);
  EXPECT_NEAR(schedule.lr(19), 1.9, kTight);                     // 2 * 19 / 20
  EXPECT_NEAR(schedule.lr(20), 2 * 0.9045084971874737, kTight);  // (1 + cos(pi / 5)) / 2: below the peak at once
  EXPECT_NEAR(schedule.lr(25), 2 * 0.8535533905932737, kTight);  // (1 + cos(pi / 4)) / 2
  EXPECT_NEAR(schedule.lr(50), 1, kTight);                       // (1 + cos(pi / 2)) / 2
  EXPECT_NEAR(schedule.lr(99), 2 * 0.0002467198171342, 1e-13);   // (1 + cos(0.99 pi)) / 2
  EXPECT_NEAR(schedule.lr(100), 0, kTight);
  EXPECT_NEAR(schedule.lr(109), 0, kTight);
}

TEST(Schedule, CosineEndsAtTheFloorOfItsEpochs) {
  const ScheduleFacts facts{.dataset_size = 1050, .global_batch = 100, .total_steps = 30};
  const Schedule schedule({.lr = 2, .lr_batch = 0, .schedule = ScheduleKind::kCosine, .warmup_epochs = 0, .decay_epochs = 1, .end_lr = 0.5}, facts);

  EXPECT_EQ(schedule.lr(0), 2);
  EXPECT_NEAR(schedule.lr(5), 1.25, kTight);  // T = floor(10.5): halfway between 2 and 0.5
  EXPECT_NEAR(schedule.lr(10), 0.5, kTight);
  EXPECT_NEAR(schedule.lr(29), 0.5, kTight);
}

TEST(Schedule, CosineEndsWithTrainingByDefault) {
  const Schedule schedule({.lr = 2, .lr_batch = 0, .schedule = ScheduleKind::kCosine, .warmup_epochs = 0}, kTen);

  EXPECT_NEAR(schedule.lr(55), 1, kTight);
  EXPECT_NEAR(schedule.lr(110), 0, kTight);
}

TEST(Schedule, PolynomialIsThatOfLars) {
  // ws = 10, D = 110 - 10 + 1 = 101, peak - end = 2
  const Schedule schedule({.lr = 2.0001, .lr_batch = 0, .schedule = ScheduleKind::kPolynomial, .warmup_epochs = 1, .end_lr = 1e-4}, kTen);

  EXPECT_EQ(schedule.lr(0), 0);
  EXPECT_NEAR(schedule.lr(9), 2.0001 * 0.9, kTight);
  EXPECT_NEAR(schedule.lr(10), 2.0001, kTight);
  EXPECT_NEAR(schedule.lr(11), 1.9606920988138417, kTight);      // 2 (100 / 101)^2 + 1e-4
  EXPECT_NEAR(schedule.lr(60), 0.5100500049014802, kTight);      // 2 (51 / 101)^2 + 1e-4
  EXPECT_NEAR(schedule.lr(110), 0.0002960592098813842, kTight);  // 2 (1 / 101)^2 + 1e-4
  EXPECT_NEAR(schedule.lr(111), 1e-4, kTight);
  EXPECT_NEAR(schedule.lr(500), 1e-4, kTight);
}

TEST(Schedule, PolynomialKeepsTheRealNumberOfSteps) {
  // The reference's formula in Python: ws = 1876, D = 625.5698... * 38 - 1876 + 1 = 21896.65...
  const ScheduleFacts facts{.dataset_size = 1281167, .global_batch = 2048, .total_steps = 23750};
  const OptimOptions lars{
      .algorithm = Algorithm::kLars, .lr = 9.5, .lr_batch = 0, .schedule = ScheduleKind::kPolynomial, .decay_epochs = 38, .end_lr = 1e-4, .lars_bands = true};

  const Schedule schedule(lars, facts);

  EXPECT_EQ(schedule.lr(1876), 9.5);
  EXPECT_NEAR(schedule.lr(1877), 9.499132316438025, 1e-12);
  EXPECT_NEAR(schedule.lr(10000), 3.758463487998048, 1e-12);
  EXPECT_NEAR(schedule.lr(23771), 0.00010005415986233839, kTight);
  EXPECT_NEAR(schedule.lr(23772), 0.00010000845699105277, kTight);
  EXPECT_NEAR(schedule.lr(23773), 1e-4, kTight);
}

TEST(Schedule, PolynomialOfPowerOneIsALine) {
  // No warm-up: D = 110 + 1, the first two steps share s = 1
  const Schedule schedule({.lr = 111, .lr_batch = 0, .schedule = ScheduleKind::kPolynomial, .warmup_epochs = 0, .power = 1}, kTen);

  EXPECT_NEAR(schedule.lr(0), 110, 1e-12);
  EXPECT_NEAR(schedule.lr(1), 110, 1e-12);
  EXPECT_NEAR(schedule.lr(2), 109, 1e-12);
  EXPECT_NEAR(schedule.lr(110), 1, 1e-12);
}

TEST(Schedule, PlateauCosineStandsAboveThePeakAndDecaysToAShareOfIt) {
  const Schedule schedule(
      {.lr = 1, .lr_batch = 0, .schedule = ScheduleKind::kPlateauCosine, .warmup_epochs = 2, .plateau_epochs = 4, .decay_epochs = 8, .floor_factor = 0.1},
      kTen);

  EXPECT_EQ(schedule.lr(0), 0);
  EXPECT_NEAR(schedule.lr(10), 0.55, kTight);
  EXPECT_NEAR(schedule.lr(20), 1.1, kTight);
  EXPECT_NEAR(schedule.lr(40), 1.1, kTight);
  EXPECT_NEAR(schedule.lr(60), 0.6, kTight);  // half-way: 0.5 + 0.1
  EXPECT_NEAR(schedule.lr(80), 0.1, kTight);
  EXPECT_NEAR(schedule.lr(109), 0.1, kTight);
  EXPECT_EQ(schedule.summary().text,
            "20 steps of warm-up (to epoch 2) from 0 to 1.1, then constant to step 40 (epoch 4), then cosine to 0.1 at step 80 (epoch 8), then constant");
}

TEST(Schedule, CountsAnEpochExactlyOrInWholeSteps) {
  const auto end_of_warmup = [](EpochSteps epoch_steps) {
    return Schedule({.epoch_steps = epoch_steps, .warmup_epochs = 10}, {.dataset_size = 1055, .global_batch = 100, .total_steps = 1000}).summary().warmup_steps;
  };

  EXPECT_EQ(end_of_warmup(EpochSteps::kExact), 105);
  EXPECT_EQ(end_of_warmup(EpochSteps::kDown), 100);
  EXPECT_EQ(end_of_warmup(EpochSteps::kUp), 110);
}

struct Band {
  double peak_lr;
  int64_t warmup_steps;
  bool operator==(const Band&) const = default;
};

Band band(int64_t global_batch) {
  const ScheduleFacts facts{.dataset_size = 1281167, .global_batch = global_batch, .total_steps = 10000};
  const Schedule schedule({.algorithm = Algorithm::kLars, .lr = 9.5, .lr_batch = 0, .schedule = ScheduleKind::kPolynomial, .lars_bands = true}, facts);
  return {schedule.summary().peak_lr, schedule.summary().warmup_steps};
}

TEST(Schedule, LarsBandsFollowTheGlobalBatch) {
  EXPECT_EQ(band(8191), (Band{9.5, 469}));  // floor(3 * 156.41)
  EXPECT_EQ(band(8192), (Band{10, 781}));   // floor(5 * 156.39)
  EXPECT_EQ(band(16383), (Band{10, 391}));  // floor(5 * 78.201)
  EXPECT_EQ(band(16384), (Band{25, 390}));  // floor(5 * 78.196)
  EXPECT_EQ(band(32767), (Band{25, 195}));  // floor(5 * 39.099)
  EXPECT_EQ(band(32768), (Band{32, 547}));  // floor(14 * 39.098)
}

double lars_peak(int64_t global_batch, double lr) {
  const ScheduleFacts facts{.dataset_size = 1281167, .global_batch = global_batch, .total_steps = 10000};
  return Schedule({.algorithm = Algorithm::kLars, .lr = lr, .lr_batch = 256, .schedule = ScheduleKind::kPolynomial, .lars_bands = true}, facts)
      .summary()
      .peak_lr;
}

TEST(Schedule, LarsBandsScaleARateOfOneCardTowardsThatOfEight) {
  EXPECT_NEAR(lars_peak(128, 2.5), 1.25, kTight);
  EXPECT_EQ(lars_peak(256, 2.5), 2.5);            // spec 2.4: one card
  EXPECT_NEAR(lars_peak(512, 2.5), 3.5, kTight);  // the line: one more for each further card
  EXPECT_NEAR(lars_peak(1024, 2.5), 5.5, kTight);
  EXPECT_NEAR(lars_peak(2048, 2.5), 9.5, kTight);  // spec 2.4: eight cards
  EXPECT_NEAR(lars_peak(8191, 2.5), 9.5, kTight);
  EXPECT_NEAR(lars_peak(2048, 5), 19, kTight);  // a rate of one's own counts
  EXPECT_EQ(lars_peak(8192, 5), 10);            // but not in the table
  EXPECT_EQ(lars_peak(16384, 5), 25);
  EXPECT_EQ(lars_peak(32768, 5), 32);
}

TEST(Schedule, SaysItsPlanInWords) {
  EXPECT_EQ(Schedule({}, kImageNet).summary().text,
            "15,013 steps of warm-up (to epoch 3) from 0 to 0.128, then x0.1 after step 150,136 (epoch 30), x0.01 after step 300,273 (epoch 60), "
            "x0.001 after step 400,364 (epoch 80), x0.0001 after step 450,410 (epoch 90)");
  EXPECT_EQ(Schedule({.lr = 0.5, .lr_batch = 0, .schedule = ScheduleKind::kCosine, .warmup_epochs = 0}, kTen).summary().text,
            "0.5 from the first step, cosine (begun at step 0) to 0 at step 110");
  // 20 epochs of 10 steps: update 109 of 200
  EXPECT_EQ(Schedule({.lr = 0.5, .lr_batch = 0, .schedule = ScheduleKind::kCosine, .warmup_epochs = 20}, kTen).summary().text,
            "the run ends inside its warm-up, 200 steps from 0 to 0.5: the last step has 0.2725");
}

/// The message of the conflict, or "" when the options are accepted.
std::string conflict(const OptimOptions& options, const ScheduleFacts& facts = kTen) {
  try {
    const Schedule schedule(options, facts);
  } catch (const Error& error) {
    return error.code() == ErrorCode::kConfig ? error.what() : "wrong code";
  }
  return "";
}

auto names(const std::string& a, const std::string& b) { return testing::AllOf(testing::HasSubstr(a), testing::HasSubstr(b)); }

constexpr ScheduleKind kPoly = ScheduleKind::kPolynomial;
constexpr Algorithm kLars = Algorithm::kLars;

TEST(ScheduleConflicts, LarsKeysNeedLars) {
  EXPECT_THAT(conflict({.lr_batch = 0, .lars_bands = true}), names("optim.lars_bands", "optim.algorithm"));
  EXPECT_THAT(conflict({.lars_double_decay = true}), names("optim.lars_double_decay", "optim.algorithm"));
}

TEST(ScheduleConflicts, DropsNeedOneFactorEachAndGrow) {
  EXPECT_THAT(conflict({.drop_epochs = {5, 8}, .drop_factors = {0.1}}), names("optim.drop_epochs has 2", "optim.drop_factors has 1"));
  EXPECT_THAT(conflict({.drop_epochs = {5, 5}, .drop_factors = {0.1, 0.01}}), names("optim.drop_epochs", "5 after 5"));
  EXPECT_THAT(conflict({.drop_epochs = {8, 5}, .drop_factors = {0.1, 0.01}}), names("optim.drop_epochs", "5 after 8"));
  EXPECT_THAT(conflict({.drop_epochs = {5}, .drop_factors = {-0.1}}), names("optim.drop_factors", "-0.1"));
  EXPECT_THAT(conflict({.warmup_epochs = 3, .drop_epochs = {2}, .drop_factors = {0.1}}), names("optim.drop_epochs", "optim.warmup_epochs"));
}

TEST(ScheduleConflicts, DropsMatterToPiecewiseOnly) {
  EXPECT_EQ(conflict({.schedule = ScheduleKind::kCosine, .drop_epochs = {5, 8}, .drop_factors = {0.1}}), "");
}

TEST(ScheduleConflicts, DecayEndsAfterWarmUpAndBelowThePeak) {
  EXPECT_THAT(conflict({.schedule = kPoly, .warmup_epochs = 3, .decay_epochs = 3}), names("optim.decay_epochs", "optim.warmup_epochs"));
  EXPECT_THAT(conflict({.lr = 0.1, .lr_batch = 0, .schedule = ScheduleKind::kCosine, .end_lr = 0.2}), names("optim.end_lr, 0.2", "optim.lr"));
}

TEST(ScheduleConflicts, APlateauLiesBetweenWarmUpAndDecay) {
  constexpr ScheduleKind kPlateau = ScheduleKind::kPlateauCosine;
  EXPECT_THAT(conflict({.schedule = kPlateau, .warmup_epochs = 3, .plateau_epochs = 2}), names("optim.plateau_epochs, 2", "optim.warmup_epochs, 3"));
  EXPECT_THAT(conflict({.schedule = kPlateau, .warmup_epochs = 3, .plateau_epochs = 9, .decay_epochs = 9}),
              names("optim.decay_epochs, 9", "optim.plateau_epochs, 9"));
}

TEST(ScheduleConflicts, WholeEpochsNeedABatchOfData) {
  EXPECT_THAT(conflict({.epoch_steps = EpochSteps::kDown}, {.dataset_size = 99, .global_batch = 100, .total_steps = 10}),
              names("optim.epoch_steps", "train.batch_size"));
}

}  // namespace
}  // namespace fovea::optim
