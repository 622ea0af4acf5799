// When a training evaluates, and on how many pictures: train.eval_every, eval_offset, eval_images.
#include "fovea/train/plan.h"

#include "fovea/image/decode.h"

#include "tests/support/errors.h"
#include "tests/train/tiny_run.h"

#include <gmock/gmock.h>

#include <csignal>

namespace fovea::train {
namespace {

using enum Interval::Unit;
using testing::ElementsAre;
using testing::HasSubstr;

/// Every step of a run of 20 epochs of 5 steps that is followed by an evaluation.
std::vector<int64_t> due_steps(const TrainOptions& train) {
  const Plan plan{.steps_per_epoch = 5, .total_steps = 100};
  std::vector<int64_t> steps;
  for (int64_t step = 1; step <= plan.total_steps; ++step) {
    if (is_evaluation_due(train, plan, step, 0)) steps.push_back(step);
  }
  return steps;
}

TEST(EvaluationTimes, FollowTheIntervalAndTheEnd) {
  EXPECT_THAT(due_steps({.eval_every = Interval{8, kEpochs}}), ElementsAre(40, 80, 100));
  EXPECT_THAT(due_steps({.eval_every = Interval{30, kSteps}}), ElementsAre(30, 60, 90, 100));
}

TEST(EvaluationTimes, BeginAfterTheOffset) {
  // 2 epochs of 5 steps are 10: then 10 + 8 * 5, 10 + 16 * 5, and the end, which here is not one of them
  EXPECT_THAT(due_steps({.eval_every = Interval{8, kEpochs}, .eval_offset = Interval{2, kEpochs}}), ElementsAre(50, 90, 100));
  EXPECT_THAT(due_steps({.eval_every = Interval{4, kEpochs}, .eval_offset = Interval{3, kSteps}}), ElementsAre(23, 43, 63, 83, 100));
  EXPECT_THAT(due_steps({.eval_every = Interval{50, kSteps}, .eval_offset = Interval{200, kSteps}}), ElementsAre(100));
}

TEST(EvaluationTimes, AreNoneWithoutEvaluations) { EXPECT_TRUE(due_steps({.eval_every = std::nullopt}).empty()); }

TEST(EvaluationTimes, FollowTheClock) {
  const Plan plan{.steps_per_epoch = 5, .total_steps = 100};
  const TrainOptions train{.eval_every = Interval{10, kMinutes}};

  EXPECT_FALSE(is_evaluation_due(train, plan, 50, 599));
  EXPECT_TRUE(is_evaluation_due(train, plan, 50, 600));
}

TEST(Trainer, TrainsWithoutEvaluations) {
  TinyRun run;
  run.setup.train.eval_every = std::nullopt;
  run.setup.train.save_every = {3, kSteps};

  const TrainResult result = run.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_FALSE(result.best.has_value());
  EXPECT_TRUE(run.metrics("eval").empty());
  EXPECT_FALSE(fs::exists(run.dir() / "eval"));
  EXPECT_FALSE(fs::exists(run.dir() / "checkpoints" / "best-top1"));
  EXPECT_TRUE(fs::exists(run.checkpoint(3)));
  EXPECT_TRUE(run.said("evaluation       none (train.eval_every)"));
  EXPECT_THAT(read_text(run.dir() / "plan.txt", 1 << 20), HasSubstr("no best checkpoint"));
}

TEST(Trainer, NeedsAValidationSetOnlyForEvaluations) {
  TinyRun run;
  const auto put_pictures = [&](const std::string& split) {
    for (int i = 0; i < 16; ++i) {
      const fs::path folder = run.folder / "data" / split / (i % 2 == 0 ? "even" : "odd");
      make_directories(folder);
      write_atomically(folder / fmt::format("{:02}.jpg", i), std::span<const std::byte>(image::encode_jpeg(image::Image(16, 16), 95)));
    }
  };
  put_pictures("train");
  run.setup.data_where = (run.folder / "data").string();
  run.setup.train.eval_every = std::nullopt;
  run.after_step = [](int64_t step) {
    if (step == 3) ::raise(SIGTERM);
  };

  const TrainResult without = run.session();
  run.after_step = {};
  put_pictures("val");
  run.setup.train.eval_every = {100, kSteps};
  const TrainResult with = run.session();

  EXPECT_EQ(without.state, RunState::kPreempted);
  EXPECT_EQ(with.state, RunState::kDone);  // that there is a validation set now is no change of the run
  EXPECT_EQ(run.metrics("eval").size(), 1U);
}

TEST(Trainer, ForgetsAnOwedEvaluationWhenNoneAreWantedAnyMore) {
  TinyRun run;
  run.progress = [](std::string_view line) {
    if (line.starts_with("evaluating")) ::raise(SIGTERM);
  };
  ASSERT_EQ(run.session().state, RunState::kPreempted);  // the steps are done, the evaluation at the end was cut short
  run.progress = nullptr;
  run.setup.train.eval_every = std::nullopt;

  const TrainResult result = run.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_TRUE(run.metrics("eval").empty());
}

TEST(Trainer, EvaluatesFromTheOffsetOn) {
  TinyRun run;
  run.setup.train.eval_every = {2, kSteps};
  run.setup.train.eval_offset = {1, kSteps};

  run.session();

  std::vector<int64_t> steps;
  for (const io::Json& line : run.metrics("eval")) steps.push_back(line.at("step"));
  EXPECT_THAT(steps, ElementsAre(3, 5, 6));  // 1 + 2, 1 + 4, the end
  EXPECT_TRUE(run.said("evaluation       every 2steps from 1step on and at the end, all 8 pictures"));
}

TEST(Trainer, ScoresTheFirstPicturesOnly) {
  TinyRun run;
  run.setup.train.eval_images = 5;

  run.session();

  ASSERT_EQ(run.metrics("eval").size(), 1U);
  EXPECT_EQ(run.metrics("eval")[0].at("val/images"), 5);
  EXPECT_EQ(io::read_json(run.dir() / "eval" / checkpoint_name(6) / "metrics.json").at("images"), 5);
  EXPECT_TRUE(run.said("only the first 5 of 8 pictures (train.eval_images)"));
  EXPECT_TRUE(run.said(" 5 images "));
}

TEST(Trainer, ScoresAllPicturesWhenMoreAreAskedForThanThereAre) {
  TinyRun run;
  run.setup.train.eval_images = 9;

  run.session();

  EXPECT_EQ(run.metrics("eval")[0].at("val/images"), 8);
  EXPECT_TRUE(run.said("at the end, all 8 pictures"));
}

TEST(Trainer, OtherPicturesToScoreAreAnotherRun) {
  TinyRun run;
  run.setup.train.steps = 2;
  run.session();
  run.setup.train.steps = 4;
  run.setup.train.eval_images = 5;  // a best top-1 of 8 pictures cannot be compared with that of 5

  const auto error = test::error_of([&] { run.session(); });

  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
  EXPECT_THAT(error->what(), HasSubstr("train.eval_images: none -> 5"));
}

TEST(Identity, TakesAnOptionThatItDoesNotKnowForOffWhenItIs) {
  Identity before, now;
  now.recipe = {{"train.eval_images", "none"}};
  EXPECT_TRUE(differences(before, now).empty());

  now.recipe = {{"train.eval_images", "5"}};
  EXPECT_THAT(differences(before, now), ElementsAre("train.eval_images: (absent) -> 5"));
}

}  // namespace
}  // namespace fovea::train
