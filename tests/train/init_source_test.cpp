#include "fovea/train/init_source.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>

namespace fovea::train {
namespace {

TEST(InitSource, TakesTheWordBehindTheLastColonAsThePart) {
  EXPECT_EQ(init_source_from("r50.pth").part, InitPart::kAll);
  EXPECT_EQ(init_source_from("r50.pth:all").path, "r50.pth");
  EXPECT_EQ(init_source_from("r50.pth:backbone").part, InitPart::kBackbone);
  EXPECT_EQ(init_source_from("r50.pth:backbone").path, "r50.pth");
}

TEST(InitSource, TakesAPathThatExistsWhole) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.put("odd:backbone", "x");

  EXPECT_EQ(init_source_from(path.string()).path, path);
  EXPECT_EQ(init_source_from(path.string()).part, InitPart::kAll);
}

TEST(InitSource, RefusesAPartThatIsNotKnown) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.put("r50.pth", "x");

  const auto error = test::error_of([&] { init_source_from(path.string() + ":backbon"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
  EXPECT_STREQ(error->what(), "--init: \"backbon\" is no part of a network; did you mean \"backbone\"?");
  EXPECT_EQ(init_source_from("nowhere.pth:backbon").path, "nowhere.pth:backbon") << "then the missing file is what matters";
}

}  // namespace
}  // namespace fovea::train
