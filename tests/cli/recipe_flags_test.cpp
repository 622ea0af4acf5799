#include "fovea/cli/recipe_flags.h"

#include "tests/cli/support.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::cli {

namespace {

recipe::Recipe load(const Arguments& arguments, const std::vector<std::string>& environment = {}) {
  std::ostringstream out, err;
  Console console{.out = out, .err = err, .environment = environment};
  RecipeFlags flags;
  const auto parser = make_parser("test", "");
  flags.add_to(*parser);
  parse(*parser, arguments, console);
  return flags.load(console);
}

}  // namespace

TEST(RecipeFlags, WinOverTheEnvironmentAndLoseToSettings) {
  const std::vector<std::string> environment{"FOVEA_OPTIM_LR=0.5", "FOVEA_TRAIN_SEED=5", "FOVEA_TRAIN_EPOCHS=5"};
  const recipe::Recipe recipe = load({"tiny-resnet18", "--set", "optim.lr=0.7", "--lr", "0.6", "--seed", "6"}, environment);

  EXPECT_EQ(recipe.optim.lr, 0.7);
  EXPECT_EQ(recipe.train.seed, 6);
  EXPECT_EQ(recipe.train.epochs, 5);
  EXPECT_EQ(recipe.origins.at("train.seed"), "--seed");
}

TEST(RecipeFlags, TakeSeveralSettings) {
  const recipe::Recipe recipe = load({"tiny-resnet18", "--set", "optim.lr=0.7", "--set", "optim.momentum=0.8"});

  EXPECT_EQ(recipe.optim.lr, 0.7);
  EXPECT_EQ(recipe.optim.momentum, 0.8);
}

TEST(RecipeFlags, SwitchOff) { EXPECT_FALSE(load({"tiny-resnet18", "--no-deterministic"}).train.deterministic); }

TEST(RecipeFlags, NameTheFlagOfAWrongValue) {
  EXPECT_EQ(test::message_of([] { load({"tiny-resnet18", "--batch-size", "many"}); }), "--batch-size: train.batch_size: expected integer, found \"many\"");
}

TEST(RecipeFlags, PointAFlagThatIsAKeyToSet) {
  const auto error = test::error_of([] { load({"tiny-resnet18", "--optim.ema=0.9"}); });

  ASSERT_TRUE(error);
  EXPECT_STREQ(error->what(), "the flag --optim.ema is not known");
  EXPECT_EQ(error->advice(), "--set optim.ema=VALUE");
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
}

}  // namespace fovea::cli
