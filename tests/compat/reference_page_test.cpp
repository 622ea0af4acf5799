#include "fovea/compat/reference_page.h"

#include "fovea/base/file.h"

#include "tests/compat/support.h"

namespace fovea::compat {

TEST(CompatReferencePage, IsTheStoredOne) {
  EXPECT_EQ(reference_page(), read_text(fs::path(FOVEA_SOURCE_DIR) / "docs/migrating.md")) << "write it again: fovea compat reference > docs/migrating.md";
}

TEST(CompatReferencePage, HasEveryFlagOfEveryProgram) {
  const std::string page = reference_page();

  for (const Program& program : programs()) {
    for (const Flag& flag : program.flags) EXPECT_THAT(page, testing::HasSubstr(fmt::format("--{}", flag.name))) << program.name;
    for (const Flag& flag : program.variables) EXPECT_THAT(page, testing::HasSubstr(fmt::format("| `{}` |", flag.name))) << program.name;
  }
}

TEST(CompatFlagList, BeginsWithAnExample) {
  EXPECT_THAT(flag_list(find_program("demo_resnet_hvd")), testing::HasSubstr("For example: fovea compat IMAGENET_DIR=/path/to/imagenet/ "));
}

TEST(CompatFlagList, HasFlagsAndVariables) {
  EXPECT_THAT(flag_list(find_program("demo_resnet")), testing::HasSubstr("-rs, --resnet-size  18, 34, 50, 101, 152, 200 (default 50; 101 with --resnext)\n"));
  EXPECT_THAT(flag_list(find_program("demo_resnet_hvd")), testing::HasSubstr("\nEnvironment:\n\n  IMAGENET_DIR  text\n      --data; must be given\n"));
}

}  // namespace fovea::compat
