// fovea eval on a run of three steps: one, all, following.
#include "fovea/base/strings.h"
#include "fovea/io/json.h"

#include "tests/cli/support.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace fovea::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A finished run with the checkpoints 1, 2 and 3, of which only the last was evaluated; every test works on a copy.
class Eval : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    trained_.emplace();
    const Outcome made = run({"data", "demo", (*trained_ / "shapes").string(), "--train", "16", "--val", "16", "--size", "16"});
    ASSERT_EQ(made.code, 0) << made.err;
    const Outcome outcome = run({"train",        "tiny-resnet18",
                                 "--data",       (*trained_ / "shapes/pictures").string(),
                                 "--run-dir",    (*trained_ / "run"),
                                 "--steps",      "3",
                                 "--keep",       "10",
                                 "--set",        "train.batch_size=8",
                                 "--set",        "data.image_size=16",
                                 "--set",        "data.eval_resize=16",
                                 "--save-every", "1steps",
                                 "--eval-every", "100epochs"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  static void TearDownTestSuite() { trained_.reset(); }

  void SetUp() override { fs::copy(*trained_ / "run", run_, fs::copy_options::recursive); }

  [[nodiscard]] fs::path checkpoint(int step) const { return run_ / "checkpoints" / fmt::format("step-{:08}", step); }
  [[nodiscard]] fs::path results(int step) const { return run_ / "eval" / fmt::format("step-{:08}", step) / "metrics.json"; }

  static std::optional<test::TemporaryFolder> trained_;
  test::TemporaryFolder folder_;
  fs::path run_ = folder_ / "run";
};
std::optional<test::TemporaryFolder> Eval::trained_;

TEST_F(Eval, SaysWhereTheDetailsWent) {
  const Outcome one = run({"eval", checkpoint(1).string()}), again = run({"eval", checkpoint(1).string()});
  const std::string folder = results(1).parent_path().string();

  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_THAT(one.out, HasSubstr("details: " + folder + "\n"));
  EXPECT_TRUE(fs::exists(results(1)));
  EXPECT_THAT(again.out, HasSubstr("details: " + folder + "\n"));
  EXPECT_EQ(io::Json::parse(run({"eval", checkpoint(1).string(), "--json"}).out).at("details"), folder);
}

TEST_F(Eval, SaysNothingOfDetailsThatAreNotKept) {
  const Outcome outcome = run({"eval", run_.string(), "--data", (*trained_ / "shapes/pictures").string()});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, Not(HasSubstr("details")));
}

TEST_F(Eval, AllListsDamagedOnesAlsoWithoutAManifest) {
  fs::remove(checkpoint(1) / "manifest.json");
  fs::resize_file(checkpoint(2) / "model.safetensors", 1000);

  const Outcome outcome = run({"eval", run_.string(), "--all"});

  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.out, HasSubstr("step-00000001  damaged"));
  EXPECT_THAT(outcome.out, HasSubstr("step-00000002  damaged"));
  EXPECT_THAT(outcome.out, HasSubstr("step-00000003   0."));
  EXPECT_THAT(outcome.err, HasSubstr("manifest.json: is missing"));
  EXPECT_THAT(outcome.err, HasSubstr("has 1000 bytes"));
}

TEST_F(Eval, NamesTheFlagThatPassesOverDamage) {
  const fs::path data = folder_ / "pictures";
  fs::copy(*trained_ / "shapes/pictures", data, fs::copy_options::recursive);
  write_atomically(fs::directory_iterator(data / "val/star")->path(), std::string_view("no picture"));

  const Outcome stopped = run({"eval", run_.string(), "--data", data.string(), "--out", folder_ / "out/deep"});
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  const Outcome skipped = run({"eval", run_.string(), "--data", data.string(), "--on-corrupt", "skip"});

  EXPECT_EQ(stopped.code, 65);
  EXPECT_THAT(stopped.err, HasSubstr("--on-corrupt skip"));
  EXPECT_THAT(stopped.err, Not(HasSubstr("data.on_corrupt")));
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.err, HasSubstr("warning: skipped: "));
  EXPECT_THAT(skipped.out, HasSubstr(" 15 pictures"));
}

TEST_F(Eval, KeepsTheResultsOfARunThatScoresAPart) {
  const fs::path partial = folder_ / "partial";
  const Outcome trained = run({"train", "tiny-resnet18", "--data", (*trained_ / "shapes/pictures").string(), "--run-dir", partial.string(), "--steps", "1",
                               "--set", "train.batch_size=8", "--set", "data.image_size=16", "--set", "data.eval_resize=16", "--set", "train.eval_images=8"});
  ASSERT_EQ(trained.code, 0) << trained.err;

  const Outcome outcome = run({"eval", partial.string()});

  EXPECT_THAT(outcome.out, HasSubstr(" 16 pictures"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("details")));
  EXPECT_EQ(io::read_json(partial / "eval/step-00000001/metrics.json").at("images"), 8);
}

TEST_F(Eval, SaysOfARunWithoutCheckpointsThatItHasNone) {
  fs::remove_all(run_ / "checkpoints");

  for (const char* way : {"--latest", "--all"}) {
    SCOPED_TRACE(way);
    const Outcome outcome = run({"eval", run_.string(), way});

    EXPECT_EQ(outcome.code, 66);
    EXPECT_THAT(outcome.err, HasSubstr("has no checkpoint yet\ntry: wait for the first one"));
  }
}

TEST_F(Eval, AllIsForRuns) { EXPECT_EQ(run({"eval", checkpoint(1).string(), "--all"}).code, 2); }

TEST_F(Eval, FollowEndsWhenTheStatusIsDamagedAndNobodyWillWriteAnother) {
  write_atomically(run_ / "status.json", std::string_view("{\"state\":"));

  const Outcome outcome = run({"eval", run_.string(), "--follow"});

  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.err, HasSubstr("no process works in the run: "));
  EXPECT_THAT(outcome.err, HasSubstr("status.json"));
}

TEST_F(Eval, FollowScoresWhatHasNoResultsAndEndsWithTheRun) {
  const Outcome outcome = run({"eval", run_.string(), "--follow"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = split(outcome.out, '\n');
  ASSERT_EQ(lines.size(), 3U) << outcome.out;
  EXPECT_THAT(lines[0], testing::StartsWith("step-00000001  top-1 "));
  EXPECT_THAT(lines[1], testing::StartsWith("step-00000002  top-1 "));
  EXPECT_TRUE(fs::exists(results(1)) && fs::exists(results(2)));
  EXPECT_THAT(outcome.err, HasSubstr("step-00000003 has its results already"));
  EXPECT_THAT(outcome.err, HasSubstr("the run is done: 3 steps done"));
  EXPECT_EQ(run({"eval", run_.string(), "--follow"}).out, "");  // nothing is left to do
}

TEST_F(Eval, FollowWritesOneLineOfJsonEach) {
  const Outcome outcome = run({"eval", run_.string(), "--follow", "--json", "--out", (folder_ / "out").string()});

  const std::vector<std::string> lines = split(outcome.out, '\n');
  ASSERT_EQ(lines.size(), 4U) << outcome.err;  // its own results elsewhere do not count
  for (int step = 1; step <= 3; ++step) EXPECT_EQ(io::Json::parse(lines[static_cast<size_t>(step - 1)]).at("step"), step);
  EXPECT_TRUE(fs::exists(folder_ / "out" / "step-00000002" / "metrics.json"));
}

TEST_F(Eval, FollowPassesOverDamagedOnes) {
  fs::remove(checkpoint(1) / "manifest.json");

  const Outcome outcome = run({"eval", run_.string(), "--follow"});

  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.err, HasSubstr("manifest.json: is missing"));
  EXPECT_TRUE(fs::exists(results(2)));
}

TEST_F(Eval, FollowEndsAfterItsHours) {
  io::Json status = io::read_json(run_ / "status.json");
  status["state"] = "running";
  write_atomically(run_ / "status.json", status.dump());

  const Outcome outcome = run({"eval", run_.string(), "--follow", "--stop-after", "0"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("0 h are over"));
  EXPECT_TRUE(fs::exists(results(2)));
}

TEST_F(Eval, FollowRefusesWhatIsNoRun) {
  make_directories(folder_ / "empty");

  EXPECT_EQ(run({"eval", (folder_ / "nowhere").string(), "--follow"}).code, 66);
  EXPECT_EQ(run({"eval", (folder_ / "empty").string(), "--follow"}).code, 65);
  EXPECT_EQ(run({"eval", run_.string(), "--follow", "--all"}).code, 2);
  EXPECT_EQ(run({"eval", run_.string(), "--poll", "1"}).code, 2);  // says nothing without --follow
}

}  // namespace
}  // namespace fovea::cli
