#include "support.h"

#include "fovea/recipe/keys.h"

#include <gtest/gtest.h>

namespace fovea::recipe {

TEST(Yaml, SetsWhatItNamesAndRemembersTheLine) {
  const Recipe recipe = read("# first line\noptim:\n  lr: 0.5\n\ntrain:\n  batch_size: 32\n");

  EXPECT_EQ(recipe.optim.lr, 0.5);
  EXPECT_EQ(recipe.train.batch_size, 32);
  EXPECT_EQ(recipe.origins.at("optim.lr"), "x.yaml:3");
  EXPECT_EQ(recipe.origins.at("train.batch_size"), "x.yaml:6");
  EXPECT_EQ(recipe.origins.size(), 2);
}

TEST(Yaml, ReadsNumbersThatYaml11TakesForText) {
  EXPECT_EQ(read("optim: {lr: 1e-3}").optim.lr, 0.001);
  EXPECT_EQ(read("optim: {lr: .5}").optim.lr, 0.5);
  EXPECT_EQ(read("optim: {lr: +2}").optim.lr, 2);
}

TEST(Yaml, ReadsOldSpellingsOfTruth) {
  EXPECT_FALSE(read("data: {flip: no}").data.flip);
  EXPECT_FALSE(read("data: {flip: Off}").data.flip);
  EXPECT_TRUE(read("data: {flip: on}").data.flip);
  EXPECT_TRUE(read("data: {flip: YES}").data.flip);
}

TEST(Yaml, ReadsListsInBothForms) {
  EXPECT_EQ(read("optim: {drop_epochs: [1, 2.5]}").optim.drop_epochs, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(read("optim:\n  drop_epochs:\n    - 1\n    - 2.5\n").optim.drop_epochs, (std::vector<double>{1, 2.5}));
  EXPECT_TRUE(read("optim: {drop_epochs: []}").optim.drop_epochs.empty());
  EXPECT_EQ(read("optim: {freeze: ['layer1.*', conv1]}").optim.freeze, (std::vector<std::string>{"layer1.*", "conv1"}));
}

TEST(Yaml, TakesHyphensForUnderscores) { EXPECT_EQ(read("optim: {weight-decay: 0.5}").optim.weight_decay, 0.5); }

TEST(Yaml, UnsetsAnOptionalValueByNone) {
  Recipe recipe = read("train: {steps: 7}");
  apply_yaml(recipe, "train: {steps: none}", "y.yaml");

  EXPECT_EQ(recipe.train.steps, std::nullopt);
}

TEST(Yaml, PassesOverASectionWithoutKeys) { EXPECT_EQ(read("optim:\n  # lr: 1\ntrain: {seed: 3}").train.seed, 3); }

struct WrongText {
  const char* text;
  const char* message;
};

class WrongYaml : public testing::TestWithParam<WrongText> {};

TEST_P(WrongYaml, IsRefusedWithFileAndLine) {
  const std::optional<Error> error = error_of([] { read(GetParam().text); });

  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(), GetParam().message);
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongYaml,
    testing::Values(WrongText{"optim:\n  momentun: 1", "x.yaml:2: optim.momentun is not known; did you mean \"optim.momentum\"?"},
                    WrongText{"optim:\n  learning_rat: 1", "x.yaml:2: optim.learning_rat is not known; did you mean \"optim.lr\"?"},
                    WrongText{"optim:\n  batch_size: 1", "x.yaml:2: optim.batch_size is not known; did you mean \"train.batch_size\"?"},
                    WrongText{"optin:\n  lr: 1", "x.yaml:1: optin is not known; did you mean \"optim\"?"},
                    WrongText{"\noptim.lr: 1", "x.yaml:2: optim.lr belongs under its section: write \"optim:\" and below it \"  lr: ...\""},
                    WrongText{"optim:\n  lr: 1\n  lr: 2", "x.yaml:3: optim.lr is given a second time; the first is in line 2"},
                    WrongText{"optim:\n  weight-decay: 1\n  weight_decay: 2", "x.yaml:3: optim.weight_decay is given a second time; the first is in line 2"},
                    WrongText{"optim:\n  lr: 1\noptim:\n  ema: 0", "x.yaml:3: optim is given a second time; the first is in line 1"},
                    WrongText{"recipe: resnet50-sgd", "x.yaml:1: \"recipe:\" is not possible in a file of changes"}));

INSTANTIATE_TEST_SUITE_P(Values, WrongYaml,
                         testing::Values(WrongText{"optim:\n  lr: fast", "x.yaml:2: optim.lr: expected number, found \"fast\""},
                                         WrongText{"optim:\n  lr: -1", "x.yaml:2: optim.lr: expected a value in [0, 1000], found -1"},
                                         WrongText{"optim:\n  lr: nan", "x.yaml:2: optim.lr: expected number, found \"nan\""},
                                         WrongText{"train:\n  batch_size: 2.5", "x.yaml:2: train.batch_size: expected integer, found \"2.5\""},
                                         WrongText{"train:\n  seed: 010", "x.yaml:2: train.seed: the leading zero of 010 can be read as octal; leave it out"},
                                         WrongText{"data:\n  flip: maybe", "x.yaml:2: data.flip: expected true or false, found \"maybe\""},
                                         WrongText{"model:\n  padding: valid", "x.yaml:2: model.padding: expected one of same, symmetric, found \"valid\""},
                                         WrongText{"optim:\n  lr: [1, 2]", "x.yaml:2: optim.lr: expected number, found a list"},
                                         WrongText{"optim:\n  lr:", "x.yaml:2: optim.lr has no value; write none to leave it unset"},
                                         WrongText{"optim:\n  freeze: ['a,b']", "x.yaml:2: optim.freeze: a comma or bracket inside \"a,b\" is not possible"}));

INSTANTIATE_TEST_SUITE_P(Form, WrongYaml,
                         testing::Values(WrongText{"", "x.yaml: there is nothing in it; expected sections such as \"optim:\""},
                                         WrongText{"# only a comment\n", "x.yaml: there is nothing in it; expected sections such as \"optim:\""},
                                         WrongText{"hello", "x.yaml:1: expected sections such as \"optim:\", found \"hello\""},
                                         WrongText{"- optim", "x.yaml:1: a list is not possible here"},
                                         WrongText{"optim: 3", "x.yaml:1: section optim: expected keys below it, found \"3\""},
                                         WrongText{"optim:\n  lr:\n    peak: 1", "x.yaml:3: optim.lr: expected a value, found keys below it"},
                                         WrongText{"optim:\n\tlr: 1", "x.yaml:2: a tab in the indentation; YAML wants spaces"},
                                         WrongText{"optim:\n  freeze: [a\n", "x.yaml:2: optim.freeze: the list is not closed, or there are keys in it"},
                                         WrongText{"optim:\n  freeze: [[a]]", "x.yaml:2: optim.freeze: a list inside a list is not possible"},
                                         WrongText{"optim: {lr: 1}\n---\noptim: {lr: 2}", "x.yaml:2: a second document begins here; a recipe is one document"},
                                         WrongText{"optim:\n  lr: &a 1", "x.yaml:2: an anchor (&name) is not possible in a recipe"},
                                         WrongText{"optim:\n  lr: !!float 1", "x.yaml:2: a tag (tag:yaml.org,2002:float) is not possible in a recipe"}));

TEST(Yaml, NamesTheLineOfWhatIsNotYaml) {
  EXPECT_TRUE(message_of([] { read("optim:\n  lr: 1\n momentum: 2\n"); }).starts_with("x.yaml:3: not YAML: "));
}

TEST(Yaml, RefusesTextAboveOneMebibyte) {
  const std::string text = "optim: {lr: 1}\n" + std::string((1 << 20), '#');

  EXPECT_EQ(message_of([&] { read(text); }), "x.yaml: 1.0 MiB is too much for a recipe");
}

TEST(Yaml, RefusesDepthWithoutRecursion) {
  const std::optional<Error> error = error_of([] { read("optim: {freeze: " + std::string(100000, '[')); });

  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
}

// A text that was cut or damaged gives a recipe or an Error, never anything else (another exception fails the test).
constexpr const char* kComplete = "name: a\noptim:\n  lr: 1e-3 # peak\n  drop_epochs: [1, 2]\n  freeze: ['a*', \"b\"]\ntrain:\n  seed: 3\n";

TEST(Yaml, SurvivesTruncationAtEveryByte) {
  const std::string text = kComplete;
  for (size_t length = 0; length < text.size(); ++length) {
    SCOPED_TRACE(length);
    const std::optional<Error> error = error_of([&] { read(text.substr(0, length)); });

    EXPECT_TRUE(!error || error->code() == ErrorCode::kConfig) << error->what();
  }
}

TEST(Yaml, SurvivesEveryFlippedBit) {
  for (size_t bit = 0; bit < std::string_view(kComplete).size() * 8; ++bit) {
    SCOPED_TRACE(bit);
    std::string text = kComplete;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    const std::optional<Error> error = error_of([&] { read(text); });

    EXPECT_TRUE(!error || error->code() == ErrorCode::kConfig) << error->what();
  }
}

}  // namespace fovea::recipe
