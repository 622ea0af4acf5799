#include "fovea/cli/command.h"

#include "fovea/base/error.h"
#include "fovea/base/file.h"
#include "fovea/tensor/tensor.h"

#include "tests/cli/support.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace fovea::cli {

namespace {

Outcome run_action(const std::function<int()>& action, const std::optional<fs::path>& run_folder = {}) {
  std::ostringstream out, err;
  Console console{.out = out, .err = err, .run_folder = run_folder};
  const int code = run_guarded(action, {"train", "x"}, console);
  return {code, out.str(), err.str()};
}

}  // namespace

TEST(Program, AloneSaysWhatToDoFirst) {
  const Outcome outcome = run({});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, testing::HasSubstr("\n  fovea data demo "));
  EXPECT_THAT(outcome.out, testing::HasSubstr("\n  fovea train "));
  EXPECT_THAT(outcome.out, testing::HasSubstr("\n  fovea predict "));
}

TEST(Program, HelpFitsAScreenAndNamesEveryCommand) {
  const Outcome outcome = run({"--help"});

  EXPECT_LE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 24);
  for (const Command& command : commands()) EXPECT_THAT(outcome.out, testing::HasSubstr(fmt::format("\n  {} ", command.name)));
}

TEST(Program, HelpOfEveryCommandFitsAScreen) {
  for (const Command& command : commands()) {
    SCOPED_TRACE(command.name);
    const Outcome outcome = run({std::string(command.name), "--help"});

    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, testing::HasSubstr(fmt::format("fovea {}", command.name)));
    EXPECT_LE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 48);
  }
}

TEST(Program, CompleteHelpHasEveryCommandAndTheKeys) {
  const Outcome outcome = run({"--help-all"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, testing::HasSubstr("optim.weight_decay "));
  for (const std::string part : {"convert", "average", "explain", "--pictures"}) EXPECT_THAT(outcome.out, testing::HasSubstr(part));
}

TEST(Program, SaysItsVersion) { EXPECT_THAT(run({"--version"}).out, testing::StartsWith("fovea 0.")); }

TEST(Program, NamesTheNearestCommand) {
  const Outcome outcome = run({"trian"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: there is no command \"trian\"; did you mean \"train\"?\ntry: fovea --help\n");
}

TEST(Guard, GivesTheCodeOfAnErrorAndItsAdvice) {
  const Outcome outcome = run_action([]() -> int { fail(ErrorCode::kDiverged, Advice{"something smaller"}, "the loss is not finite"); });

  EXPECT_EQ(outcome.code, 80);
  EXPECT_EQ(outcome.err, "error: the loss is not finite\ntry: something smaller\n");
}

TEST(Guard, HasAdviceForErrorsWithoutOne) {
  for (const ErrorCode code : {ErrorCode::kUsage, ErrorCode::kData, ErrorCode::kMissing, ErrorCode::kDevice, ErrorCode::kInternal, ErrorCode::kCannotCreate,
                               ErrorCode::kIo, ErrorCode::kInterrupted, ErrorCode::kConfig, ErrorCode::kDiverged, ErrorCode::kMemory}) {
    SCOPED_TRACE(static_cast<int>(code));
    const Outcome outcome = run_action([code]() -> int { fail(code, "wrong"); });

    EXPECT_EQ(outcome.code, static_cast<int>(code));
    EXPECT_THAT(outcome.err, testing::MatchesRegex("error: wrong\ntry: .+\n"));
  }
}

TEST(Guard, TakesAFailedAllocationForMemory) {
  EXPECT_EQ(run_action([]() -> int { throw std::bad_alloc(); }).code, 81);
}

TEST(Guard, TakesLibTorchsFailedAllocationForMemory) {
  // more bytes than any machine has: the allocator refuses at once
  const Outcome outcome = run_action([]() -> int {
    const at::Tensor tensor = at::empty({int64_t{1} << 60}, at::kByte);
    return static_cast<int>(tensor.dim());
  });

  EXPECT_EQ(outcome.code, 81);
  EXPECT_THAT(outcome.err, testing::HasSubstr("try: a smaller --batch-size"));
}

TEST(Guard, WritesACrashReportIntoTheRunFolder) {
  const fs::path folder = fs::path(testing::TempDir()) / "crashed_run";
  make_directories(folder);

  const Outcome outcome = run_action([]() -> int { throw std::logic_error("nobody foresaw this"); }, folder);

  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, testing::HasSubstr((folder / "crash.txt").string()));
  EXPECT_THAT(read_text(folder / "crash.txt"), testing::AllOf(testing::HasSubstr("nobody foresaw this"), testing::HasSubstr("fovea train x")));
}

TEST(Guard, WritesNoCrashReportWithoutARun) {
  const Outcome outcome = run_action([]() -> int { throw std::logic_error("nobody foresaw this"); });

  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "error: nobody foresaw this\ntry: report this message with the command line; it is a defect of the program\n");
}

}  // namespace fovea::cli
