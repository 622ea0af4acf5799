#include "fovea/train/run_folder.h"

#include "fovea/base/strings.h"
#include "tests/train/checkpoint_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

namespace fovea::train {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

using RunFolders = RunDirectory;

TEST_F(RunFolders, NewOneIsMade) {
  const RunFolder folder(run_ / "a/b");

  EXPECT_TRUE(folder.is_new());
  EXPECT_TRUE(fs::is_directory(run_ / "a/b"));
  EXPECT_FALSE(folder.previous());
  EXPECT_FALSE(folder.killed_note());
}

TEST_F(RunFolders, EmptyOneIsTaken) {
  make_directories(run_);

  EXPECT_TRUE(RunFolder(run_).is_new());
}

TEST_F(RunFolders, SessionThatWasKilledBeforeItWroteAnythingLeavesANewOne) {
  { const RunFolder first(run_); }
  OutputFile(run_ / "config.yaml.tmp-123").write("half");

  EXPECT_TRUE(RunFolder(run_).is_new());
}

TEST_F(RunFolders, WithdrawnOneLeavesNothing) {
  {
    const RunFolder folder(run_);
    folder.write_config("train: {}\n");
    for (const char* cache : {"index.cache", "index.cache.labels", "index.cache.boxes"}) write_atomically(run_ / cache, "x");

    folder.withdraw();
  }

  EXPECT_FALSE(fs::exists(run_));
}

TEST_F(RunFolders, WithdrawnOneTakesTheFoldersMadeForItAlong) {
  make_directories(run_ / "kept");
  {
    const RunFolder folder(run_ / "kept/of/many/");
    make_directories(run_ / "kept/other");

    folder.withdraw();
  }

  EXPECT_FALSE(fs::exists(run_ / "kept/of"));
  EXPECT_TRUE(fs::exists(run_ / "kept/other"));
}

TEST_F(RunFolders, WithdrawnOneLeavesAFolderThatSomebodyElseUsesByNow) {
  {
    const RunFolder folder(run_ / "runs/one");
    make_directories(run_ / "runs/two");

    folder.withdraw();
  }

  EXPECT_FALSE(fs::exists(run_ / "runs/one"));
  EXPECT_TRUE(fs::exists(run_ / "runs/two"));
}

TEST_F(RunFolders, WithdrawnOneLeavesTheEmptyFolderThatWasThere) {
  make_directories(run_);
  {
    const RunFolder folder(run_);
    folder.write_config("train: {}\n");

    folder.withdraw();
  }

  EXPECT_TRUE(fs::is_empty(run_));
}

TEST_F(RunFolders, OnlyANewOneCanBeWithdrawn) {
  RunFolder(run_).write_status({.state = RunState::kPreempted});

  EXPECT_THROW(RunFolder(run_).withdraw(), Error);
  EXPECT_TRUE(fs::exists(run_ / "status.json"));
}

TEST_F(RunFolders, OwnRunIsContinuedByItsStatus) {
  RunFolder(run_).write_status({.state = RunState::kPreempted, .step = 40, .total_steps = 160, .message = "SIGTERM"});

  const RunFolder folder(run_);

  EXPECT_FALSE(folder.is_new());
  ASSERT_TRUE(folder.previous());
  EXPECT_EQ(folder.previous()->state, RunState::kPreempted);
  EXPECT_EQ(folder.previous()->step, 40);
  EXPECT_FALSE(folder.killed_note());
}

TEST_F(RunFolders, OwnRunIsContinuedByItsConfigWhenTheStatusIsDamaged) {
  RunFolder(run_).write_config("train:\n  seed: 1\n");
  write_atomically(run_ / "status.json", std::string_view("{\"state\": \"runn"));

  const RunFolder folder(run_);

  EXPECT_FALSE(folder.is_new());
  EXPECT_FALSE(folder.previous());
  EXPECT_EQ(read_text(run_ / "config.yaml"), "# The effective recipe of a run of Fovea\ntrain:\n  seed: 1\n");
}

TEST_F(RunFolders, ForeignOneIsRefusedAndNotTouched) {
  make_directories(run_);
  write_atomically(run_ / "config.yaml", std::string_view("train: {}\n"));
  write_atomically(run_ / "thesis.txt", std::string_view("mine"));

  EXPECT_EQ(code_of([&] { RunFolder folder(run_); }), ErrorCode::kCannotCreate);
  EXPECT_THAT(message_of([&] { RunFolder folder(run_); }), HasSubstr("is not empty and holds no run of Fovea"));
  EXPECT_FALSE(fs::exists(run_ / ".lock"));
}

TEST_F(RunFolders, FileInItsPlaceIsRefused) {
  make_directories(run_);
  write_atomically(run_ / "file", std::string_view("x"));

  EXPECT_THAT(message_of([&] { RunFolder folder(run_ / "file"); }), HasSubstr("is a file"));
  EXPECT_EQ(code_of([&] { RunFolder folder(run_ / "file/below"); }), ErrorCode::kCannotCreate);
}

TEST_F(RunFolders, SecondSessionIsRefusedAndNamesTheFirst) {
  const RunFolder first(run_);

  EXPECT_TRUE(is_running(run_));
  EXPECT_EQ(code_of([&] { RunFolder second(run_); }), ErrorCode::kCannotCreate);
  EXPECT_THAT(message_of([&] { RunFolder second(run_); }), HasSubstr(fmt::format("is in use by process {} on ", ::getpid())));
}

TEST_F(RunFolders, LockGoesWithTheObject) {
  { const RunFolder first(run_); }

  EXPECT_FALSE(is_running(run_));
  EXPECT_TRUE(RunFolder(run_).is_new());
}

TEST_F(RunFolders, LockGoesWithAKilledProcessAndTheNextSessionSaysSo) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const RunFolder folder(run_);
    folder.write_status({.state = RunState::kRunning, .step = 20, .total_steps = 160});
    [[maybe_unused]] const ssize_t told = ::write(ends[1], "x", 1);
    for (;;) ::pause();
  }
  char ready = 0;
  ASSERT_EQ(::read(ends[0], &ready, 1), 1);
  EXPECT_TRUE(is_running(run_));

  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);

  EXPECT_FALSE(is_running(run_));
  const RunFolder folder(run_);
  EXPECT_FALSE(folder.is_new());
  ASSERT_TRUE(folder.killed_note());
  EXPECT_THAT(*folder.killed_note(), HasSubstr(fmt::format("(process {} on ", child)));
  EXPECT_THAT(*folder.killed_note(), HasSubstr("was killed at step 20 or later"));
}

TEST_F(RunFolders, ClaimingClearsUpWhatAKilledSessionLeft) {
  RunFolder(run_).write_config("");
  save(1);
  make_directories(run_ / "checkpoints/.tmp-step-00000002");

  const RunFolder folder(run_);

  EXPECT_FALSE(fs::exists(run_ / "checkpoints/.tmp-step-00000002"));
  EXPECT_TRUE(fs::exists(run_ / "checkpoints/step-00000001"));
}

TEST_F(RunFolders, StatusComesBackAsItWasWritten) {
  const RunFolder folder(run_);
  folder.write_status({.state = RunState::kDone,
                       .step = 160,
                       .total_steps = 160,
                       .epoch = 2.5,
                       .exit_code = 0,
                       .message = "all epochs done",
                       .last_checkpoint = "step-00000160",
                       .best = BestScore{.metric = "top1", .value = 0.75, .step = 120}});

  const std::optional<RunStatus> status = read_status(run_);

  ASSERT_TRUE(status);
  EXPECT_EQ(status->state, RunState::kDone);
  EXPECT_EQ(status->step, 160);
  EXPECT_EQ(status->total_steps, 160);
  EXPECT_EQ(status->epoch, 2.5);
  EXPECT_EQ(status->message, "all epochs done");
  EXPECT_EQ(status->pid, ::getpid());
  EXPECT_GE(status->updated, status->started);
  EXPECT_GT(status->started, 1.7e9);  // the year 2023
  EXPECT_EQ(status->last_checkpoint, "step-00000160");
  ASSERT_TRUE(status->best);
  EXPECT_EQ(status->best->value, 0.75);
  EXPECT_EQ(status->best->step, 120);
}

TEST_F(RunFolders, DamagedStatusIsAnError) {
  EXPECT_FALSE(read_status(run_));
  const RunFolder folder(run_);
  folder.write_status({.message = "x"});
  const std::string whole = read_text(run_ / "status.json");

  // every cut but the one that only lacks the closing line end
  for (size_t length = 0; length + 1 < whole.size(); ++length) {
    SCOPED_TRACE(length);
    OutputFile(run_ / "status.json").write(std::string_view(whole).substr(0, length));
    ASSERT_EQ(code_of([&] { read_status(run_); }), ErrorCode::kData);
  }
}

TEST_F(RunFolders, UnknownStateOrWrongTypeIsAnError) {
  const RunFolder folder(run_);
  folder.write_status({});
  io::Json json = io::read_json(run_ / "status.json");
  json["state"] = "sleeping";
  write_atomically(run_ / "status.json", json.dump());
  EXPECT_THAT(message_of([&] { read_status(run_); }), HasSubstr("state \"sleeping\" is not known"));

  json["state"] = "done";
  json["step"] = "many";
  write_atomically(run_ / "status.json", json.dump());
  EXPECT_THAT(message_of([&] { read_status(run_); }), HasSubstr("a field is missing or of the wrong type"));
}

TEST_F(RunFolders, CommandsAreAppendedReadyForAShell) {
  const RunFolder folder(run_);
  folder.append_command(std::vector<std::string>{"fovea", "train", "--set", "optim.lr=0.1", "my data", "it's", ""});
  folder.append_command(std::vector<std::string>{"fovea"});

  const std::vector<std::string> lines = split(read_text(run_ / "command.txt"), '\n');

  ASSERT_EQ(lines.size(), 3U);  // the last is what follows the final line end
  EXPECT_THAT(lines[0], MatchesRegex("[0-9-]+ [0-9:]+  fovea train --set optim.lr=0.1 'my data' 'it'\\\\''s' ''"));
  EXPECT_THAT(lines[1], MatchesRegex("[0-9-]+ [0-9:]+  fovea"));
}

TEST_F(RunFolders, EnvironmentTellsTheMachine) {
  RunFolder(run_).write_environment("0.1.0");

  const io::Json json = io::read_json(run_ / "env.json");

  EXPECT_EQ(json["fovea"], "0.1.0");
  EXPECT_THAT(json["tensors"].get<std::string>(), HasSubstr("LibTorch"));
  EXPECT_GE(json["cores"].get<int64_t>(), 1);
  EXPECT_GT(json["memory_limit_bytes"].get<int64_t>(), 0);
  EXPECT_FALSE(json["processor"].get<std::string>().empty());
}

}  // namespace
}  // namespace fovea::train
