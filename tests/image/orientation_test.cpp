#include "fovea/image/orientation.h"

#include "tests/image/pictures.h"

#include <gtest/gtest.h>

namespace fovea::image {
namespace {

/// One letter per pixel in its red channel, rows separated by '/'.
Image letters(const std::string& rows) {
  const int width = static_cast<int>(rows.find('/'));
  Image picture(width, static_cast<int>(std::count(rows.begin(), rows.end(), '/')));
  size_t pixel = 0;
  for (const char letter : rows) {
    if (letter != '/') picture.pixels[3 * pixel++] = static_cast<uint8_t>(letter);
  }
  return picture;
}

std::string letters_of(const Image& picture) {
  std::string rows;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) rows += static_cast<char>(picture.row(y)[3 * x]);
    rows += '/';
  }
  return rows;
}

std::string turned(const std::string& rows, int orientation) {
  Image picture = letters(rows);
  turn_upright(picture, orientation);
  return letters_of(picture);
}

// Worked by hand from EXIF 2.32, tag 0x0112: where the stored first row and first column belong in the upright picture.
TEST(Orientation, TurnsEachOfTheEightFormsUpright) {
  EXPECT_EQ(turned("abc/def/", 1), "abc/def/");   // top, left
  EXPECT_EQ(turned("abc/def/", 2), "cba/fed/");   // top, right
  EXPECT_EQ(turned("abc/def/", 3), "fed/cba/");   // bottom, right
  EXPECT_EQ(turned("abc/def/", 4), "def/abc/");   // bottom, left
  EXPECT_EQ(turned("abc/def/", 5), "ad/be/cf/");  // left, top
  EXPECT_EQ(turned("abc/def/", 6), "da/eb/fc/");  // right, top
  EXPECT_EQ(turned("abc/def/", 7), "fc/eb/da/");  // right, bottom
  EXPECT_EQ(turned("abc/def/", 8), "cf/be/ad/");  // left, bottom
}

TEST(Orientation, ReadsBothByteOrders) {
  const Bytes jpeg = golden_picture("baseline_420.jpg");

  EXPECT_EQ(jpeg_orientation(with_exif(jpeg, 6, false)), 6);
  EXPECT_EQ(jpeg_orientation(with_exif(jpeg, 8, true)), 8);
  EXPECT_EQ(jpeg_orientation(jpeg), 1);
}

TEST(Orientation, OutsideOneToEightCountsAsUpright) {
  const Bytes jpeg = golden_picture("baseline_420.jpg");

  EXPECT_EQ(jpeg_orientation(with_exif(jpeg, 0, false)), 1);
  EXPECT_EQ(jpeg_orientation(with_exif(jpeg, 9, false)), 1);
}

TEST(Orientation, IsPartOfTheInfo) {
  const Info info = read_info(with_exif(golden_picture("baseline_420.jpg"), 6, true));

  EXPECT_EQ(info.orientation, 6);
  EXPECT_EQ(info.size, (Size{117, 149}));
}

TEST(Orientation, OfDamagedExifIsUprightOrAnotherFormButNeverFails) {
  const Bytes whole = with_exif(golden_picture("baseline_420.jpg"), 6, false);
  for (size_t at = 2; at < 38; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes damaged = whole;
      damaged[at] ^= std::byte{1} << bit;
      const int orientation = jpeg_orientation(damaged);
      EXPECT_TRUE(orientation >= 1 && orientation <= 8) << "byte " << at;
    }
  }
  for (size_t size = 0; size < 38; ++size) EXPECT_EQ(jpeg_orientation(std::span(whole).first(size)), 1) << size;
}

TEST(Orientation, OfADirectoryFarOutsideIsUpright) {
  const std::string tiff("II*\0\xF0\xFF\xFF\xFF\0\0\0\0", 12);

  EXPECT_EQ(exif_orientation(as_bytes(tiff)), 1);
}

}  // namespace
}  // namespace fovea::image
