// Losses that are not finite, and disks that are full.
#include "fovea/train/trainer.h"

#include "fovea/image/decode.h"
#include "fovea/image/image.h"

#include "tests/support/errors.h"
#include "tests/train/tiny_run.h"

#include <gmock/gmock.h>

#include <sys/resource.h>

namespace fovea::train {
namespace {

using testing::HasSubstr;

/// Fifteen black pictures and a white one. With mean 0 and a deviation of 1e-37 black stays 0, while white, 255e37, is beyond float32's 3.4e38:
/// only the batch with the white picture has a loss that is not finite.
class NotFinite : public testing::Test {
 protected:
  NotFinite() {
    for (const char* split : {"train", "val"}) {
      for (int i = 0; i < 16; ++i) {
        const fs::path folder = run_.folder / "data" / split / (i % 2 == 0 ? "even" : "odd");
        make_directories(folder);
        const bool is_white = i == 8 && std::string(split) == "train";
        image::Image picture(16, 16);
        std::fill(picture.pixels.begin(), picture.pixels.end(), is_white ? uint8_t{255} : uint8_t{0});
        write_atomically(folder / fmt::format("{:02}{}.jpg", i, is_white ? "-white" : ""), std::span<const std::byte>(image::encode_jpeg(picture, 95)));
      }
    }
    run_.setup.data_where = (run_.folder / "data").string();
    run_.setup.data.mean = {0, 0, 0};
    run_.setup.data.std = {1e-37, 1e-37, 1e-37};
    run_.setup.train.steps = kStepsPerEpoch;  // every picture once
    run_.setup.train.save_every = {1, Interval::Unit::kSteps};
    run_.setup.train.keep_last = 10;
  }

  TinyRun run_;
};

TEST_F(NotFinite, StopsAndNamesLayerAndPictures) {
  const auto error = test::error_of([&] { run_.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kDiverged);
  EXPECT_THAT(error->what(), HasSubstr("the first layer with values that are not finite is "));
  EXPECT_THAT(error->what(), HasSubstr("08-white.jpg"));
  EXPECT_EQ(run_.status().at("state"), "diverged");
  EXPECT_EQ(run_.status().at("exit_code"), 80);
  EXPECT_EQ(run_.metrics("end").at(0).at("state"), "diverged");
}

TEST_F(NotFinite, LooksForTheCauseInThePassesOfTheStep) {
  run_.setup.train.micro_batch = 2;

  const std::string message = test::message_of([&] { run_.session(); });

  EXPECT_THAT(message, HasSubstr("(output [2, "));  // the batch has 4
  const size_t list = message.find("pictures of the batch (4): "), white = message.find("08-white.jpg");
  ASSERT_NE(list, std::string::npos) << message;
  ASSERT_NE(white, std::string::npos) << message;
  // Batch statistics spread what is not finite over a pass, so one of the first two pictures named is the white one.
  const std::string before = message.substr(list, white - list);
  EXPECT_LE(std::count(before.begin(), before.end(), ','), 1) << message;
}

TEST_F(NotFinite, SkipsTheUpdateAndKeepsStatistics) {
  run_.setup.train.on_nonfinite = OnNonFinite::kSkip;
  run_.setup.train.steps = 2 * kStepsPerEpoch;

  const TrainResult result = run_.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_EQ(result.step, 8);
  const std::vector<int64_t> bad = run_.state(8).at("passed_over");
  ASSERT_EQ(bad.size(), 2U);                     // once an epoch; in the second one there is a checkpoint before it
  for (const char* part : {"model", "optim"}) {  // as tensors: the files name their step
    const std::vector<NamedTensor> before = read_tensors(load_checkpoint(run_.checkpoint(bad[1])).file(part));
    const std::vector<NamedTensor> after = read_tensors(load_checkpoint(run_.checkpoint(bad[1] + 1)).file(part));
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].value.equal(after[i].value)) << before[i].name;
  }
}

TEST_F(NotFinite, GoesBackAndPassesOverTheBatch) {
  run_.setup.train.on_nonfinite = OnNonFinite::kRollback;
  run_.setup.train.save_every = {2, Interval::Unit::kSteps};
  run_.setup.train.steps = 12;

  const TrainResult result = run_.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_EQ(result.step, 12);
  EXPECT_TRUE(run_.said("going back to step-"));
  EXPECT_THAT(read_text(run_.dir() / "metrics.jsonl"), HasSubstr("\"event\":\"rollback\""));
  EXPECT_EQ(run_.state(12).at("passed_over").size(), 3U);  // once an epoch
  std::vector<int64_t> steps;
  for (const io::Json& line : run_.metrics("train")) steps.push_back(line.at("step"));
  EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end()));
  EXPECT_EQ(steps.size(), 9U);  // 12 without the three
}

TEST_F(NotFinite, KeepsStatisticsWhenThereIsNothingToGoBackTo) {
  run_.setup.train.on_nonfinite = OnNonFinite::kRollback;
  run_.setup.train.save_every = {100, Interval::Unit::kEpochs};

  run_.session();

  ASSERT_TRUE(run_.said("the update is left out"));
  for (const NamedTensor& row : read_tensors(load_checkpoint(run_.checkpoint(4)).file("model"))) {
    ASSERT_TRUE(row.value.isfinite().all().item<bool>()) << row.name;
  }
}

TEST_F(NotFinite, GivesUpAfterTooMany) {
  run_.setup.train.on_nonfinite = OnNonFinite::kSkip;
  run_.setup.train.max_nonfinite = 1;
  run_.setup.train.steps = 2 * kStepsPerEpoch;

  const auto error = test::error_of([&] { run_.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kDiverged);
}

TEST(Divergence, NeverSavesDamagedWeights) {
  TinyRun run;
  run.setup.optim.lr = 1e39;  // beyond float32: the first update gives weights that are not finite, after a loss that is
  run.setup.train.steps = 1;

  const auto error = test::error_of([&] { run.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kDiverged);
  EXPECT_THAT(error->what(), HasSubstr("not finite"));
  EXPECT_FALSE(fs::exists(run.checkpoint(1)));
}

/// While it lives, no file of this process can grow beyond a mebibyte: checkpoints cannot be written, figures can.
class SmallFilesOnly {
 public:
  SmallFilesOnly() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = 1 << 20;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFilesOnly() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  SmallFilesOnly(const SmallFilesOnly&) = delete;
  SmallFilesOnly& operator=(const SmallFilesOnly&) = delete;

 private:
  rlimit before_{};
};

/// A run that saves after every step, on a disk that is full from the second step on.
class FullDisk : public testing::Test {
 protected:
  FullDisk() {
    run_.setup.train.save_every = {1, Interval::Unit::kSteps};
    run_.after_step = [this](int64_t step) {
      if (step == 2) full_.emplace();
      if (step == free_again_after_) full_.reset();
    };
  }

  TinyRun run_;
  std::optional<SmallFilesOnly> full_;
  int64_t free_again_after_ = -1;  // never
};

TEST_F(FullDisk, DoesNotStopTraining) {
  free_again_after_ = 4;

  const TrainResult result = run_.session();

  EXPECT_EQ(result.state, RunState::kDone);
  EXPECT_TRUE(run_.said("warning: saving step 2 failed, training goes on and the next save tries again (1 of 5)"));
  EXPECT_TRUE(run_.said("warning: saving step 3 failed, training goes on and the next save tries again (2 of 5)"));
  EXPECT_TRUE(run_.said("saved step-00000004"));
}

TEST_F(FullDisk, EndsTheRunAfterFiveTriesAndNamesTheLastGoodCheckpoint) {
  run_.setup.train.steps = 8;

  const auto error = test::error_of([&] { run_.session(); });
  full_.reset();

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kIo);
  EXPECT_THAT(error->what(), HasSubstr("saving failed 5 times in a row"));
  EXPECT_THAT(error->what(), HasSubstr("the last good checkpoint is step-00000001"));
  EXPECT_EQ(run_.status().at("state"), "failed");
  EXPECT_EQ(run_.status().at("exit_code"), 74);
  run_.after_step = {};
  EXPECT_EQ(run_.session().state, RunState::kDone);  // with space again, the same command goes on
}

}  // namespace
}  // namespace fovea::train
