#include "fovea/train/checkpoint_compare.h"

#include "tests/train/checkpoint_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace fovea::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using CheckpointDifferences = RunDirectory;
using CheckpointAverages = RunDirectory;

TEST_F(CheckpointDifferences, AreNoneBetweenEqualOnes) {
  const CheckpointDifference difference = checkpoint_difference(save(1), save(2));

  EXPECT_TRUE(difference.same_tensors());
  EXPECT_EQ(difference.tensors.size(), 3U);
  EXPECT_THAT(difference.recipe_changes, IsEmpty());
}

TEST_F(CheckpointDifferences, TellHowFarATensorMoved) {
  const CheckpointDifference difference = checkpoint_difference(save(1, 1.5), save(2, -0.5));

  EXPECT_FALSE(difference.same_tensors());
  ASSERT_EQ(difference.tensors.size(), 3U);
  EXPECT_EQ(difference.tensors[0].name, "bn1.num_batches_tracked");
  EXPECT_EQ(difference.tensors[0].different, 0);
  EXPECT_EQ(difference.tensors[1].name, "conv1.weight");
  EXPECT_EQ(difference.tensors[1].elements, 6);
  EXPECT_EQ(difference.tensors[1].different, 6);
  EXPECT_EQ(difference.tensors[1].max_abs, 2.0);  // 1.5 - -0.5
}

TEST_F(CheckpointDifferences, TreatNotANumberAsItself) {
  CheckpointContents contents = small_contents(1);
  contents.model = {{"w", at::tensor({std::numeric_limits<float>::quiet_NaN(), 1.0F})}};
  const fs::path first = write_checkpoint(run_, contents);
  contents.step = 2;
  contents.state["step"] = 2;
  const fs::path second = write_checkpoint(run_, contents);
  contents.step = 3;
  contents.state["step"] = 3;
  contents.model = {{"w", at::tensor({0.0F, 1.0F})}};
  const fs::path third = write_checkpoint(run_, contents);

  EXPECT_TRUE(checkpoint_difference(first, second).same_tensors());
  EXPECT_EQ(checkpoint_difference(first, third).tensors[0].different, 1);
  EXPECT_EQ(checkpoint_difference(first, third).tensors[0].max_abs, std::numeric_limits<double>::infinity());
}

TEST_F(CheckpointDifferences, NameWhatOneSideLacksAndWhatTheRecipeChanged) {
  const fs::path first = save(1);
  CheckpointContents contents = small_contents(2);
  contents.model = {{"fc.bias", at::zeros({5})}, {"extra", at::zeros({1})}};
  contents.state["recipe"] = {{"optim.lr", "0.2"}, {"train.seed", "1"}};
  const fs::path second = write_checkpoint(run_, contents);

  const CheckpointDifference difference = checkpoint_difference(first, second);

  EXPECT_FALSE(difference.same_tensors());
  EXPECT_THAT(difference.only_first, ElementsAre("bn1.num_batches_tracked", "conv1.weight"));
  EXPECT_THAT(difference.only_second, ElementsAre("extra"));
  EXPECT_THAT(difference.shape_differs, ElementsAre("fc.bias: [4] and [5]"));
  EXPECT_THAT(difference.recipe_changes, ElementsAre("optim.lr: 0.1 -> 0.2", "train.seed: (absent) -> 1"));
}

TEST_F(CheckpointAverages, HoldTheMeanAndTheNewestState) {
  const std::vector<fs::path> folders{save(3, 4.0), save(1, 1.0), save(2, 1.0)};

  average_checkpoints(folders, run_ / "averaged");

  const Checkpoint average = load_checkpoint(run_ / "averaged");
  const std::vector<NamedTensor> tensors = read_tensors(average.file("model"));
  EXPECT_EQ(average.step, 3);
  EXPECT_EQ(average.state["images"], 96);  // 3 * 32
  EXPECT_EQ(average.state["averaged"].size(), 3U);
  EXPECT_FALSE(average.has("optim"));
  EXPECT_FALSE(average.has("ema"));
  EXPECT_EQ(tensors[0].value.item<int64_t>(), 7);            // a count is not averaged
  EXPECT_TRUE(tensors[1].value.eq(2.0).all().item<bool>());  // (4 + 1 + 1) / 3
  EXPECT_TRUE(tensors[2].value.equal(at::arange(4, at::kFloat)));
}

TEST_F(CheckpointAverages, AverageTheAveragedWeightsWhereAllHaveThem) {
  CheckpointContents contents = small_contents(1);
  contents.ema = {{"w", at::full({1}, 1.0)}};
  const fs::path first = write_checkpoint(run_, contents);
  contents.step = 2;
  contents.state["step"] = 2;
  contents.ema = {{"w", at::full({1}, 2.0)}};
  const fs::path second = write_checkpoint(run_, contents);

  average_checkpoints(std::vector{first, second}, run_ / "averaged/");

  EXPECT_EQ(read_tensors(load_checkpoint(run_ / "averaged").file("ema"))[0].value.item<float>(), 1.5F);
}

TEST_F(CheckpointAverages, RefuseWhatDoesNotBelongTogether) {
  const fs::path first = save(1);
  CheckpointContents contents = small_contents(2);
  contents.state["num_outputs"] = 5;
  const fs::path other_classes = write_checkpoint(run_, contents);
  contents = small_contents(3);
  contents.model[1].name = "fc.weight";
  const fs::path other_names = write_checkpoint(run_, contents);
  const auto average = [&](const std::vector<fs::path>& folders) { return [=, this] { average_checkpoints(folders, run_ / "averaged"); }; };

  EXPECT_EQ(code_of(average({first})), ErrorCode::kUsage);
  EXPECT_EQ(code_of(average({first, other_classes})), ErrorCode::kData);
  EXPECT_THAT(message_of(average({first, other_classes})), HasSubstr("with 5 outputs"));
  EXPECT_THAT(message_of(average({first, other_names})), HasSubstr("1 missing (fc.weight); 1 unexpected (fc.bias)"));
  EXPECT_FALSE(fs::exists(run_ / "averaged"));
}

TEST_F(CheckpointAverages, NeverReplaceWhatIsThere) {
  const std::vector<fs::path> folders{save(1, 1.0), save(2, 2.0)};

  EXPECT_EQ(code_of([&] { average_checkpoints(folders, folders[0]); }), ErrorCode::kCannotCreate);

  EXPECT_EQ(first_weight(folders[0]), 1.0F);
}

}  // namespace
}  // namespace fovea::train
