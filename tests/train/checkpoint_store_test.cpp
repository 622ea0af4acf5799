#include "fovea/train/checkpoint_store.h"

#include "tests/train/checkpoint_fixture.h"
#include "tests/train/failing_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointStore : public RunDirectory {
 protected:
  void save_steps(const std::vector<int64_t>& steps) {
    for (const int64_t step : steps) save(step);
  }
  void damage(int64_t step) { write_atomically(run_ / "checkpoints" / checkpoint_name(step) / "state.json", std::string_view("{}")); }
  void measure(int64_t step, double top1) {
    make_directories(run_ / "eval" / checkpoint_name(step));
    write_atomically(run_ / "eval" / checkpoint_name(step) / "metrics.json", fmt::format(R"({{"step": {}, "top1": {}}})", step, top1));
  }
  [[nodiscard]] std::vector<int64_t> steps() const {
    std::vector<int64_t> found;
    for (const CheckpointInfo& info : list_checkpoints(run_)) found.push_back(info.step);
    return found;
  }
};

TEST_F(CheckpointStore, OfANewRunIsEmpty) {
  EXPECT_THAT(list_checkpoints(run_), IsEmpty());
  EXPECT_FALSE(latest_checkpoint(run_).folder);
  EXPECT_FALSE(best_checkpoint(run_));
  EXPECT_EQ(clear_up_checkpoints(run_), 0);
  EXPECT_THAT(prune_checkpoints(run_, {}), IsEmpty());
}

TEST_F(CheckpointStore, ListsOldestFirstWithFacts) {
  save_steps({20, 3});
  measure(3, 0.25);
  mark_best(run_, 3, "top1");

  const std::vector<CheckpointInfo> list = list_checkpoints(run_);

  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].step, 3);
  EXPECT_EQ(list[0].images, 96);  // 3 * 32
  EXPECT_EQ(list[0].model, "resnet18");
  EXPECT_EQ(list[0].num_outputs, 4);
  EXPECT_EQ(list[0].score, 0.25);
  EXPECT_TRUE(list[0].is_best);
  EXPECT_TRUE(list[0].is_latest);  // written last
  EXPECT_GT(list[0].bytes, 0);
  EXPECT_EQ(list[1].step, 20);
  EXPECT_EQ(list[1].score, std::nullopt);
  EXPECT_FALSE(list[1].is_best);
}

TEST_F(CheckpointStore, MarksAFileThatWasCut) {
  save_steps({1, 2});
  fs::resize_file(run_ / "checkpoints/step-00000001/model.safetensors", 100);

  const std::vector<CheckpointInfo> list = list_checkpoints(run_);

  EXPECT_FALSE(list[0].has_its_bytes);
  EXPECT_TRUE(list[1].has_its_bytes);
}

TEST_F(CheckpointStore, KnowsTheLengthOfTheRunInEpochs) {
  CheckpointContents contents = small_contents(5);
  contents.state["recipe"] = {{"train.epochs", "20"}, {"train.steps", "none"}};
  write_checkpoint(run_, contents);
  contents = small_contents(6);
  contents.state["recipe"] = {{"train.epochs", "20"}, {"train.steps", "9"}};
  write_checkpoint(run_, contents);

  const std::vector<CheckpointInfo> list = list_checkpoints(run_);

  EXPECT_EQ(list[0].epochs, 20);
  EXPECT_EQ(list[1].epochs, std::nullopt);
}

TEST_F(CheckpointStore, TakesTheScoreFromTheStateWhenItIsOfThisStep) {
  CheckpointContents contents = small_contents(5);
  contents.state["best"] = {{"metric", "top1"}, {"value", 0.5}, {"step", 5}};
  write_checkpoint(run_, contents);
  contents = small_contents(6);
  contents.state["best"] = {{"metric", "top1"}, {"value", 0.5}, {"step", 5}};
  write_checkpoint(run_, contents);

  const std::vector<CheckpointInfo> list = list_checkpoints(run_);

  EXPECT_EQ(list[0].score, 0.5);
  EXPECT_EQ(list[1].score, std::nullopt);
}

TEST_F(CheckpointStore, LatestPassesOverDamagedAndHalfOnes) {
  save_steps({1, 2, 3, 4});
  damage(3);
  fs::remove(run_ / "checkpoints/step-00000004/manifest.json");

  const LatestCheckpoint latest = latest_checkpoint(run_);

  ASSERT_TRUE(latest.folder);
  EXPECT_EQ(latest.folder->filename(), "step-00000002");
  ASSERT_EQ(latest.damaged.size(), 2U);
  EXPECT_EQ(latest.damaged[0].folder.filename(), "step-00000004");
  EXPECT_THAT(latest.damaged[0].problems, ElementsAre(HasSubstr("manifest.json: is missing")));
  EXPECT_EQ(latest.damaged[1].folder.filename(), "step-00000003");
  EXPECT_THAT(latest.damaged[1].problems, ElementsAre(HasSubstr("state.json: has 2 bytes")));
}

TEST_F(CheckpointStore, PointersToNothingOrElsewhereAreNotFollowed) {
  save_steps({1});
  mark_best(run_, 9, "top1");
  EXPECT_FALSE(best_checkpoint(run_));

  write_atomically(run_ / "checkpoints/best-top1", std::string_view("../step-00000001"));
  EXPECT_FALSE(best_checkpoint(run_));

  mark_best(run_, 1, "top1");
  EXPECT_EQ(best_checkpoint(run_), run_ / "checkpoints/step-00000001");
}

TEST_F(CheckpointStore, ClearingUpRemovesWhatIsTemporary) {
  save_steps({1});
  make_directories(run_ / "checkpoints/.tmp-step-00000002");
  write_atomically(run_ / "checkpoints/.tmp-step-00000002/model.safetensors", std::string_view("half"));
  OutputFile(run_ / "checkpoints/latest.tmp-123").write("step");

  EXPECT_EQ(clear_up_checkpoints(run_), 2);

  EXPECT_THAT(names_in_store(), ElementsAre("latest", "step-00000001"));
}

TEST_F(CheckpointStore, ClearingUpPutsBackWhatWasBeingReplaced) {
  save_steps({1});
  fs::rename(run_ / "checkpoints/step-00000001", run_ / "checkpoints/.replaced-step-00000001");

  EXPECT_EQ(clear_up_checkpoints(run_), 1);

  EXPECT_THAT(verify_checkpoint(run_ / "checkpoints/step-00000001"), IsEmpty());
}

TEST_F(CheckpointStore, PruningKeepsTheLastTheBestAndMilestones) {
  save_steps({10, 20, 30, 40, 50, 60, 70});
  measure(20, 0.9);
  measure(50, 0.8);
  mark_best(run_, 20, "top1");

  const std::vector<fs::path> removed = prune_checkpoints(run_, {.last = 2, .best = 1, .every_steps = 35});

  // last: 60, 70; best: 20; first at or after 35: 40, at or after 70: 70
  EXPECT_THAT(steps(), ElementsAre(20, 40, 60, 70));
  EXPECT_THAT(removed, ElementsAre(run_ / "checkpoints/step-00000010", run_ / "checkpoints/step-00000030", run_ / "checkpoints/step-00000050"));
}

TEST_F(CheckpointStore, PruningAgainRemovesNothingMore) {
  save_steps({10, 20, 30, 40, 50, 60, 70});
  prune_checkpoints(run_, {.last = 1, .best = 0, .every_steps = 35});

  EXPECT_THAT(prune_checkpoints(run_, {.last = 1, .best = 0, .every_steps = 35}), IsEmpty());

  EXPECT_THAT(steps(), ElementsAre(40, 70));
}

TEST_F(CheckpointStore, PruningKeepsSeveralBestOnesAndAlwaysTheNamedOne) {
  save_steps({10, 20, 30, 40, 50});
  measure(10, 0.5);
  measure(20, 0.7);
  measure(30, 0.7);
  measure(40, 0.6);
  mark_best(run_, 10, "top1");

  prune_checkpoints(run_, {.last = 1, .best = 2});

  EXPECT_THAT(steps(), ElementsAre(10, 20, 30, 50));
}

TEST_F(CheckpointStore, PruningKeepsAtLeastTheNewest) {
  save_steps({10, 20});

  prune_checkpoints(run_, {.last = 0, .best = 0});

  EXPECT_THAT(steps(), ElementsAre(20));
}

TEST_F(CheckpointStore, PruningRemovesNothingWhileTheNewestIsDamaged) {
  save_steps({10, 20, 30, 40});
  damage(40);

  EXPECT_THAT(prune_checkpoints(run_, {.last = 1, .best = 0}), IsEmpty());

  EXPECT_TRUE(fs::exists(run_ / "checkpoints/step-00000010/manifest.json"));
}

TEST_F(CheckpointStore, PruningThatFailsLeavesWholeCheckpoints) {
  save_steps({10, 20});
  {
    const test::FailingCall failing(1);
    EXPECT_EQ(code_of([&] { prune_checkpoints(run_, {.last = 1, .best = 0}); }), ErrorCode::kIo);
  }

  EXPECT_THAT(verify_checkpoint(run_ / "checkpoints/step-00000010"), IsEmpty());
}

}  // namespace
}  // namespace fovea::train
