#include "fovea/train/checkpoint.h"

#include "fovea/base/file.h"
#include "fovea/train/checkpoint_store.h"
#include "tests/train/checkpoint_fixture.h"
#include "tests/train/failing_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace fovea::train {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using CheckpointFolder = RunDirectory;

TEST(CheckpointName, HasEightDigits) {
  EXPECT_EQ(checkpoint_name(7360), "step-00007360");
  EXPECT_EQ(step_of_name("step-00007360"), 7360);
  EXPECT_EQ(step_of_name("step-123456789"), 123456789);
}

TEST(CheckpointName, OtherNamesHaveNoStep) {
  EXPECT_EQ(step_of_name("step-7360"), std::nullopt);
  EXPECT_EQ(step_of_name("step--0000001"), std::nullopt);
  EXPECT_EQ(step_of_name(".tmp-step-00007360"), std::nullopt);
  EXPECT_EQ(step_of_name("step-00007360x"), std::nullopt);
}

TEST_F(CheckpointFolder, HasTheFilesOfAWholeOneAndLatestNamesIt) {
  const fs::path folder = save(7);

  EXPECT_EQ(folder, run_ / "checkpoints/step-00000007");
  EXPECT_THAT(names_in_store(), ElementsAre("latest", "step-00000007"));
  EXPECT_EQ(read_text(run_ / "checkpoints/latest"), "step-00000007\n");
  EXPECT_TRUE(fs::exists(folder / "model.safetensors"));
  EXPECT_TRUE(fs::exists(folder / "optim.safetensors"));
  EXPECT_FALSE(fs::exists(folder / "ema.safetensors"));
  EXPECT_TRUE(fs::exists(folder / "state.json"));
  EXPECT_THAT(verify_checkpoint(folder), IsEmpty());
}

TEST_F(CheckpointFolder, ManifestTellsSizesChecksumsAndTheModel) {
  const Checkpoint checkpoint = load_checkpoint(save(7));

  EXPECT_EQ(checkpoint.manifest["format"], 1);
  EXPECT_EQ(checkpoint.manifest["step"], 7);
  EXPECT_EQ(checkpoint.manifest["model"], "resnet18");
  EXPECT_EQ(checkpoint.manifest["num_outputs"], 4);
  EXPECT_EQ(checkpoint.manifest["files"][0]["name"], "model.safetensors");
  EXPECT_EQ(checkpoint.manifest["files"][0]["bytes"], fs::file_size(checkpoint.folder / "model.safetensors"));
  // CRC-32C of the bytes of four float32 0, 1, 2, 3: a bit-by-bit program in Python (polynomial 0x82F63B78)
  EXPECT_EQ(checkpoint.manifest["tensors"]["model.safetensors"]["fc.bias"], "515dc834");
  EXPECT_EQ(checkpoint.state["images"], 224);  // 7 * 32
}

TEST_F(CheckpointFolder, GivesTheTensorsBackBitByBit) {
  CheckpointContents contents = small_contents(3);
  contents.model[0].value = at::arange(6, at::kFloat).view({2, 3, 1, 1}).div(7);
  const fs::path folder = write_checkpoint(run_, contents);
  const Tensor weight = at::zeros({2, 3, 1, 1}), bias = at::zeros({4}), count = at::zeros({}, at::kLong);

  restore_tensors(load_checkpoint(folder).file("model"),
                  std::vector<NamedTensor>{{"conv1.weight", weight}, {"fc.bias", bias}, {"bn1.num_batches_tracked", count}});

  EXPECT_TRUE(weight.equal(contents.model[0].value));
  EXPECT_TRUE(bias.equal(contents.model[1].value));
  EXPECT_EQ(count.item<int64_t>(), 7);
}

TEST_F(CheckpointFolder, HoldsChannelsLastTensorsRowMajor) {
  CheckpointContents contents = small_contents(3);
  const Tensor plain = at::arange(16, at::kFloat).view({1, 4, 2, 2});
  contents.model = {{"w", plain.contiguous(at::MemoryFormat::ChannelsLast)}};
  const fs::path folder = write_checkpoint(run_, contents);

  const io::SafetensorsFile file = load_checkpoint(folder).file("model");
  std::vector<float> values(16);
  file.read(file.tensors().at("w"), std::as_writable_bytes(std::span(values)));

  EXPECT_THAT(values, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

TEST_F(CheckpointFolder, WidensBFloat16) {
  CheckpointContents contents = small_contents(3);
  contents.ema = {{"w", at::full({1}, 1.5).to(at::kBFloat16)}};
  const Checkpoint checkpoint = load_checkpoint(write_checkpoint(run_, contents));

  EXPECT_TRUE(checkpoint.has("ema"));
  EXPECT_EQ(checkpoint.file("ema").tensors().at("w").type, io::TensorType::kF32);
  EXPECT_EQ(read_tensors(checkpoint.file("ema"))[0].value.item<float>(), 1.5F);
}

TEST_F(CheckpointFolder, RestoresIntoLiveWeightsOfAnotherMemoryFormat) {
  CheckpointContents contents = small_contents(3);
  contents.model = {{"w", at::arange(16, at::kFloat).view({1, 4, 2, 2})}};
  const Checkpoint checkpoint = load_checkpoint(write_checkpoint(run_, contents));
  Tensor live = at::zeros({1, 4, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast);
  live.set_requires_grad(true);

  restore_tensors(checkpoint.file("model"), std::vector<NamedTensor>{{"w", live}});

  EXPECT_TRUE(live.detach().equal(contents.model[0].value));
  EXPECT_TRUE(live.is_leaf());
  EXPECT_TRUE(live.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST_F(CheckpointFolder, OfTheSameStepIsReplaced) {
  save(7, 1.0);

  const fs::path folder = save(7, 2.0);

  EXPECT_EQ(first_weight(folder), 2.0F);
  EXPECT_THAT(names_in_store(), ElementsAre("latest", "step-00000007"));
}

// ---- what does not fit

TEST_F(CheckpointFolder, RestoreNamesEveryMismatchAndCopiesNothing) {
  const Checkpoint checkpoint = load_checkpoint(save(7));
  const Tensor bias = at::full({5}, -1.0);
  const std::vector<NamedTensor> rows{{"fc.bias", bias}, {"fc.weight", at::zeros({1})}};

  const std::string message = message_of([&] { restore_tensors(checkpoint.file("model"), rows); });

  EXPECT_THAT(message, HasSubstr("1 missing (fc.weight)"));
  EXPECT_THAT(message, HasSubstr("1 unexpected (conv1.weight)"));
  EXPECT_THAT(message, HasSubstr("1 of another shape or type (fc.bias: [4] in the file, [5] expected)"));
  EXPECT_THAT(message, Not(HasSubstr("num_batches_tracked")));
  EXPECT_EQ(bias[0].item<float>(), -1.0F);
}

TEST_F(CheckpointFolder, RestoreListsEightMismatchesAndCountsTheRest) {
  const Checkpoint checkpoint = load_checkpoint(save(7));
  std::vector<NamedTensor> rows{{"conv1.weight", at::zeros({2, 3, 1, 1})}, {"fc.bias", at::zeros({4})}};
  for (int i = 0; i < 11; ++i) rows.push_back({fmt::format("extra{}", i), at::zeros({1})});

  const std::string message = message_of([&] { restore_tensors(checkpoint.file("model"), rows); });

  EXPECT_THAT(message, HasSubstr("11 missing (extra0, extra1, extra2, extra3, extra4, extra5, extra6, extra7, and 3 more)"));
}

TEST_F(CheckpointFolder, RestoreTellsWholeNumbersFromOthers) {
  const Checkpoint checkpoint = load_checkpoint(save(7));
  const std::vector<NamedTensor> rows{{"conv1.weight", at::zeros({2, 3, 1, 1})}, {"fc.bias", at::zeros({4}, at::kLong)}};

  const std::string message = message_of([&] { restore_tensors(checkpoint.file("model"), rows); });

  EXPECT_THAT(message, HasSubstr("fc.bias: Float in the file, Long expected"));
}

TEST_F(CheckpointFolder, LoadingWhatIsNotThereOrForeignSaysSo) {
  make_directories(run_ / "other");
  write_atomically(run_ / "other/model.safetensors", std::string_view("x"));

  EXPECT_EQ(code_of([&] { load_checkpoint(run_ / "nothing"); }), ErrorCode::kMissing);
  EXPECT_EQ(code_of([&] { load_checkpoint(run_ / "other"); }), ErrorCode::kData);
  EXPECT_THAT(message_of([&] { load_checkpoint(run_ / "other"); }),
              HasSubstr("manifest.json: is missing; writing was cut short, or this is no checkpoint of ours"));
}

TEST_F(CheckpointFolder, HasNoPartThatWasNotWritten) {
  const Checkpoint checkpoint = load_checkpoint(save(7));

  EXPECT_FALSE(checkpoint.has("ema"));
  EXPECT_EQ(code_of([&] { (void)checkpoint.file("ema"); }), ErrorCode::kMissing);
}

TEST_F(CheckpointFolder, UnderAnotherStepsNameIsRefused) {
  fs::rename(save(7), run_ / "checkpoints/step-00000008");

  EXPECT_THAT(verify_checkpoint(run_ / "checkpoints/step-00000008"), ElementsAre("state.json: step is 7, the folder's name says 8"));
}

TEST_F(CheckpointFolder, OfANewerFormatIsRefused) {
  const fs::path folder = save(7);
  io::Json manifest = io::read_json(folder / "manifest.json");
  manifest["format"] = 2;
  write_atomically(folder / "manifest.json", manifest.dump());

  EXPECT_THAT(verify_checkpoint(folder), ElementsAre("manifest.json: format 2 is not known, expected 1"));
}

TEST_F(CheckpointFolder, ManifestCannotNameFilesElsewhere) {
  const fs::path folder = save(7);
  io::Json manifest = io::read_json(folder / "manifest.json");
  manifest["files"].push_back({{"name", "../latest"}, {"bytes", 14}, {"xxh3", ""}});
  write_atomically(folder / "manifest.json", manifest.dump());

  EXPECT_THAT(verify_checkpoint(folder), ElementsAre("manifest.json: lists \"../latest\", which no checkpoint has"));
}

// ---- damage

class DamagedCheckpoints : public RunDirectory, public testing::WithParamInterface<const char*> {};

TEST_P(DamagedCheckpoints, AreFoundForEveryFlippedBit) {
  const fs::path file = save(7) / GetParam();
  const std::vector<std::byte> whole = read_bytes(file);

  int64_t unnoticed = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> flipped = whole;
    flipped[i] ^= static_cast<std::byte>(1 << (i % 8));
    OutputFile(file).write(flipped);
    unnoticed += verify_checkpoint(file.parent_path()).empty() ? 1 : 0;
  }

  EXPECT_EQ(unnoticed, 0);
}

TEST_P(DamagedCheckpoints, AreFoundForEveryLength) {
  const fs::path file = save(7) / GetParam();
  const std::vector<std::byte> whole = read_bytes(file);

  int64_t unnoticed = 0;
  // the manifest's last byte is a line end that carries nothing
  for (size_t length = 0; length + 1 < whole.size(); ++length) {
    OutputFile(file).write(std::span(whole).first(length));
    unnoticed += verify_checkpoint(file.parent_path()).empty() ? 1 : 0;
  }

  EXPECT_EQ(unnoticed, 0);
}

TEST_P(DamagedCheckpoints, AreFoundWhenTheFileIsGone) {
  const fs::path file = save(7) / GetParam();
  fs::remove(file);

  EXPECT_THAT(verify_checkpoint(file.parent_path()), ElementsAre(HasSubstr("is missing")));
}

INSTANTIATE_TEST_SUITE_P(File, DamagedCheckpoints, testing::Values("model.safetensors", "optim.safetensors", "state.json", "manifest.json"),
                         [](const auto& file) { return std::string(file.param).substr(0, 5); });

TEST_F(CheckpointFolder, DamageNamesTheTensor) {
  const fs::path folder = save(7);
  std::vector<std::byte> bytes = read_bytes(folder / "optim.safetensors");
  bytes.back() ^= std::byte{1};
  write_atomically(folder / "optim.safetensors", bytes);

  EXPECT_THAT(verify_checkpoint(folder), Contains(HasSubstr("optim.safetensors: tensor \"momentum/conv1.weight\" has checksum")));
  EXPECT_THAT(message_of([&] { load_checkpoint(folder); }), HasSubstr("is not a whole checkpoint: optim.safetensors: tensor \"momentum/conv1.weight\""));
}

// ---- failures while writing

TEST_F(CheckpointFolder, EarlierOnesSurviveTheFailureOfEveryCall) {
  save(1, 1.0);
  int64_t failures = 0;
  for (int64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    bool threw = false;
    bool happened = false;
    {
      const test::FailingCall failing(call);
      threw = test::error_of([&] { save(2, 2.0); }).has_value();
      happened = failing.happened();
    }
    if (!happened) break;
    failures += threw ? 1 : 0;
    const LatestCheckpoint latest = latest_checkpoint(run_);
    ASSERT_TRUE(latest.folder);
    ASSERT_THAT(latest.damaged, IsEmpty());
    ASSERT_EQ(first_weight(run_ / "checkpoints/step-00000001"), 1.0F);
    ASSERT_THAT(names_in_store(), Not(Contains(HasSubstr(".tmp-"))));
    ASSERT_THAT(read_text(run_ / "checkpoints/latest"), AnyOf("step-00000001\n", "step-00000002\n"));
    ASSERT_TRUE(threw || latest.folder->filename() == "step-00000002");
    fs::remove_all(run_ / "checkpoints/step-00000002");
    write_atomically(run_ / "checkpoints/latest", std::string_view("step-00000001\n"));
  }
  // one folder; open, write and fsync of four files and of `latest`; a safetensors file takes several writes; two renames
  EXPECT_GE(failures, 1 + 3 * 5 + 2);
  EXPECT_EQ(latest_checkpoint(run_).folder->filename(), "step-00000002");
}

TEST_F(CheckpointFolder, ReplacedOneSurvivesTheFailureOfEveryCall) {
  save(2, 1.0);
  for (int64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    bool happened = false;
    {
      const test::FailingCall failing(call);
      test::error_of([&] { save(2, 2.0); });
      happened = failing.happened();
    }
    if (!happened) break;
    ASSERT_THAT(verify_checkpoint(run_ / "checkpoints/step-00000002"), IsEmpty());
    ASSERT_THAT(names_in_store(), ElementsAre("latest", "step-00000002"));
  }
}

TEST_F(CheckpointFolder, FailureIsOfOneKindAndGivesTheReason) {
  save(1);
  const test::FailingCall failing(1);

  const auto write = [&] { save(2); };

  EXPECT_EQ(code_of(write), ErrorCode::kIo);
}

TEST_F(CheckpointFolder, RunGoesOnAfterAKillAtEveryCall) {
  save(1, 1.0);
  save(2, 1.0);
  bool was_killed = true;
  for (int64_t call = 1; was_killed; ++call) {
    SCOPED_TRACE(call);
    const pid_t child = ::fork();
    if (child == 0) {
      const test::FailingCall failing(call, test::OnCall::kKill);
      test::error_of([&] { save(2, 2.0), save(3, 3.0); });
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    was_killed = WEXITSTATUS(status) == 137;

    clear_up_checkpoints(run_);

    const LatestCheckpoint latest = latest_checkpoint(run_);
    ASSERT_TRUE(latest.folder);
    ASSERT_THAT(latest.damaged, IsEmpty());
    ASSERT_GE(latest.folder->filename(), "step-00000002");
    ASSERT_THAT(verify_checkpoint(run_ / "checkpoints/step-00000002"), IsEmpty());
    ASSERT_THAT(names_in_store(), Not(Contains(AnyOf(HasSubstr(".tmp-"), HasSubstr(".replaced-")))));
  }
  EXPECT_EQ(first_weight(run_ / "checkpoints/step-00000003"), 3.0F);
}

}  // namespace
}  // namespace fovea::train
