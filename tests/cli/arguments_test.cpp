#include "fovea/cli/arguments.h"

#include "tests/cli/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::cli {

TEST(Arguments, NameTheNearestFlag) {
  const Outcome outcome = run({"recipes", "list", "--jsn"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: the flag --jsn is not known; did you mean \"--json\"?\ntry: fovea recipes list --help\n");
}

TEST(Arguments, NameTheNearestSubcommand) {
  const Outcome outcome = run({"recipes", "shwo", "resnet50-sgd"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: fovea recipes has no \"shwo\"; did you mean \"show\"?\ntry: fovea recipes --help\n");
}

TEST(Arguments, SayWhatIsMissing) {
  const Outcome outcome = run({"recipes", "show"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: fovea recipes show: name is required\ntry: fovea recipes show --help\n");
}

TEST(Arguments, RefuseOneTooMany) {
  const Outcome outcome = run({"recipes", "show", "resnet50-sgd", "again"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: the argument \"again\" is one too many\ntry: fovea recipes show --help\n");
}

TEST(Arguments, ShowTheHelpOfASubcommand) {
  const Outcome outcome = run({"checkpoint", "average", "--help"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, testing::HasSubstr("--out"));
}

TEST(KeyReference, HasTypeRangeAndDefault) { EXPECT_THAT(key_reference(), testing::HasSubstr("[integer from 1 to 4096] default 224\n")); }

}  // namespace fovea::cli
