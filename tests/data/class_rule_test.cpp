#include "fovea/data/class_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::data {
namespace {

using testing::ElementsAre;

SeenClasses labels_between(int64_t first, int64_t last, const std::string& synset = {}) {
  SeenClasses seen;
  for (int64_t label = first; label <= last; ++label) seen[label] = {.count = 1, .text = {}, .synset = synset};
  return seen;
}

TEST(ClassRule, CountsLabelsFromZero) {
  const ClassRule rule = class_rule(
      {{0, {.count = 5, .text = "cat", .synset = "n1"}}, {1, {.count = 2, .text = {}, .synset = "n2"}}, {2, {.count = 1, .text = {}, .synset = {}}}});

  EXPECT_EQ(rule.num_outputs, 3);
  EXPECT_EQ(rule.output(2), 2);
  EXPECT_THAT(rule.names, ElementsAre("cat", "n2", "class 2"));
  EXPECT_EQ(rule.said, "3 classes, labels 0..2");
}

TEST(ClassRule, CountsLabelsFromOne) {
  const ClassRule rule = class_rule(labels_between(1, 10));

  EXPECT_EQ(rule.num_outputs, 10);
  EXPECT_EQ(rule.output(1), 0);
  EXPECT_EQ(rule.output(10), 9);
  EXPECT_FALSE(rule.allows(0));
  EXPECT_EQ(rule.said, "10 classes, labels 1..10");
}

TEST(ClassRule, KeepsImageNetNumbering) {
  const ClassRule rule = class_rule(labels_between(1, 1000));

  EXPECT_EQ(rule.num_outputs, 1001);  // spec 2.5: "RN-E uses 1..1000 as is (int32, 1001 logits)"
  EXPECT_EQ(rule.output(1), 1);
  EXPECT_EQ(rule.output(1000), 1000);
  EXPECT_FALSE(rule.allows(0));
  EXPECT_EQ(rule.names[0], "background");
  EXPECT_EQ(rule.said, "labels 1..1000 as ImageNet counts them, 1,001 outputs of which output 0 is unused");
}

TEST(ClassRule, KeepsImageNetNumberingWithGapsWhenEveryClassHasAWordNetId) {
  SeenClasses seen = labels_between(3, 5, "n01440764");
  seen[998] = {.count = 1, .text = {}, .synset = "n13037406"};

  const ClassRule rule = class_rule(seen);

  EXPECT_EQ(rule.num_outputs, 1001);
  EXPECT_EQ(rule.names[998], "n13037406");
  EXPECT_EQ(rule.said, "labels 1..1000 as ImageNet counts them (4 of the 1,000 occur), 1,001 outputs of which output 0 is unused");
}

TEST(ClassRule, TakesAThousandLabelsFromZeroAsDense) { EXPECT_EQ(class_rule(labels_between(0, 999)).num_outputs, 1000); }

TEST(ClassRule, TakesAWordNetSubsetWithoutGapsAsDense) { EXPECT_EQ(class_rule(labels_between(1, 100, "n01440764")).num_outputs, 100); }

TEST(ClassRule, EndsAtTheFirstGap) {
  SeenClasses seen = labels_between(0, 3);
  seen[57] = {.count = 1};

  const ClassRule rule = class_rule(seen);

  EXPECT_EQ(rule.num_outputs, 4);
  EXPECT_FALSE(rule.allows(57));
}

TEST(ClassRule, AllowsNothingWhenLabelsBeginElsewhere) {
  const ClassRule rule = class_rule(labels_between(5, 8));

  EXPECT_EQ(rule.num_outputs, 0);
  EXPECT_FALSE(rule.allows(5));
}

}  // namespace
}  // namespace fovea::data
