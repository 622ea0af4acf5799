#include "fovea/report/run_names.h"

#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::report {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const std::vector<fs::path>& runs) { return distinct_names(runs); }

TEST(RunNames, AreThoseOfTheFolders) { EXPECT_THAT(names({"/runs/r18", "/runs/r50/", "/else/r101/."}), ElementsAre("r18", "r50", "r101")); }

TEST(RunNames, TellRunsOfTheSameNameApartByWhatIsAbove) {
  EXPECT_THAT(names({"/a/monday/r50", "/a/friday/r50", "/a/friday/r18"}), ElementsAre("monday/r50", "friday/r50", "r18"));
  EXPECT_THAT(names({"/a/x/runs/r50", "/b/x/runs/r50", "/b/y/runs/r50"}), ElementsAre("a/x/runs/r50", "b/x/runs/r50", "y/runs/r50"));
}

TEST(RunNames, AreWholePathsWhereOneIsTheEndOfAnother) {
  EXPECT_THAT(names({"/runs/r50", "/a/runs/r50"}), ElementsAre("/runs/r50", "a/runs/r50"));
  EXPECT_THAT(names({"/r50", "/a/r50"}), ElementsAre("/r50", "a/r50"));
}

TEST(RunNames, TakeRelativePathsFromHere) {
  const std::vector<std::string> found = names({"r50", "."});

  EXPECT_EQ(found[0], "r50");
  EXPECT_EQ(found[1], fs::current_path().filename().string());
}

TEST(RunNames, CountARunOnceHoweverItIsSpelt) {
  const test::TemporaryFolder folder;
  make_directories(folder / "r50");
  fs::create_directory_symlink(folder / "r50", folder / "link");
  const std::vector<fs::path> runs{folder / "r50", folder / "r50/", folder / "r50/../r50", folder / "link", folder / "r18"};

  EXPECT_THAT(without_repeats(runs), ElementsAre(folder / "r50", folder / "r18"));
}

}  // namespace
}  // namespace fovea::report
