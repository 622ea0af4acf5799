#include "fovea/recipe/builtin.h"

#include "fovea/model/model.h"
#include "fovea/recipe/keys.h"

#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::recipe {

TEST(Builtin, EveryRecipeOfTheFolderIsCompiledInAsItIs) {
  const fs::path folder = fs::path(FOVEA_SOURCE_DIR) / "recipes";
  std::vector<fs::path> files = glob((folder / "*.yaml").string());
  std::ranges::sort(files, {}, &fs::path::stem);

  ASSERT_EQ(files.size(), builtin_recipes().size());
  for (size_t i = 0; i < files.size(); ++i) {
    SCOPED_TRACE(files[i].string());
    EXPECT_EQ(builtin_recipes()[i].name, files[i].stem().string());
    EXPECT_EQ(builtin_recipes()[i].text, read_text(files[i]));
  }
}

TEST(Builtin, EveryRecipeLoadsAndSaysWhatItIs) {
  for (const std::string& name : builtin_names()) {
    SCOPED_TRACE(name);
    const Recipe recipe = load_recipe({.recipe = name});

    EXPECT_EQ(recipe.name, name);
    EXPECT_FALSE(recipe.description.empty());
    EXPECT_EQ(recipe.expect.metric.empty(), recipe.expect.source.empty());
  }
}

// Literals from the specification, sections 2.1 to 2.5 and 6.1.
TEST(Builtin, Resnet50SgdIsTheReference) {
  const Recipe recipe = load_recipe({.recipe = "resnet50_sgd"});

  EXPECT_EQ(recipe.model.name, "resnet50");
  EXPECT_EQ(recipe.model.padding, model::Padding::kSame);
  EXPECT_EQ(recipe.model.bn_momentum, 0.997);
  EXPECT_EQ(recipe.data.train_crop, data::TrainCrop::kReference);
  EXPECT_EQ(recipe.data.eval_crop, data::EvalCrop::kReference);
  EXPECT_EQ(recipe.data.filter, image::Filter::kLegacyBilinear);
  EXPECT_EQ(recipe.data.min_area, 0.05);
  EXPECT_EQ(recipe.optim.algorithm, optim::Algorithm::kMomentum);
  EXPECT_EQ(recipe.optim.lr, 0.128);
  EXPECT_EQ(recipe.optim.lr_batch, 256);
  EXPECT_EQ(recipe.optim.warmup_epochs, 3);
  EXPECT_EQ(recipe.optim.drop_epochs, (std::vector<double>{30, 60, 80, 90}));
  EXPECT_EQ(recipe.optim.drop_factors, (std::vector<double>{0.1, 0.01, 0.001, 0.0001}));
  EXPECT_EQ(recipe.optim.weight_decay, 1e-4);
  EXPECT_TRUE(recipe.optim.decay_bias);
  EXPECT_EQ(recipe.train.label_smoothing, 0);
  EXPECT_EQ(recipe.train.batch_size, 256);
  EXPECT_EQ(recipe.train.epochs, 90);
  EXPECT_EQ(recipe.expect.value, 0.764);
}

// Literals from the specification, sections 3.2, 3.5 and 3.6.
TEST(Builtin, SsdResnet34IsTheReference) {
  const Recipe recipe = load_recipe({.recipe = "ssd_resnet34"});

  const model::ModelOptions network = model::own_options(model::model_entry("ssd_resnet34"));
  EXPECT_EQ(recipe.model.padding, network.padding);
  EXPECT_EQ(recipe.model.stem, network.stem);
  EXPECT_EQ(recipe.model.initialiser, network.initialiser);
  EXPECT_EQ(recipe.model.zero_init_last_gamma, network.zero_init_last_gamma);
  EXPECT_EQ(recipe.model.stage1_projection, network.stage1_projection);
  EXPECT_EQ(recipe.model.bn_momentum, 0.9);
  EXPECT_EQ(recipe.optim.algorithm, optim::Algorithm::kMomentum);
  EXPECT_EQ(recipe.optim.lr, 3e-3);
  EXPECT_EQ(recipe.optim.lr_batch, 32);
  EXPECT_EQ(recipe.optim.schedule, optim::ScheduleKind::kPlateauCosine);
  EXPECT_EQ(recipe.optim.epoch_steps, optim::EpochSteps::kUp);
  EXPECT_EQ(recipe.optim.warmup_epochs, 7);
  EXPECT_EQ(recipe.optim.plateau_epochs, 15);
  EXPECT_EQ(recipe.optim.decay_epochs, 55);
  EXPECT_EQ(recipe.optim.weight_decay, 5e-4);
  EXPECT_TRUE(recipe.optim.decay_bias);
  EXPECT_EQ(recipe.optim.freeze.size(), 4U);
  EXPECT_EQ(recipe.train.epochs, 64);
}

TEST(LoadRecipe, SuggestsTheNearestName) {
  const std::optional<Error> error = error_of([] { load_recipe({.recipe = "resnet50-sdg"}); });

  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(), "there is no recipe \"resnet50-sdg\"; did you mean \"resnet50-sgd\"?");
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
}

TEST(LoadRecipe, SaysWhenAFileIsMissing) {
  const std::optional<Error> error = error_of([] { load_recipe({.recipe = "nowhere/x.yaml"}); });

  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
}

TEST(LoadRecipe, BuildsOnOneOtherRecipe) {
  const fs::path path = fs::path(testing::TempDir()) / "mine.yaml";
  write_atomically(path, "recipe: tiny_resnet18\noptim: {lr: 0.25}\n");

  const Recipe recipe = load_recipe({.recipe = path.string()});

  EXPECT_EQ(recipe.name, "mine");
  EXPECT_EQ(recipe.model.name, "resnet18");
  EXPECT_EQ(recipe.optim.lr, 0.25);
  EXPECT_THAT(recipe.origins.at("model.name"), testing::StartsWith("recipes/tiny-resnet18.yaml:"));
  EXPECT_EQ(recipe.origins.at("optim.lr"), path.string() + ":2");
}

TEST(LoadRecipe, PromisesNothingForAnotherRecipe) {
  const fs::path path = fs::path(testing::TempDir()) / "longer.yaml";
  write_atomically(path, "recipe: resnet50-sgd\ntrain: {epochs: 91}\n");

  const Recipe recipe = load_recipe({.recipe = path.string()});

  EXPECT_TRUE(recipe.expect.metric.empty());
  EXPECT_EQ(recipe.expect.value, 0);
  EXPECT_FALSE(recipe.origins.contains("expect.value"));
}

TEST(LoadRecipe, RefusesAChainOfThree) {
  const fs::path folder = testing::TempDir();
  write_atomically(folder / "chain_middle.yaml", "recipe: tiny-resnet18\n");
  write_atomically(folder / "chain_last.yaml", fmt::format("recipe: {}\n", (folder / "chain_middle.yaml").string()));

  const std::string message = message_of([&] { load_recipe({.recipe = (folder / "chain_last.yaml").string()}); });

  EXPECT_THAT(message, testing::HasSubstr("chain_middle.yaml:1: a recipe that another one builds on cannot build on \"tiny-resnet18\" itself"));
}

}  // namespace fovea::recipe
