// Stopped and continued equals uninterrupted, bit by bit.
#include "fovea/train/run_log.h"
#include "fovea/train/trainer.h"

#include "tests/support/errors.h"
#include "tests/train/tiny_run.h"

#include <gmock/gmock.h>

#include <signal.h>
#include <unistd.h>

#include <thread>

namespace fovea::train {
namespace {

using testing::HasSubstr;

TEST(Resume, EqualsUninterruptedWithAStopAfterEveryStep) {
  TinyRun whole, stopped;
  whole.session();

  stopped.after_step = [&](int64_t step) {
    if (step < 6) ::raise(SIGTERM);
  };
  for (int64_t step = 1; step < 6; ++step) {
    const TrainResult result = stopped.session();
    EXPECT_EQ(result.state, RunState::kPreempted);
    EXPECT_EQ(result.step, step);
  }
  EXPECT_EQ(stopped.session().state, RunState::kDone);

  expect_same_tensors(whole, stopped, 6);
  EXPECT_EQ(whole.figures("train"), stopped.figures("train"));
  EXPECT_EQ(whole.figures("eval"), stopped.figures("eval"));
}

TEST(Resume, EqualsUninterruptedWithMixingAveragesPassesAndOtherThreads) {
  TinyRun whole, stopped;
  for (TinyRun* run : {&whole, &stopped}) {
    run->setup.data.mixup = 0.2;
    run->setup.optim.ema = 0.9;
    run->setup.train.micro_batch = 2;
    run->setup.train.precision = Precision::kBFloat16;
    run->setup.train.evaluate = Weights::kEma;
  }
  whole.session();

  stopped.after_step = [&](int64_t step) {
    if (step == 3) ::raise(SIGTERM);  // inside the first epoch
  };
  stopped.session();
  stopped.after_step = {};
  stopped.setup.data.threads = 3;
  const TrainResult result = stopped.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_TRUE(stopped.said("continuing step 3"));
  expect_same_tensors(whole, stopped, 6);
  EXPECT_EQ(whole.figures("train"), stopped.figures("train"));
  EXPECT_EQ(whole.figures("eval"), stopped.figures("eval"));
  EXPECT_TRUE(whole.metrics("eval").at(0).contains("val_ema/top1"));
}

class StopSignal : public testing::TestWithParam<int> {};

TEST_P(StopSignal, SavesAndSaysSo) {
  TinyRun run;
  run.after_step = [&](int64_t step) {
    if (step == 2) std::jthread([] { ::kill(::getpid(), GetParam()); });  // from a thread that does not train
  };

  const TrainResult result = run.session();

  EXPECT_EQ(result.state, RunState::kPreempted);
  EXPECT_EQ(result.step, 2);
  EXPECT_THAT(result.message, HasSubstr("saved as step-00000002"));
  EXPECT_EQ(run.status().at("state"), "preempted");
  EXPECT_EQ(run.status().at("exit_code"), 75);
  EXPECT_EQ(run.events(), (std::vector<std::string>{"start", "checkpoint", "stop"}));
}

INSTANTIATE_TEST_SUITE_P(Each, StopSignal, testing::Values(SIGTERM, SIGINT, SIGUSR1), [](const auto& param) {
  return param.param == SIGTERM ? "SIGTERM" : param.param == SIGINT ? "SIGINT" : "SIGUSR1";
});

TEST(Resume, ComesAfterTheTimeLimit) {
  TinyRun run;
  run.setup.train.max_hours = 1e-9;

  const TrainResult first = run.session();
  run.setup.train.max_hours = std::nullopt;  // may change: it moves no weight
  const TrainResult second = run.session();

  EXPECT_EQ(first.state, RunState::kPreempted);
  EXPECT_THAT(first.message, HasSubstr("the time limit of 1e-09 h"));
  EXPECT_EQ(second.state, RunState::kDone);
}

/// Stops the session in the first evaluation that it makes.
void stop_in_evaluation(TinyRun& run) {
  run.progress = [](std::string_view line) {
    if (line.starts_with("evaluating")) ::raise(SIGTERM);
  };
}

TEST(Resume, MakesUpForAnEvaluationThatWasCutShort) {
  TinyRun whole, stopped;
  for (TinyRun* run : {&whole, &stopped}) run->setup.train.eval_every = {2, Interval::Unit::kSteps};
  whole.session();

  stop_in_evaluation(stopped);
  const TrainResult first = stopped.session();
  stopped.progress = {};
  stopped.session();

  EXPECT_EQ(first.state, RunState::kPreempted);
  EXPECT_EQ(first.step, 2);
  EXPECT_EQ(whole.figures("eval").size(), 3U);
  EXPECT_EQ(whole.figures("eval"), stopped.figures("eval"));
}

TEST(Resume, RemembersTheBestOfAnEvaluationThatWasMadeUpFor) {
  TinyRun run;
  stop_in_evaluation(run);
  run.session();  // all steps are done and saved; only the evaluation is owed

  run.progress = {};
  run.session();

  EXPECT_EQ(run.state(6).at("last_evaluation"), 6);
  EXPECT_EQ(run.state(6).at("best").at("step"), 6);
  EXPECT_EQ(read_text(run.dir() / "checkpoints/best-top1", 100), "step-00000006\n");
}

TEST(Resume, MakesUpForAnEvaluationByTheClock) {
  TinyRun run;
  run.setup.train.eval_every = {1e-9, Interval::Unit::kMinutes};  // due after the first step
  stop_in_evaluation(run);
  run.session();

  run.setup.train.eval_every = {100, Interval::Unit::kEpochs};
  run.progress = {};
  run.session();

  EXPECT_EQ(run.metrics("eval").front().at("step"), 1);
}

TEST(Resume, BeginsASessionForReadersWhenNothingWasSavedBefore) {
  TinyRun run;
  {
    RunFolder folder(run.dir());  // a session that was killed after its third step
    folder.write_config("");
    Log log([](LogLevel, std::string_view) {});
    RunLog(run.dir(), TagScheme::kFovea, log).train({.step = 3, .images = 12, .epoch = 0.75}, std::vector<Scalar>{{"train/loss", 1.5}});
  }

  run.session();

  EXPECT_EQ(run.metrics("train").size(), 6U);  // the third step stands there once
  EXPECT_EQ(run.events().front(), "resume");
}

TEST(Resume, LeavesAFinishedRunAlone) {
  TinyRun run;
  run.session();
  const std::map<std::string, std::string> before = run.contents();

  const TrainResult result = run.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_THAT(result.message, HasSubstr("this run is finished"));
  EXPECT_EQ(result.best->step, 6);
  EXPECT_TRUE(run.contents() == before);
}

TEST(Resume, ShowsWhatChangedAndChangesNothingItself) {
  TinyRun run;
  run.session();
  const std::map<std::string, std::string> before = run.contents();
  run.setup.optim.lr = 0.025;

  const auto error = test::error_of([&] { run.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
  EXPECT_THAT(error->what(), HasSubstr("optim.lr: 0.05 -> 0.025"));
  EXPECT_THAT(error->advice(), HasSubstr("--resume-with-changes"));
  std::map<std::string, std::string> after = run.contents(), expected = before;
  for (auto* files : {&after, &expected}) files->erase((run.dir() / "train.log").string());  // the log may say that it was refused
  EXPECT_TRUE(after == expected);
}

TEST(Resume, ContinuesWithChangesWhenTold) {
  TinyRun run;
  run.session();
  run.setup.train.steps = 8;
  run.setup.resume_with_changes = true;

  const TrainResult result = run.session();

  EXPECT_EQ(result.step, 8);
  EXPECT_TRUE(run.said("train.steps: 6 -> 8"));
}

TEST(Resume, PassesOverADamagedCheckpoint) {
  TinyRun run;
  run.setup.train.save_every = {3, Interval::Unit::kSteps};
  run.after_step = [&](int64_t step) {
    if (step == 4) ::raise(SIGTERM);
  };
  run.session();
  run.after_step = {};
  std::string bytes = run.bytes(4, "model");
  bytes[bytes.size() / 2] ^= 1;
  write_atomically(run.checkpoint(4) / "model.safetensors", bytes);

  const TrainResult result = run.session();

  EXPECT_TRUE(run.said("warning: " + run.checkpoint(4).string() + " is damaged and passed over"));
  EXPECT_TRUE(run.said("continuing step 3"));
  EXPECT_EQ(result.state, RunState::kDone);
}

TEST(Resume, NeverBeginsAgainOverDamagedCheckpoints) {
  TinyRun run;
  run.session();
  write_atomically(run.checkpoint(6) / "manifest.json", "{");
  run.setup.train.steps = 8;

  const auto error = test::error_of([&] { run.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), HasSubstr("no checkpoint of " + run.dir().string() + " can be read: manifest.json"));
  EXPECT_EQ(run.status().at("state"), "done");  // nothing of the run was touched
}

TEST(Resume, SeesOtherValidationData) {
  TinyRun run;
  run.setup.train.steps = 2;
  run.session();
  Identity other = identity_from(run.state(2), "state.json");
  const Identity before = other;
  other.validation_fingerprint = "0";

  EXPECT_THAT(differences(before, other), testing::ElementsAre(HasSubstr("validation data: ")));
}

TEST(Resume, TakesTheProgramsOwnAdvice) {
  TinyRun run;
  run.session();
  const Identity before = identity_from(run.state(6), "state.json");
  Identity now = before;
  now.recipe.at("data.on_corrupt") = "skip";
  now.recipe.at("train.on_nonfinite") = "rollback";

  EXPECT_THAT(differences(before, now), testing::IsEmpty());
}

TEST(Resume, FindsItsDataFromEverywhere) {
  EXPECT_EQ(absolute_place("synthetic:size=8"), "synthetic:size=8");
  EXPECT_EQ(absolute_place("photos/./"), (fs::current_path() / "photos").string());
  EXPECT_EQ(absolute_place("/a/b/../c"), "/a/c");
}

TEST(Resume, NeverWritesIntoAFolderOfSomebodyElse) {
  TinyRun run;
  make_directories(run.dir());
  write_atomically(run.dir() / "thesis.txt", "text");

  const auto error = test::error_of([&] { run.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
  EXPECT_EQ(run.contents().size(), 1U);
}

TEST(Resume, KeepsOutASecondProcess) {
  TinyRun run;
  const RunFolder other(run.dir());

  const auto error = test::error_of([&] { run.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
  EXPECT_THAT(error->what(), HasSubstr("in use by process"));
}

}  // namespace
}  // namespace fovea::train
