#include "fovea/base/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(SettingChanges, NameChangedAndMissingKeys) {
  const Settings before{{"a.x", "1"}, {"a.y", "2"}, {"a.z", "3"}};
  const Settings after{{"a.w", "0"}, {"a.x", "1"}, {"a.y", "5"}};

  std::vector<std::string> texts;
  for (const SettingChange& change : changes(before, after)) texts.push_back(text_of(change));

  EXPECT_THAT(texts, testing::ElementsAre("a.w: (absent) -> 0", "a.y: 2 -> 5", "a.z: 3 -> (absent)"));
}

TEST(SettingChanges, AreEmptyForEqualSettings) { EXPECT_THAT(changes({{"a.x", "1"}}, {{"a.x", "1"}}), testing::IsEmpty()); }

}  // namespace
}  // namespace fovea
