#include "fovea/io/crc32c.h"

#include "fovea/base/file.h"

#include <gtest/gtest.h>

#include <vector>

namespace fovea::io {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, GivesTheKnownAnswers) {
  std::vector<std::byte> ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<std::byte>(i));
    descending.push_back(static_cast<std::byte>(31 - i));
  }

  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xff})), 0x62a8ab43u);
  EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(crc32c(descending), 0x113fdb5cu);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283u);  // the check value of the CRC catalogue, CRC-32/ISCSI
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Crc32c, ContinuesFromThePreviousPiece) {
  const auto whole = as_bytes("123456789");
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    SCOPED_TRACE(cut);
    EXPECT_EQ(crc32c(whole.subspan(cut), crc32c(whole.first(cut))), 0xe3069283u);
  }
}

TEST(MaskedCrc32c, RotatesAndAdds) {
  EXPECT_EQ(masked_crc32c({}), 0xa282ead8u);  // the CRC of nothing is 0

  // e3069283 >> 15 = 0001c60d, e3069283 << 17 = 25060000; or: 2507c60d; plus a282ead8: c78ab0e5
  EXPECT_EQ(masked_crc32c(as_bytes("123456789")), 0xc78ab0e5u);
}

TEST(Crc32Zip, IsTheOtherPolynomialAndContinues) {
  const std::span<const std::byte> whole = as_bytes("123456789");  // cbf43926: the check value of CRC-32/ISO-HDLC, and zlib.crc32 of Python

  EXPECT_EQ(crc32_zip({}), 0u);
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    SCOPED_TRACE(cut);
    EXPECT_EQ(crc32_zip(whole.subspan(cut), crc32_zip(whole.first(cut))), 0xcbf43926u);
  }
}

}  // namespace
}  // namespace fovea::io
