#include "fovea/cli/arguments.h"

#include "fovea/base/strings.h"
#include "tests/cli/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::cli {

TEST(Arguments, NameTheNearestFlag) {
  const Outcome outcome = run({"recipes", "list", "--jsn"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: the flag --jsn is not known; did you mean \"--json\"?\ntry: fovea recipes list --help\n");
}

TEST(Arguments, RefuseNothingButDashes) {
  EXPECT_EQ(run({"recipes", "list", "---"}).code, 2);
  EXPECT_EQ(run({"train", "tiny-resnet18", "--data", "x", "--=y"}).code, 2);
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
  EXPECT_EQ(run({"train", "--data", "x"}).err, "error: fovea train: recipe is required\ntry: fovea recipes list\n");
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

TEST(Arguments, HelpKeepsFurtherOptionsForHelpAll) {
  const Outcome help = run({"train", "--help"});
  const Outcome all = run({"train", "--help-all"});

  EXPECT_LE(std::ranges::count(help.out, '\n'), 30);
  EXPECT_THAT(help.out, testing::AllOf(testing::HasSubstr("--epochs VALUE"), testing::Not(testing::HasSubstr("--kernels")),
                                       testing::Not(testing::HasSubstr("train.epochs"))));
  EXPECT_THAT(all.out, testing::AllOf(testing::HasSubstr("train.epochs: length of"), testing::HasSubstr("--kernels PATH:{fused,reference}")));
}

TEST(Arguments, HelpIsWrappedAtTheTerminalsWidth) {
  std::ostringstream out, err;
  Console console{.out = out, .err = err, .columns = 80};

  run_fovea({"train", "--help"}, console);

  for (const std::string& line : split(out.str(), '\n')) EXPECT_LE(line.size(), 80) << line;
}

TEST(KeyReference, HasTypeRangeAndDefault) { EXPECT_THAT(key_reference(), testing::HasSubstr("[integer from 1 to 4096] default 224\n")); }

}  // namespace fovea::cli
