#include "fovea/io/tf_bundle_path.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::io {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::HasSubstr;

/// A folder with checkpoints of these names.
class Checkpoints : public TemporaryFolder {
 public:
  explicit Checkpoints(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      for (const char* ending : {".index", ".data-00000-of-00001", ".meta"}) put(name + ending, "");
    }
  }
  [[nodiscard]] fs::path found(const std::string& name) const { return find_tf_bundle(path() / name).value_or(TfBundlePath{.prefix = "none"}).prefix; }
};

TEST(FindTfBundle, TakesThePrefixAndEachOfItsFiles) {
  const Checkpoints folder({"model.ckpt-28152", "model.ckpt-1"});

  for (const char* ending : {"", ".index", ".data-00000-of-00001", ".meta"}) {
    SCOPED_TRACE(ending);
    EXPECT_EQ(folder.found(std::string("model.ckpt-28152") + ending), folder / "model.ckpt-28152");
  }
}

TEST(FindTfBundle, TakesTheNewestOfAFolder) {
  const Checkpoints folder({"model.ckpt-1", "model.ckpt-2"});
  folder.put("checkpoint", "# of another program\nmodel_checkpoint_path: \"model.ckpt-1\"\nall_model_checkpoint_paths: \"model.ckpt-2\"\n");

  for (const char* name : {"", "checkpoint"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(folder.found(name), folder / "model.ckpt-1");
  }
  EXPECT_EQ(find_tf_bundle(folder.path())->remark, "");
}

TEST(FindTfBundle, TakesTheOnlyOneOfAFolder) { EXPECT_EQ(Checkpoints({"model.ckpt-5"}).found("").filename(), "model.ckpt-5"); }

TEST(FindTfBundle, AsksWhichOfSeveral) {
  const Checkpoints folder({"b-1", "a-1"});

  const auto error = test::error_of([&] { find_tf_bundle(folder.path()); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), HasSubstr("has 2 checkpoints and no file \"checkpoint\" that says which is the newest: a-1, b-1"));
  EXPECT_THAT(error->advice(), HasSubstr((folder / "b-1").string()));
}

TEST(FindTfBundle, KnowsWhatIsNone) {
  const Checkpoints folder({});
  folder.put("weights.pth", "");

  for (const char* name : {"", "weights.pth", "nothing", "nothing.index"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(folder.found(name), "none");
  }
}

TEST(FindTfBundle, TakesWhatLiesBesideWhenTheNamedPlaceIsGone) {
  for (const char* gone : {"/gone/run/model.ckpt-7", "run/model.ckpt-7", "/gone/\\\"r\\303\\274n\\\"/model.ckpt-7"}) {
    SCOPED_TRACE(gone);
    const Checkpoints folder({"model.ckpt-7"});
    folder.put("checkpoint", fmt::format("model_checkpoint_path: \"{}\"", gone));

    const auto found = find_tf_bundle(folder.path());

    EXPECT_EQ(found->prefix, folder / "model.ckpt-7");
    EXPECT_THAT(found->remark, HasSubstr("which is not there; "));
  }
}

TEST(FindTfBundle, GoesWhereTheFileSays) {
  const Checkpoints here({"model.ckpt-7"}), there({"model.ckpt-7", "r\xc3\xbcn \\\"x\""});
  here.put("checkpoint", fmt::format("model_checkpoint_path: '{}'", (there / "model.ckpt-7").string()));
  there.put("checkpoint", R"(model_checkpoint_path: "r\303\274n \\\"x\"")");

  EXPECT_EQ(find_tf_bundle(here.path())->prefix, there / "model.ckpt-7");
  EXPECT_EQ(find_tf_bundle(there.path())->prefix, there / "r\xc3\xbcn \\\"x\"");
}

TEST(FindTfBundle, SaysWhenWhatIsNamedIsNowhere) {
  const Checkpoints folder({"model.ckpt-8"});
  folder.put("checkpoint", "model_checkpoint_path: \"/gone/model.ckpt-7\"");

  const auto error = test::error_of([&] { find_tf_bundle(folder.path()); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
  EXPECT_THAT(error->what(), HasSubstr("names \"/gone/model.ckpt-7\", which is neither there nor beside it"));
}

TEST(FindTfBundle, RefusesAFileThatNamesNone) {
  for (const char* text :
       {"", "model.ckpt-7", "model_checkpoint_path: model.ckpt-7", "model_checkpoint_path \"a\"", "model_checkpoint_path: \"", "model_checkpoint_path: \"a\\\"",
        "model_checkpoint_path: \"\"", "model_checkpoint_path: \"a\\n\"", "all_model_checkpoint_paths: \"a\""}) {
    SCOPED_TRACE(text);
    const Checkpoints folder({"a"});
    folder.put("checkpoint", text);
    EXPECT_THAT(message_of([&] { find_tf_bundle(folder.path()); }), HasSubstr("names no checkpoint: it has no line model_checkpoint_path: \"NAME\""));
  }
}

TEST(ListedTfBundles, AreThoseOfTheFileByStepWithoutTheFirst) {
  const Checkpoints folder({"model.ckpt-00000000", "model.ckpt-00000010", "model.ckpt-00000009", "model.ckpt-00000011"});
  folder.put("checkpoint",
             "model_checkpoint_path: \"model.ckpt-00000010\"\n"
             "all_model_checkpoint_paths: \"model.ckpt-00000000\"\nall_model_checkpoint_paths: \"model.ckpt-00000010\"\n"
             "all_model_checkpoint_paths: \"model.ckpt-00000007\"\nall_model_checkpoint_paths: \"/gone/model.ckpt-00000009\"\n");

  for (const char* name : {"", "checkpoint"}) {
    SCOPED_TRACE(name);
    const TfBundleList list = listed_tf_bundles(name[0] == 0 ? folder.path() : folder / name);

    EXPECT_THAT(list.prefixes, testing::ElementsAre(folder / "model.ckpt-00000009", folder / "model.ckpt-00000010"));
    EXPECT_THAT(list.vanished, testing::ElementsAre("model.ckpt-00000007"));
  }
}

TEST(ListedTfBundles, AreTheNewestWhenTheFileListsNoOthers) {
  const Checkpoints folder({"model.ckpt-5"});
  EXPECT_THAT(listed_tf_bundles(folder.path()).prefixes, testing::IsEmpty());

  folder.put("checkpoint", "model_checkpoint_path: \"model.ckpt-5\"");

  EXPECT_THAT(listed_tf_bundles(folder.path()).prefixes, testing::ElementsAre(folder / "model.ckpt-5"));
  EXPECT_THAT(listed_tf_bundles(folder / "model.ckpt-5").prefixes, testing::IsEmpty());
}

TEST(NameTfBundle, IsFoundAgainAndLeavesWhatIsThere) {
  const Checkpoints folder({"r\xc3\xbcn \\\"x\"", "later"});

  name_tf_bundle(folder / "r\xc3\xbcn \\\"x\"");
  name_tf_bundle(folder / "later");

  EXPECT_EQ(folder.found(""), folder / "r\xc3\xbcn \\\"x\"");
}

}  // namespace
}  // namespace fovea::io
