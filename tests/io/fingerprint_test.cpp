#include "fovea/io/fingerprint.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gtest/gtest.h>

namespace fovea::io {
namespace {

// By PyPI's xxhash 4.1.0 (xxh3_64_intdigest).
TEST(Hash64, GivesTheKnownAnswers) {
  EXPECT_EQ(hash64({}), 0x2d06800538d394c2u);
  EXPECT_EQ(hash64(as_bytes("abc")), 0x78af5f94892f3950u);
  EXPECT_EQ(hash64(as_bytes("abc"), 1), 0x6b4467b443c76228u);
}

TEST(HashFile, EqualsTheHashOfItsBytesWhateverThePieces) {
  const test::TemporaryFolder folder;
  // Below, at and above one and two pieces of 1 MiB.
  for (const size_t size : {size_t{0}, size_t{5}, size_t{1} << 20, (size_t{1} << 20) + 1, (size_t{2} << 20) - 1}) {
    SCOPED_TRACE(size);
    std::string content(size, 'x');
    for (size_t i = 0; i < size; i += 97) content[i] = static_cast<char>(i);

    EXPECT_EQ(hash_file(folder.put("file", content)), hash64(as_bytes(content)));
  }
}

TEST(HashFile, RefusesWhatIsMissing) {
  const auto error = test::error_of([] { hash_file("/nonexistent/file"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
}

TEST(HashedBody, IsWhatStandsBeforeItsHash) {
  const std::string_view text = "body";
  std::vector<std::byte> bytes(as_bytes(text).begin(), as_bytes(text).end());
  append_hash(bytes);

  ASSERT_TRUE(hashed_body(bytes));
  EXPECT_EQ(as_text(*hashed_body(bytes)), text);
  for (size_t i = 0; i < bytes.size(); ++i) {
    SCOPED_TRACE(i);
    std::vector<std::byte> flipped = bytes;
    flipped[i] ^= std::byte{1};
    EXPECT_FALSE(hashed_body(flipped));
    EXPECT_FALSE(hashed_body(std::span(bytes).first(i)));
  }
}

TEST(Hex, WritesSixteenDigits) {
  EXPECT_EQ(hex(0), "0000000000000000");
  EXPECT_EQ(hex(0xdeadbeef), "00000000deadbeef");
  EXPECT_EQ(hex(~uint64_t{0}), "ffffffffffffffff");
}

}  // namespace
}  // namespace fovea::io
