// Folders that the reference's detector left, scored as they are.
#include "tests/cli/support.h"
#include "tests/models/reference_detector.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kData = "synthetic:classes=2,train=2,val=1,size=64,boxes=2";

TEST(EvalAllOfTheReference, ScoresWhatTheFolderLists) {
  const test::TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-00000007", {.outputs = 3});
  fs::copy_file(folder / "model.ckpt-00000007.index", folder / "model.ckpt-00000010.index");
  folder.put("model.ckpt-00000010.data-00000-of-00001", "cut short");
  folder.put("checkpoint",
             "model_checkpoint_path: \"model.ckpt-00000010\"\nall_model_checkpoint_paths: \"model.ckpt-00000000\"\n"
             "all_model_checkpoint_paths: \"model.ckpt-00000005\"\nall_model_checkpoint_paths: \"model.ckpt-00000007\"\n"
             "all_model_checkpoint_paths: \"model.ckpt-00000010\"\n");

  const Outcome outcome = run({"eval", folder.path().string(), "--all", "--data", kData});

  EXPECT_EQ(outcome.code, 65) << outcome.err;
  EXPECT_THAT(outcome.out, testing::ContainsRegex("checkpoint .*AP.*\nmodel.ckpt-00000007 .* 1 *\nmodel.ckpt-00000010  damaged"));
  EXPECT_THAT(outcome.err, HasSubstr("warning: model.ckpt-00000005 is not there any more, and passed over"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("00000000")));
}

TEST(EvalAllOfTheReference, IsNotForOneCheckpoint) {
  const test::TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-00000007", {.outputs = 3});

  const Outcome outcome = run({"eval", (folder / "model.ckpt-00000007").string(), "--all", "--data", kData});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("is one checkpoint; --all is for runs\ntry: leave out --all"));
}

}  // namespace
}  // namespace fovea::cli
