// The schedules of the ImageNet recipes on one card (256 pictures a step) and on eight (2,048), against values worked out by hand from spec 2.4, 2.6.
#include "fovea/optim/schedule.h"
#include "fovea/recipe/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fovea::recipe {

namespace {

// N = 1,281,167 pictures. Batch 256: N / G = 5004.558..., 5,004 whole steps an epoch. Batch 2,048: 625.569..., 625.
// A step of the schedule is floor(epochs * N / G), in the Keras variant epochs * floor(N / G).
struct Expected {
  const char* recipe;
  int64_t global_batch;
  int64_t total_steps;  // epochs * floor(N / G)
  double peak_lr;
  int64_t warmup_steps;
  std::vector<int64_t> drops;
  int64_t end = 0;      // of the decay; 0: there is none
  double last_lr = -1;  // of the last step, where it is worked out
};

void PrintTo(const Expected& row, std::ostream* out) { *out << row.recipe << " at " << row.global_batch; }

class RecipeSchedule : public testing::TestWithParam<Expected> {};

TEST_P(RecipeSchedule, IsThatOfTheSpecification) {
  const Expected& row = GetParam();
  const Recipe recipe = load_recipe({.recipe = row.recipe});
  constexpr int64_t kImages = 1281167;
  ASSERT_EQ(std::llround(recipe.train.epochs * static_cast<double>(kImages / row.global_batch)), row.total_steps);

  const optim::Schedule schedule(recipe.optim, {.dataset_size = kImages, .global_batch = row.global_batch, .total_steps = row.total_steps});

  // doubles, a few roundings
  EXPECT_NEAR(schedule.summary().peak_lr, row.peak_lr, 1e-14 * row.peak_lr);
  EXPECT_EQ(schedule.summary().warmup_steps, row.warmup_steps);
  EXPECT_EQ(schedule.summary().drop_steps, row.drops);
  if (row.end > 0) {
    EXPECT_THAT(schedule.summary().text, testing::HasSubstr(fmt::format("at step {}", format_count(row.end))));
  }
  EXPECT_EQ(schedule.lr(0), 0);
  EXPECT_NEAR(schedule.lr(row.warmup_steps - 1), row.peak_lr * static_cast<double>(row.warmup_steps - 1) / static_cast<double>(row.warmup_steps), 1e-13);
  if (row.last_lr >= 0) {
    EXPECT_NEAR(schedule.lr(row.total_steps - 1), row.last_lr, 1e-4 * row.last_lr);
  }
}

const std::vector<int64_t> kDrops{150136, 300273, 400364, 450410}, kDropsOfEight{18767, 37534, 50045, 56301};

std::vector<Expected> expected() {
  return {
      // 0.128 G / 256; the last of 450,360 steps stands before the fourth drop
      {"resnet50-sgd", 256, 450360, 0.128, 15013, kDrops, 0, 0.000128},
      {"resnet50-sgd", 2048, 56250, 1.024, 1876, kDropsOfEight, 0, 0.001024},
      {"resnet101-sgd", 256, 450360, 0.128, 15013, kDrops},
      {"resnet101-sgd", 2048, 56250, 1.024, 1876, kDropsOfEight},
      {"resnet152-sgd", 256, 450360, 0.128, 15013, kDrops},
      {"resnet152-sgd", 2048, 56250, 1.024, 1876, kDropsOfEight},
      {"resnet50-sgd-250", 256, 1251000, 0.128, 15013, {415378, 835761, 1111012}, 0, 0.000128},
      {"resnet50-sgd-250", 2048, 156250, 1.024, 1876, {51922, 104470, 138876}, 0, 0.001024},
      // whole epochs: 5 * 5004, 30 * 5004, ...
      {"resnet50-keras", 256, 450360, 0.1, 25020, {150120, 300240, 400320}, 0, 0.0001},
      {"resnet50-keras", 2048, 56250, 0.8, 3125, {18750, 37500, 50000}, 0, 0.0008},
      // floor(38 * 5004.558...); the last step, 190151: s = 175138, D = 190173.2265625 - 15013 + 1 = 175161.2265625, 2.4999 (1 - s / D)^2 + 1e-4
      {"resnet50-lars", 256, 190152, 2.5, 15013, {}, 190173, 0.00010004395583761625},
      {"resnet50-lars", 2048, 23750, 9.5, 1876, {}, 23771, 0.00011108530827169956},
      {"resnet101-lars", 256, 190152, 2.5, 15013, {}, 190173},
      {"resnet101-lars", 2048, 23750, 9.5, 1876, {}, 23771},
      {"resnet152-lars", 256, 190152, 2.5, 15013, {}, 190173},
      {"resnet152-lars", 2048, 23750, 9.5, 1876, {}, 23771},
      // spec 2.4, bands: 10 with 5 epochs of warm-up from 8,192, 25 with 5 from 16,384, 32 with 14 from 32,768
      {"resnet50-lars", 8192, 5928, 10, 781, {}, 5942},
      {"resnet50-lars", 16384, 2964, 25, 390, {}, 2971},
      {"resnet50-lars", 32768, 1482, 32, 547, {}, 1485},
      // 0.256 G / 256; 8 epochs of warm-up; (1 + cos(pi (T - 1) / T)) / 2 = (pi / T)^2 / 4
      {"resnext101", 256, 450360, 0.256, 40036, {}, 450360, 0.256 * 1.21651e-11},
      {"resnext101", 2048, 56250, 2.048, 5004, {}, 56250, 2.048 * 7.79820e-10},
      {"resnext50", 256, 450360, 0.256, 40036, {}, 450360},
      {"resnext50", 2048, 56250, 2.048, 5004, {}, 56250},
      {"resnext152", 256, 450360, 0.256, 40036, {}, 450360},
      {"resnext152", 2048, 56250, 2.048, 5004, {}, 56250},
  };
}

std::string name_of(const testing::TestParamInfo<Expected>& test) {
  std::string name = normal_name(test.param.recipe);
  return fmt::format("{}_{}", name, test.param.global_batch);
}

INSTANTIATE_TEST_SUITE_P(ImageNet, RecipeSchedule, testing::ValuesIn(expected()), name_of);

}  // namespace

}  // namespace fovea::recipe
