#include "fovea/base/disk_speed.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(DiskSpeed, IsMeasuredAndLeavesNothingBehind) {
  const test::TemporaryFolder folder;

  const DiskSpeed speed = disk_speed(folder.path(), {.max_bytes = 1 << 20, .seconds = 0.05});

  EXPECT_EQ(speed.bytes, 1 << 20);
  EXPECT_GT(speed.write_bytes_per_second, 0);
  EXPECT_GT(speed.read_bytes_per_second, 0);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(DiskSpeed, EndsAfterItsTime) {
  const test::TemporaryFolder folder;

  const DiskSpeed speed = disk_speed(folder.path(), {.max_bytes = int64_t{1} << 40, .seconds = 0});

  EXPECT_EQ(speed.bytes, 16 << 20);  // one piece is always written
}

TEST(DiskSpeed, RefusesAFolderThatIsNotThere) {
  const test::TemporaryFolder folder;

  const auto error = test::error_of([&] { return disk_speed(folder / "nowhere", {}); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
  EXPECT_EQ(std::string(error->what()), "cannot write to \"" + (folder / "nowhere").string() + "\": No such file or directory");
}

}  // namespace
}  // namespace fovea
