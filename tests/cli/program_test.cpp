// The built program from outside: what only a real process shows.
#include "fovea/base/file.h"

#include "tests/cli/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::cli {

TEST(Binary, ExitsWith2AndSaysWhatToTry) {
  const Outcome outcome = run_shell(FOVEA_PROGRAM " recipes show resnet50-sdg");

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "error: there is no recipe \"resnet50-sdg\"; did you mean \"resnet50-sgd\"?\ntry: fovea recipes list\n");
}

TEST(Binary, ExitsWith78ForAWrongRecipe) {
  const fs::path path = fs::path(testing::TempDir()) / "wrong.yaml";
  write_atomically(path, "optim:\n  lr: fast\n");

  const Outcome outcome = run_shell(FOVEA_PROGRAM " recipes show " + path.string());

  EXPECT_EQ(outcome.code, 78);
  EXPECT_THAT(outcome.out, testing::HasSubstr(path.string() + ":2: optim.lr: expected number, found \"fast\"\ntry: "));
}

TEST(Binary, ExitsWith66ForAMissingRun) { EXPECT_EQ(run_shell(FOVEA_PROGRAM " checkpoint list nowhere/run").code, 66); }

TEST(Binary, ObeysColourVariables) {
  EXPECT_THAT(run_shell("CLICOLOR_FORCE=1 " FOVEA_PROGRAM " x").out, testing::HasSubstr("\x1b["));
  EXPECT_THAT(run_shell("NO_COLOR=1 CLICOLOR_FORCE=1 " FOVEA_PROGRAM " x").out, testing::Not(testing::HasSubstr("\x1b[")));
  EXPECT_THAT(run_shell(FOVEA_PROGRAM " x").out, testing::Not(testing::HasSubstr("\x1b[")));
}

}  // namespace fovea::cli
