// The checkers of tools/ find what they are there to find: each test gives one a small tree with one thing wrong.
#include "fovea/base/file.h"

#include "tests/cli/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::cli {

namespace {

class Tools : public testing::Test {
 protected:
  void SetUp() override {
    if (std::string_view(FOVEA_PYTHON).empty()) GTEST_SKIP() << "no Python 3";
    root_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    write("fovea/base/CMakeLists.txt", "fovea_layer(base SOURCES a.cpp)\n");
    write("fovea/base/a.h", "#pragma once\n");
    write("fovea/base/a.cpp", "#include \"fovea/base/a.h\"\n");
    write("fovea/io/CMakeLists.txt", "fovea_layer(io DEPENDS base SOURCES b.cpp)\n");
    write("fovea/io/b.h", "#pragma once\n");
    write("fovea/io/b.cpp", "#include \"fovea/base/a.h\"\n");
    write("README.md", "Begin with `fovea/base/a.h`.\n");
  }

  void write(const std::string& path, const std::string& text) const {
    make_directories((root_ / path).parent_path());
    write_atomically(root_ / path, text);
  }
  [[nodiscard]] Outcome run_tool(const std::string& name) const {
    return run_shell(fmt::format("{} {}/tools/{}.py --root {}", FOVEA_PYTHON, FOVEA_SOURCE_DIR, name, root_.string()));
  }

  fs::path root_;
};

}  // namespace

TEST_F(Tools, LayersAcceptAGoodTree) {
  const Outcome outcome = run_tool("check_layers");

  EXPECT_EQ(outcome.code, 0) << outcome.out;
  EXPECT_EQ(outcome.out, "");
}

TEST_F(Tools, LayersFindAnIncludeThatGoesUp) {
  write("fovea/base/a.cpp", "#include \"fovea/io/b.h\"\n");

  const Outcome outcome = run_tool("check_layers");

  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "fovea/base/a.cpp:1: layer base includes fovea/io/b.h, which is not below it\n");
}

TEST_F(Tools, LayersFindAHeaderAwayFromHome) {
  write("fovea/base/a.cpp", "\n#include <yaml-cpp/yaml.h>\n");

  EXPECT_EQ(run_tool("check_layers").out,
            "fovea/base/a.cpp:2: includes <yaml-cpp/yaml.h>; its home is fovea/recipe/recipe.cpp, fovea/compat/runner_config.cpp\n");
}

TEST_F(Tools, LayersForbidTheWholeOfLibTorch) {
  write("fovea/base/a.cpp", "#include <torch/torch.h>\n");

  EXPECT_THAT(run_tool("check_layers").out, testing::HasSubstr("fovea/base/a.cpp:1: includes <torch/torch.h>, which is forbidden\n"));
}

TEST_F(Tools, LayersFindUnlistedSourcesAndTests) {
  write("fovea/io/c.cpp", "\n");
  write("tests/io/CMakeLists.txt", "fovea_test(io SOURCES\n  # lost_test.cpp\n)\n");
  write("tests/io/lost_test.cpp", "TEST(A, B) {}\n");

  EXPECT_EQ(run_tool("check_layers").out,
            "fovea/io/c.cpp: is not listed in fovea/io/CMakeLists.txt\n"
            "tests/io/lost_test.cpp: is not registered in tests/io/CMakeLists.txt\n");
}

TEST_F(Tools, LayersFindLongFiles) {
  write("fovea/base/a.cpp", std::string(401, '\n'));

  EXPECT_EQ(run_tool("check_layers").out, "fovea/base/a.cpp: has 401 lines; 400 are allowed\n");
}

TEST_F(Tools, DocsAcceptAGoodTree) {
  const Outcome outcome = run_tool("check_docs");

  EXPECT_EQ(outcome.code, 0) << outcome.out;
}

TEST_F(Tools, DocsFindWhatDoesNotExist) {
  write("README.md", "See `fovea/base/gone.h`\nand [this](docs/gone.md).\n```\nmake gone\n```\n");

  const Outcome outcome = run_tool("check_docs");

  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, testing::HasSubstr("README.md:1: fovea/base/gone.h does not exist\n"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("README.md:2: the link to docs/gone.md leads nowhere\n"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("README.md:4: make gone: the Makefile has no such target\n"));
}

}  // namespace fovea::cli
