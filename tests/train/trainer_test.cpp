#include "fovea/train/trainer.h"

#include "tests/support/errors.h"
#include "tests/train/tiny_run.h"

#include <gmock/gmock.h>

#include <chrono>

namespace fovea::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TrainerLearns : public testing::TestWithParam<Precision> {};

TEST_P(TrainerLearns, TinyDataByHeart) {
  TinyRun run;
  run.setup.data_where = "synthetic:classes=2,train=8,val=8,size=16";
  run.setup.data.flip = false;
  run.setup.data.min_area = 1;
  run.setup.train.precision = GetParam();
  run.setup.train.batch_size = 8;
  run.setup.train.steps = 20;

  run.session();

  // Eight pictures, always the same crops: ln 2 = 0.69 at the beginning, all right at the end.
  const std::vector<io::Json> lines = run.metrics("train");
  EXPECT_GT(lines.front().at("train/cross_entropy").get<double>(), 0.3);
  EXPECT_LT(lines.back().at("train/cross_entropy").get<double>(), 0.05);
  EXPECT_EQ(lines.back().at("train/top1").get<double>(), 1.0);
}

INSTANTIATE_TEST_SUITE_P(Precisions, TrainerLearns, testing::Values(Precision::kFloat32, Precision::kBFloat16),
                         [](const auto& param) { return param.param == Precision::kFloat32 ? "float32" : "bfloat16"; });

TEST(Trainer, LogsEveryStepOnceAndEndsWithTheState) {
  TinyRun run;

  const TrainResult result = run.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_EQ(result.step, 6);
  std::vector<int64_t> steps, images;
  for (const io::Json& line : run.metrics("train")) {
    steps.push_back(line.at("step"));
    images.push_back(line.at("images"));
  }
  EXPECT_THAT(steps, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(images, ElementsAre(4, 8, 12, 16, 20, 24));
  ASSERT_EQ(run.metrics("end").size(), 1U);
  EXPECT_EQ(run.metrics("end")[0].at("state"), "done");
  EXPECT_EQ(run.status().at("state"), "done");
  EXPECT_EQ(run.status().at("last_checkpoint"), "step-00000006");
}

TEST(Trainer, GivesTheScheduledRateToEachStep) {
  TinyRun run;
  run.setup.optim.schedule = optim::ScheduleKind::kPiecewise;
  run.setup.optim.lr = 0.5;
  run.setup.optim.drop_epochs = {1};
  run.setup.optim.drop_factors = {0};
  run.setup.train.save_every = {1, Interval::Unit::kSteps};
  run.setup.train.keep_last = 10;

  run.session();

  // An epoch is 4 steps: rate 0.5 for the updates 1 to 4 (TensorFlow's piecewise_constant keeps the value at the boundary itself, images
  // 16 = step index 4, so update 5 has it too), then 0: an update with rate 0 changes no weight.
  std::vector<double> rates;
  for (const io::Json& line : run.metrics("train")) rates.push_back(line.at("train/lr"));
  EXPECT_THAT(rates, ElementsAre(0.5, 0.5, 0.5, 0.5, 0.5, 0));
  const auto tensor = [&](int64_t step, std::string_view name) {
    for (const NamedTensor& row : read_tensors(load_checkpoint(run.checkpoint(step)).file("model"))) {
      if (row.name == name) return row.value;
    }
    return Tensor();
  };
  EXPECT_FALSE(tensor(4, "conv1.weight").equal(tensor(5, "conv1.weight")));
  EXPECT_TRUE(tensor(5, "conv1.weight").equal(tensor(6, "conv1.weight")));
  EXPECT_FALSE(tensor(5, "bn1.running_mean").equal(tensor(6, "bn1.running_mean")));  // statistics go on
}

TEST(Trainer, EvaluatesOnEveryStepWhenAsked) {
  TinyRun run;
  run.setup.train.eval_every = {1, Interval::Unit::kSteps};
  run.setup.train.steps = 3;

  run.session();

  std::vector<int64_t> steps;
  for (const io::Json& line : run.metrics("eval")) {
    steps.push_back(line.at("step"));
    EXPECT_EQ(line.at("val/images"), 8);
  }
  EXPECT_THAT(steps, ElementsAre(1, 2, 3));
}

TEST(Trainer, CountsSavingInAnEvaluationOnceAsTimeOfItsOwn) {
  TinyRun run;
  run.setup.train.eval_every = {2, Interval::Unit::kSteps};
  run.on_line = [](std::string_view line) {  // makes saving take longer than a step
    const auto begun = std::chrono::steady_clock::now();
    while (line.starts_with("saved") && std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(1500)) continue;
  };

  run.session();

  // The first evaluation is the best so far, so it saves. Were that taken off twice, the time of step 3 would be negative, its speed 0.
  EXPECT_GT(run.metrics("train").at(2).at("perf/img_per_s").get<double>(), 0);
}

TEST(Trainer, StopsAtTheTarget) {
  TinyRun run;
  run.setup.train.eval_every = {2, Interval::Unit::kSteps};
  run.setup.train.stop_target = 0;

  const TrainResult result = run.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_EQ(result.step, 2);
  EXPECT_THAT(result.message, HasSubstr("reached the target"));
}

TEST(Trainer, StopsWhenPatienceEnds) {
  TinyRun run;
  run.setup.optim.lr = 0;
  run.setup.model.bn_momentum = 1;  // with rate 0 nothing moves: every evaluation gives the same
  run.setup.train.eval_every = {1, Interval::Unit::kSteps};
  run.setup.train.patience = 2;

  const TrainResult result = run.session();

  EXPECT_EQ(result.step, 3);  // the first is the best; two more bring nothing better
  EXPECT_THAT(result.message, HasSubstr("2 evaluations brought no better top-1"));
  EXPECT_EQ(run.status().at("best").at("step"), 1);
}

TEST(Trainer, RefusesIntervalsThatItCannotKeep) {
  TinyRun run;
  run.setup.train.keep_every = Interval{10, Interval::Unit::kMinutes};

  const auto error = test::error_of([&] { run.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
  EXPECT_THAT(error->what(), HasSubstr("train.keep_every"));
}

TEST(Trainer, KeepsFilesOfTheRunAsDocumented) {
  TinyRun run;
  run.setup.train.eval_every = {1, Interval::Unit::kEpochs};

  run.session();

  for (const char* file :
       {"config.yaml", "command.txt", "env.json", "plan.txt", "train.log", "metrics.jsonl", "status.json", "data.json", "samples/train_batch0.png",
        "eval/step-00000004/metrics.json", "eval/step-00000006/metrics.json", "checkpoints/latest", "checkpoints/best-top1"}) {
    EXPECT_TRUE(fs::exists(run.dir() / file)) << file;
  }
  const io::Json scores = io::read_json(run.dir() / "eval/step-00000006/metrics.json");
  EXPECT_EQ(scores.at("images"), 8);
  EXPECT_EQ(scores.at("top5"), 1.0);  // two classes
  EXPECT_EQ(scores.at("raw").at("top1"), scores.at("top1"));
}

}  // namespace
}  // namespace fovea::train
