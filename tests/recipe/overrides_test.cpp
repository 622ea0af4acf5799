#include "fovea/recipe/keys.h"
#include "fovea/recipe/print.h"

#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace fovea::recipe {

namespace {

fs::path temporary_file(const std::string& name, std::string_view text) {
  const fs::path path = fs::path(testing::TempDir()) / name;
  write_atomically(path, text);
  return path;
}

Override setting(std::string_view text) { return parse_setting(text); }

}  // namespace

TEST(Precedence, LaterSourcesWin) {
  const fs::path first = temporary_file("precedence_first.yaml", "optim: {lr: 2, momentum: 0.2, weight_decay: 0.2, clip_norm: 2}");
  const fs::path second = temporary_file("precedence_second.yaml", "optim: {momentum: 0.3, weight_decay: 0.3, clip_norm: 3}");
  std::vector<Override> overrides = environment_overrides({"FOVEA_OPTIM_WEIGHT_DECAY=0.4", "FOVEA_OPTIM_CLIP_NORM=4"});
  overrides.push_back(setting("optim.clip_norm=5"));

  const Recipe recipe = load_recipe({.recipe = "resnet50-sgd", .files = {first, second}, .overrides = overrides});

  EXPECT_EQ(recipe.optim.warmup_epochs, 3);   // the recipe's
  EXPECT_EQ(recipe.optim.lr, 2);              // the first file's
  EXPECT_EQ(recipe.optim.momentum, 0.3);      // the second file's
  EXPECT_EQ(recipe.optim.weight_decay, 0.4);  // the environment's
  EXPECT_EQ(recipe.optim.clip_norm, 5);       // the command line's
  EXPECT_EQ(recipe.origins.at("optim.lr"), first.string() + ":1");
  EXPECT_EQ(recipe.origins.at("optim.weight_decay"), "FOVEA_OPTIM_WEIGHT_DECAY");
  EXPECT_EQ(recipe.origins.at("optim.clip_norm"), "--set");
}

TEST(Setting, NamesAnUnknownKey) {
  Recipe recipe;
  const std::optional<Error> error = error_of([&] { apply_override(recipe, setting("optim.learningrate=1")); });

  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(), "--set: optim.learningrate is not known; did you mean \"optim.lr\"?");
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
}

TEST(Setting, NamesAWrongValue) {
  Recipe recipe;

  EXPECT_EQ(message_of([&] { apply_override(recipe, setting("train.batch_size=many")); }), "--set: train.batch_size: expected integer, found \"many\"");
}

TEST(Setting, NeedsAnEqualsSign) {
  EXPECT_EQ(message_of([] { setting("optim.lr"); }), "--set optim.lr: expected KEY=VALUE");
  EXPECT_EQ(message_of([] { setting("=3"); }), "--set =3: expected KEY=VALUE");
}

TEST(Setting, KeepsFurtherEqualsSigns) { EXPECT_EQ(setting("optim.freeze = a=b").text, "a=b"); }

TEST(Environment, PassesOverOtherVariables) {
  EXPECT_THAT(environment_overrides({"HOME=/root", "FOVEA_INTERNAL_RESTARTED=1", "OTHER_FOVEA_OPTIM_LR=3"}), testing::IsEmpty());
}

TEST(Environment, NamesAnUnknownVariable) {
  const std::optional<Error> error = error_of([] { environment_overrides({"FOVEA_OPTIM_MOMENTUN=1"}); });

  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(), "the environment variable FOVEA_OPTIM_MOMENTUN is not known: there is no key optim.momentun; did you mean \"optim.momentum\"?");
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
}

TEST(Conflicts, NameBothKeysAndTheirPlaces) {
  const auto load = [] { load_recipe({.recipe = "resnet50-sgd", .overrides = {setting("data.image_size=300")}}); };

  EXPECT_EQ(message_of(load),
            "data.eval_resize (recipes/resnet50-sgd.yaml:23) and data.image_size (--set) contradict each other: a side of 300 cannot be cut out of 256");
}

TEST(Conflicts, SayWhatSetTheKeysThatDataRefuses) {
  const auto message = [](const std::vector<Override>& overrides) {
    return message_of([&] { load_recipe({.recipe = "resnet50-sgd", .overrides = overrides}); });
  };

  EXPECT_EQ(message({setting("data.colour_jitter=true")}),
            "data.colour_jitter leaves the levels 0..255, which data.pixels: uint8 cannot hold; set by: data.colour_jitter (--set), data.pixels (default)");
  EXPECT_THAT(message({setting("data.train_crop=iou_biased")}),
              testing::EndsWith("; set by: data.train_crop (--set), data.eval_crop (recipes/resnet50-sgd.yaml:22)"));
  // the whole picture is scaled, nothing cut out of eval_resize
  EXPECT_EQ(message({setting("data.train_crop=iou_biased"), setting("data.eval_crop=stretch"), setting("data.image_size=300")}), "no error");
}

TEST(Conflicts, ComparesDropsWithFactors) {
  const auto load = [] { load_recipe({.recipe = "resnet50-sgd", .overrides = {setting("optim.drop_epochs=30,60")}}); };

  EXPECT_EQ(message_of(load),
            "optim.drop_epochs has 2 values, optim.drop_factors has 4; expected a factor for each drop; set by: optim.drop_epochs (--set), "
            "optim.drop_factors (recipes/resnet50-sgd.yaml:36)");
}

TEST(Conflicts, SayWhatSetTheKeysThatTheScheduleRefuses) {
  const auto load = [] {
    load_recipe({.recipe = "resnet50-sgd", .overrides = {setting("optim.schedule=cosine"), setting("optim.decay_epochs=1"), setting("optim.warmup_epochs=3")}});
  };

  EXPECT_THAT(message_of(load), testing::EndsWith("; set by: optim.warmup_epochs (--set), optim.decay_epochs (--set)"));
}

TEST(Conflicts, CountsWarmUpByTheBatch) {
  std::vector<Override> bands{setting("optim.algorithm=lars"),      setting("optim.lars_bands=true"), setting("optim.lr_batch=0"),
                              setting("optim.schedule=polynomial"), setting("optim.decay_epochs=10"), setting("optim.warmup_epochs=3")};
  const auto load = [&](const std::string& batch) {
    std::vector<Override> overrides = bands;
    overrides.push_back(setting("train.batch_size=" + batch));
    return message_of([&] { load_recipe({.recipe = "resnet50-sgd", .overrides = overrides}); });
  };

  EXPECT_EQ(load("256"), "no error");
  EXPECT_THAT(load("32768"), testing::StartsWith("optim.decay_epochs, 10, is not after optim.warmup_epochs, 14"));  // spec 2.4: the third band
}

TEST(Conflicts, WantsAveragedWeightsForTheirEvaluation) {
  const auto load = [] { load_recipe({.recipe = "resnet50-sgd", .overrides = {setting("train.evaluate=ema")}}); };

  EXPECT_THAT(message_of(load), testing::HasSubstr("train.evaluate (--set) and optim.ema (default) contradict each other"));
}

TEST(Conflicts, WithoutEvaluationsThereIsNoBest) {
  const auto load = [](const std::string& further) {
    return [further] { load_recipe({.recipe = "tiny-resnet18", .overrides = {setting("train.eval_every=none"), setting(further)}}); };
  };

  for (const char* further : {"train.keep_best=1", "train.patience=3", "train.stop_target=0.7", "train.eval_offset=1epoch", "train.eval_images=100"}) {
    SCOPED_TRACE(further);
    const std::string key = std::string(further).substr(0, std::string(further).find('='));
    EXPECT_EQ(message_of(load(further)), key + " (--set) and train.eval_every (--set) contradict each other: without evaluations there is no score to go by");
  }
  EXPECT_EQ(message_of(load("train.keep_best=0")), "no error");
}

TEST(Conflicts, WithoutEvaluationsNoBestIsKeptByDefault) {
  const Recipe recipe = load_recipe({.recipe = "tiny-resnet18", .overrides = {setting("train.eval_every=none")}});

  EXPECT_EQ(recipe.train.keep_best, 0);
  EXPECT_EQ(message_of([&] { check_conflicts(read(effective_yaml(recipe))); }), "no error");  // so that config.yaml of such a run is a recipe
}

TEST(Conflicts, AnOffsetCountsStepsOrEpochs) {
  const auto load = [](const std::string& a, const std::string& b) {
    return [=] { load_recipe({.recipe = "tiny-resnet18", .overrides = {setting(a), setting(b)}}); };
  };

  EXPECT_EQ(message_of(load("train.eval_offset=10min", "train.eval_every=1epoch")), "train.eval_offset (--set): expected steps or epochs, found 10min");
  EXPECT_THAT(message_of(load("train.eval_offset=1epoch", "train.eval_every=10min")),
              testing::HasSubstr("train.eval_offset (--set) and train.eval_every (--set) contradict each other"));
}

}  // namespace fovea::recipe
