// Outside bytes: cut at every byte, bits flipped everywhere. Nothing may crash, and a cut picture is never taken as whole.
#include "tests/image/pictures.h"

#include <gtest/gtest.h>

namespace fovea::image {
namespace {

class Damage : public testing::TestWithParam<const char*> {};

TEST_P(Damage, ACutAtAnyByteIsADataError) {
  const Bytes whole = golden_picture(GetParam());
  const bool is_jpeg = recognise(whole) == Format::kJpeg;
  const size_t end_bytes = is_jpeg ? 2 : 4;  // JPEG end marker; PNG: the checksum of IEND
  for (size_t size = 0; size < whole.size() - end_bytes; ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<int64_t>(size));
    ASSERT_EQ(code_of([&] { decode(cut); }), ErrorCode::kData) << "cut to " << size << " of " << whole.size();
  }
}

TEST_P(Damage, AFlippedBitNeverDoesWorseThanADataError) {
  const Bytes whole = golden_picture(GetParam());
  // Larger sizes than this only cost time: the limit has its own test.
  const DecodeOptions options{.max_pixels = 1 << 20};
  int refused = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    Bytes damaged = whole;
    damaged[at] ^= std::byte{1} << (at % 8);
    const std::optional<ErrorCode> code = code_of([&] { decode(damaged, options); });
    ASSERT_TRUE(!code || *code == ErrorCode::kData) << "byte " << at;
    if (code) ++refused;
  }
  EXPECT_GT(refused, 20);  // at least what hits the headers
}

INSTANTIATE_TEST_SUITE_P(Forms, Damage,
                         testing::Values("baseline_420.jpg", "progressive_420.jpg", "restart_420.jpg", "grey.jpg", "palette.png", "interlaced.png",
                                         "alpha.png"),
                         [](const auto& form) {
                           std::string name = form.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(DamageOf, AFlippedByteOfPngDataIsAlwaysNoticed) {
  for (const char* name : {"grey.png", "interlaced.png"}) {
    const Bytes whole = golden_picture(name);
    const size_t type = as_text(whole).find("IDAT");  // the length of the data stands before it, the data behind it (PNG, section 5.3)
    ASSERT_NE(type, std::string_view::npos);
    const size_t length = size_t{std::to_integer<uint8_t>(whole[type - 2])} * 256 + std::to_integer<uint8_t>(whole[type - 1]);
    ASSERT_LT(type + 4 + length, whole.size());
    for (size_t at = type + 4; at < type + 4 + length; ++at) {
      Bytes damaged = whole;
      damaged[at] ^= std::byte{1};
      ASSERT_EQ(code_of([&] { decode(damaged); }), ErrorCode::kData) << name << " byte " << at;
    }
  }
}

TEST(DamageOf, TheMessageSaysWhere) {
  const Bytes whole = golden_picture("baseline_420.jpg");
  const Bytes cut(whole.begin(), whole.begin() + 1800);

  EXPECT_EQ(message_of([&] { decode(cut); }), "JPEG picture is damaged near row 46 of 117: corrupt JPEG data: premature end of data segment");
}

TEST(DamageOf, APictureWithoutItsTablesDoesNotFindThoseOfThePictureBefore) {
  const Bytes whole = golden_picture("baseline_420.jpg");
  Bytes without = whole;
  const size_t table = as_text(whole).find("\xFF\xDB");
  without[table + 1] = std::byte{0xEC};  // a remark (APP12) in the place of the first quantisation table

  EXPECT_FALSE(code_of([&] { decode(whole); }));
  EXPECT_EQ(code_of([&] { decode(without); }), ErrorCode::kData);
}

TEST(DamageOf, AProgressivePictureThatLacksItsLastScansIsTruncated) {
  const Bytes whole = golden_picture("progressive_420.jpg");
  const size_t last_scan = as_text(whole).rfind("\xFF\xDA");
  ASSERT_NE(last_scan, std::string_view::npos);
  const Bytes cut(whole.begin(), whole.begin() + static_cast<int64_t>(last_scan));

  EXPECT_EQ(message_of([&] { decode(cut); }), "JPEG picture is truncated: channel 0 lacks whole scans");
}

}  // namespace
}  // namespace fovea::image
