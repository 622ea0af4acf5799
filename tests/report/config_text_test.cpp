#include "fovea/report/config_text.h"

#include <gtest/gtest.h>

namespace fovea::report {
namespace {

TEST(ConfigValues, ReadsSectionsQuotesAndComments) {
  const auto values = config_values(
      "# recipe of a run\nname: r18\ndescription: \"a \\\"b\\\" # c\"\n\noptim:\n  lr: 0.1      # --set\n\nexpect:\n  measured_on: \"ten, \xE2\x82\xAC\"  # "
      "default\n");

  EXPECT_EQ(values.at("name"), "r18");
  EXPECT_EQ(values.at("description"), "a \"b\" # c");
  EXPECT_EQ(values.at("optim.lr"), "0.1");
  EXPECT_EQ(values.at("expect.measured_on"), "ten, \xE2\x82\xAC");
  EXPECT_EQ(values.size(), 4U);
}

TEST(ConfigValues, PassesOverWhatItDoesNotKnow) { EXPECT_TRUE(config_values("\x00\xFF garbage\n- a\n").empty()); }

}  // namespace
}  // namespace fovea::report
