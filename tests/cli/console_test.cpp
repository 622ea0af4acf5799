#include "fovea/cli/console.h"

#include "fovea/base/error.h"

#include <gtest/gtest.h>

#include <sstream>

namespace fovea::cli {

TEST(Table, AlignsColumns) {
  const std::vector<Column> columns{{"name"}, {"count", Align::kRight}, {"note"}};
  const std::vector<std::vector<std::string>> rows{{"a", "1", "first"}, {"long name", "1234567", ""}};

  EXPECT_EQ(format_table(columns, rows),
            "name         count  note\n"
            "a                1  first\n"
            "long name  1234567\n");
}

TEST(Table, CountsCharactersNotBytes) {
  const std::vector<std::vector<std::string>> rows{{"é", "x"}, {"ab", "y"}};

  EXPECT_EQ(format_table(std::vector<Column>{{""}, {""}}, rows), "\né   x\nab  y\n");
}

TEST(Table, ShowsControlCharactersAsEscapes) {
  const std::vector<std::vector<std::string>> rows{{"a\nb", "\x1b[31m"}};

  EXPECT_EQ(format_table(std::vector<Column>{{"file"}, {"x"}}, rows), "file  x\na\\nb  \\x1b[31m\n");
}

TEST(Table, RefusesRowsOfAnotherLength) {
  const std::vector<std::vector<std::string>> rows{{"a", "b"}};

  EXPECT_THROW(format_table(std::vector<Column>{{"one"}}, rows), Error);
}

TEST(ConsoleLog, WritesColoursOnlyWhereTheyAreWanted) {
  std::ostringstream out, err;
  Console plain{.out = out, .err = err};
  Console coloured{.out = out, .err = err, .has_colour = true};

  console_log(plain).warning("low");
  console_log(coloured).warning("low");

  EXPECT_EQ(err.str(), "warning: low\n\x1b[33mwarning: \x1b[0mlow\n");
  EXPECT_EQ(out.str(), "");
}

}  // namespace fovea::cli
