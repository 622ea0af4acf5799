#include "fovea/base/shell.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(ShellQuoted, IsReadBackByAShellAsItWas) {
  EXPECT_EQ(shell_quoted("/a/b-c_d.e"), "/a/b-c_d.e");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's $HOME"), "'it'\\''s $HOME'");
}

}  // namespace
}  // namespace fovea
