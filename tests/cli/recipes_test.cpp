#include "fovea/io/json.h"

#include "tests/cli/support.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::cli {

TEST(RecipesCommand, ListsByDefault) {
  const Outcome outcome = run({"recipes"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, testing::HasSubstr("\nresnet50-sgd "));
  EXPECT_EQ(outcome.out, run({"recipes", "list"}).out);
}

TEST(RecipesCommand, ListsAsJson) {
  const io::Json json = io::parse_json(run({"recipes", "list", "--json"}).out, "output");

  const auto sgd = std::ranges::find_if(json, [](const io::Json& each) { return each.at("name") == "resnet50-sgd"; });
  ASSERT_NE(sgd, json.end());
  EXPECT_EQ(sgd->at("expect").at("value"), 0.764);
}

TEST(RecipesCommand, ShowsMeaningOrOrigin) {
  EXPECT_THAT(run({"recipes", "show", "resnet50_sgd"}).out, testing::HasSubstr("\n  # "));
  EXPECT_THAT(run({"recipes", "show", "resnet50_sgd", "--origins"}).out, testing::HasSubstr("# recipes/resnet50-sgd.yaml:5\n"));
}

TEST(RecipesCommand, ExplainsAKeyWithItsValuesInTheRecipes) {
  const Outcome outcome = run({"recipes", "explain", "optim.lr"});

  EXPECT_THAT(outcome.out, testing::StartsWith("optim.lr\n"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("  0.128 in resnet50-sgd (recipes/resnet50-sgd.yaml:"));
}

TEST(RecipesCommand, ExplainsWhereAValueComesFrom) {
  EXPECT_THAT(run({"recipes", "explain", "optim.ema", "--in", "resnet50-sgd"}).out, testing::HasSubstr("  0 in resnet50-sgd (default)\n"));
}

TEST(RecipesCommand, RefusesAnUnknownKey) {
  const Outcome outcome = run({"recipes", "explain", "optim.lrr"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: optim.lrr is not known; did you mean \"optim.lr\"?\ntry: fovea recipes explain\n");
}

TEST(RecipesCommand, ComparesTwoRecipes) {
  const Outcome outcome = run({"recipes", "diff", "resnet50-sgd", "tiny-resnet18", "--json"});
  const io::Json json = io::parse_json(outcome.out, "output");

  EXPECT_EQ(json.at("model.name"), io::Json({"resnet50", "resnet18"}));
  EXPECT_FALSE(json.contains("optim.algorithm"));
}

TEST(RecipesCommand, ComparesARunByItsFolder) {
  const test::TemporaryFolder run_folder;
  run_folder.put("config.yaml", run({"recipes", "show", "tiny-resnet18"}).out + "\n");

  const Outcome same = run({"recipes", "diff", run_folder.path().string(), "tiny-resnet18"});
  const Outcome other = run({"recipes", "diff", "resnet50-sgd", run_folder.path().string()});

  EXPECT_EQ(same.out, "the same values in every key\n") << same.err;
  EXPECT_THAT(other.out, testing::ContainsRegex("model.name +resnet50 +resnet18"));
}

TEST(RecipesCommand, RefusesAFolderThatIsNoRun) {
  const test::TemporaryFolder folder;

  const Outcome outcome = run({"recipes", "diff", "resnet50-sgd", folder.path().string()});

  EXPECT_EQ(outcome.code, 66);
  EXPECT_THAT(outcome.err, testing::HasSubstr((folder / "config.yaml").string()));
}

TEST(RecipesCommand, SaysWhenTwoRecipesAreTheSame) {
  EXPECT_EQ(run({"recipes", "diff", "resnet50-sgd", "resnet50_sgd"}).out, "the same values in every key\n");
}

}  // namespace fovea::cli
