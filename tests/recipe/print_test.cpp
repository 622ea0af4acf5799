#include "fovea/recipe/print.h"

#include "fovea/base/file.h"
#include "fovea/recipe/builtin.h"
#include "fovea/recipe/keys.h"

#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::recipe {

TEST(EffectiveYaml, GivesTheSameRecipeWhenReadBack) {
  for (const std::string& name : builtin_names()) {
    SCOPED_TRACE(name);
    const Recipe recipe = load_recipe({.recipe = name});

    const Recipe again = read(effective_yaml(recipe));

    EXPECT_EQ(flat(again), flat(recipe));
    EXPECT_EQ(again.name, recipe.name);
    EXPECT_EQ(again.description, recipe.description);
  }
}

TEST(EffectiveYaml, KeepsTextsThatYamlWouldMisread) {
  for (const std::string text : {"a: b # c", "*", "null", "~", "- x", "\"quoted\" \\ \n\x01 end", "", "é", "yes", "{x}", "%", "0x10", "@a", "[1]"}) {
    SCOPED_TRACE(text);
    Recipe recipe{.name = "a"};
    recipe.expect.source = text;
    recipe.description = text;

    const Recipe again = read(effective_yaml(recipe));

    EXPECT_EQ(again.expect.source, std::string(trim(text)));
    EXPECT_EQ(again.description, std::string(trim(text)));
  }
}

TEST(EffectiveYaml, KeepsPatternsInLists) {
  Recipe recipe{.name = "a"};
  recipe.optim.freeze = {"layer1.*", "*", "conv?"};

  EXPECT_EQ(read(effective_yaml(recipe)).optim.freeze, recipe.optim.freeze);
}

TEST(EffectiveYaml, SaysWhereEachValueCameFrom) {
  const Recipe recipe = load_recipe({.recipe = "resnet50-sgd", .overrides = {parse_setting("optim.momentum=0.8")}});

  const std::string text = effective_yaml(recipe);

  EXPECT_THAT(text, testing::ContainsRegex("  momentum: 0.8 +# --set\n"));
  EXPECT_THAT(text, testing::ContainsRegex("  clip_norm: 0 +# default\n"));
  EXPECT_THAT(text, testing::ContainsRegex("  name: resnet50 +# recipes/resnet50-sgd.yaml:5\n"));
}

TEST(EffectiveYaml, CanSayWhatEachKeyMeans) {
  const std::string text = effective_yaml(load_recipe({.recipe = "resnet50-sgd"}), Comments::kFull);

  EXPECT_THAT(text, testing::HasSubstr("  # side of the square that the network sees, pixels (integer from 1 to 4096; default 224)\n  image_size: 224\n"));
  EXPECT_EQ(flat(read(text)), flat(load_recipe({.recipe = "resnet50-sgd"})));
}

TEST(ReferencePage, IsCurrentInTheDocs) {
  const std::string stored = read_text(fs::path(FOVEA_SOURCE_DIR) / "docs/recipes.md");

  EXPECT_TRUE(stored == reference_page()) << "docs/recipes.md is stale: write it again with  fovea recipes reference > docs/recipes.md";
}

}  // namespace fovea::recipe
