#include "fovea/io/gzip.h"

#include "fovea/base/random.h"

#include "tests/support/gunzip.h"
#include "tests/support/temporary_folder.h"

#include <gtest/gtest.h>

namespace fovea::io {
namespace {

std::string noise(size_t bytes) {
  Random random(1, 2, 3, Purpose::kCrop);
  std::string text(bytes, ' ');
  for (char& c : text) c = static_cast<char>(random.integer(-128, 127));
  return text;
}

/// Given as makers: a test's name shows its parameter, and these texts are long.
class GzipTexts : public testing::TestWithParam<std::string (*)()> {};

TEST_P(GzipTexts, AreReadByGunzip) {
  const test::TemporaryFolder folder;
  const std::string text = GetParam()();

  const fs::path path = folder.put("packed.gz", gzip(text));

  EXPECT_TRUE(test::gunzipped(path) == text);
}

// Nothing, one byte, exactly one and a little more than the piece that is worked on at a time, and what cannot be made smaller.
INSTANTIATE_TEST_SUITE_P(Each, GzipTexts,
                         testing::Values(
                             +[] { return std::string(); }, +[] { return std::string("a"); }, +[] { return std::string(1 << 20, 'b'); },
                             +[] { return std::string((1 << 20) + 1, 'c'); }, +[] { return noise(1 << 20); }, +[] { return noise(3'000'000); }),
                         [](const auto& each) { return "Number" + std::to_string(each.index); });

TEST(Gzip, MakesTextSmaller) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "{\"ph\":\"X\",\"ts\":" + std::to_string(i * 37) + "},\n";

  EXPECT_LT(gzip(text).size() * 4, text.size());  // it is about a sixth
}

}  // namespace
}  // namespace fovea::io
