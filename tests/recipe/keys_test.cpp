#include "fovea/recipe/keys.h"

#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace fovea::recipe {

TEST(Keys, AreUniqueAndHaveATextOnOneLine) {
  std::set<std::string> names;
  for (const Key& key : keys()) {
    SCOPED_TRACE(key.name);
    EXPECT_TRUE(names.insert(key.name).second);
    EXPECT_FALSE(key.field->text.empty());
    EXPECT_EQ(key.field->text.find('\n'), std::string::npos);
  }
}

TEST(Keys, TakeTheirOwnDefaultBack) {
  for (const Key& key : keys()) {
    SCOPED_TRACE(key.name);
    Recipe recipe;

    assign(recipe, key, default_text(key));

    EXPECT_EQ(value_text(recipe, key), default_text(key));
  }
}

TEST(Keys, AreFoundWithHyphens) {
  ASSERT_NE(find_key("train.batch-size"), nullptr);
  EXPECT_EQ(find_key("train.batch-size")->name, "train.batch_size");
  EXPECT_EQ(find_key("train.batch"), nullptr);
}

TEST(Keys, SuggestTheNearestOne) {
  EXPECT_EQ(key_suggestion("optim.momentun"), "; did you mean \"optim.momentum\"?");
  EXPECT_EQ(key_suggestion("lr"), "; did you mean \"optim.lr\"?");
  EXPECT_EQ(key_suggestion("train.learning_rate"), "; did you mean \"optim.lr\"?");
  EXPECT_EQ(key_suggestion("zzzzzz.qqqqqq"), "; known: model, data, optim, train, expect");
}

TEST(Keys, TakeTheShortNamesOfPrecisions) {
  Recipe recipe;

  assign(recipe, *find_key("train.precision"), "fp32");
  EXPECT_EQ(recipe.train.precision, Precision::kFloat32);
  assign(recipe, *find_key("train.precision"), "bf16");
  EXPECT_EQ(recipe.train.precision, Precision::kBFloat16);
}

TEST(TypeText, NamesTheRange) {
  EXPECT_EQ(type_text({.kind = "number", .range = {.min = 0, .max = 1}}), "number from 0 to 1");
  EXPECT_EQ(type_text({.kind = "integer", .range = {.min = 1}}), "integer, at least 1");
  EXPECT_EQ(type_text({.kind = "text"}), "text");
}

TEST(TypeText, WritesWholeNumbersInFull) {
  EXPECT_EQ(type_text({.kind = "integer", .range = {.min = 1, .max = 1048576}}), "integer from 1 to 1048576");
  EXPECT_EQ(type_text({.kind = "integer", .range = {.max = 9e15}}), "integer, at most 9000000000000000");
}

TEST(Flat, IsTheSameForEqualRecipes) { EXPECT_THAT(changes(flat(Recipe{}), flat(Recipe{})), testing::IsEmpty()); }

}  // namespace fovea::recipe
