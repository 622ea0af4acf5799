#include "fovea/train/trainer.h"

#include "fovea/train/plan.h"

#include "tests/support/errors.h"
#include "tests/train/tiny_run.h"

#include <gmock/gmock.h>

#include <chrono>
#include <memory>

namespace fovea::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

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

/// 64 pictures in batches of 16: four steps an epoch, 20 in all.
PlanInput five_epochs() {
  PlanInput input;
  input.train_images = 64;
  input.validation_images = 8;
  input.num_outputs = 2;
  input.model = {.name = "resnet18", .stem = model::Stem::kSmall};
  input.data.image_size = 32;
  input.optim.lr_batch = 0;
  input.optim.warmup_epochs = 0;
  input.optim.schedule = optim::ScheduleKind::kConstant;
  input.train.epochs = 5;
  input.train.batch_size = 16;
  input.train.keep_last = 2;
  input.train.keep_best = 1;
  return input;
}

Plan plan_of(const PlanInput& input) {
  const std::unique_ptr<model::Model> network = model::make_model(input.model, {.num_outputs = input.num_outputs});
  return make_plan(input, *network);
}

TEST(Plan, CountsNoActivationsForTheHostBesideADevice) {
  PlanInput input = five_epochs();
  const Plan on_host = plan_of(input);

  input.on_device = true;
  const Plan whole_batches = plan_of(input);
  input.train.micro_batch = 1;
  const Plan single_pictures = plan_of(input);

  EXPECT_LT(whole_batches.memory_bytes, on_host.memory_bytes);
  EXPECT_EQ(whole_batches.memory_bytes, single_pictures.memory_bytes);
  EXPECT_THAT(whole_batches.text, HasSubstr("what the device holds is not counted"));
  EXPECT_THAT(on_host.text, Not(HasSubstr("device")));
}

TEST(Plan, RefusesBatchesThatTheHostCannotLoadForADevice) {
  test::TemporaryFolder folder;
  PlanInput input = five_epochs();
  input.on_device = true;
  input.train_images = 2'000'000'000;
  input.train.batch_size = 1'000'000'000;  // of 3 KiB each, four times: 12 TB
  const Plan plan = plan_of(input);

  const auto error = test::error_of([&] { check_fit(plan, input, folder / "run"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMemory);
  EXPECT_THAT(error->what(), HasSubstr("of host memory"));
  EXPECT_THAT(error->advice(), HasSubstr("--batch-size"));
}

TEST(Plan, CountsCheckpointsThatAreNeverRemoved) {
  PlanInput input = five_epochs();
  const Plan plain = plan_of(input);

  input.train.keep_every = Interval{1, Interval::Unit::kEpochs};
  const Plan keeping = plan_of(input);

  // The last 2, the best, one in the making; and one for each of the 5 epochs.
  EXPECT_DOUBLE_EQ(plain.disk_bytes / plain.checkpoint_bytes, 4);
  EXPECT_DOUBLE_EQ(keeping.disk_bytes / keeping.checkpoint_bytes, 9);
}

TEST(Plan, CountsNoMoreCheckpointsThanAreMade) {
  PlanInput input = five_epochs();
  input.train.keep_every = Interval{1, Interval::Unit::kSteps};

  const Plan plan = plan_of(input);

  // Not 20: at most one after each of 5 epochs, one after each of 5 evaluations, one at the end; and the 4 that are counted anyway.
  EXPECT_DOUBLE_EQ(plan.disk_bytes / plan.checkpoint_bytes, 15);
}

}  // namespace
}  // namespace fovea::train
