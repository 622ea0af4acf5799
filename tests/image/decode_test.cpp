#include "fovea/image/decode.h"

#include "tests/image/pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace fovea::image {
namespace {

using testing::HasSubstr;

TEST(Decode, GivesThePixelsThatPillowGives) {
  std::istringstream lines(read_text(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/images/expected.txt"));
  std::string line;
  int compared = 0;
  while (std::getline(lines, line)) {
    if (line.starts_with('#')) continue;
    SCOPED_TRACE(line);
    std::istringstream fields(line);
    std::string name;
    int x = 0, y = 0, red = 0, green = 0, blue = 0;
    fields >> name >> x >> y >> red >> green >> blue;
    const Image picture = decode(golden_picture(name));

    const uint8_t* pixel = picture.row(y) + x * 3;

    // Pillow converts CMYK with another rounding; all else is equal to the last bit.
    const int tolerance = name == "cmyk.jpg" || name == "ycck.jpg" ? 1 : 0;
    EXPECT_NEAR(pixel[0], red, tolerance);
    EXPECT_NEAR(pixel[1], green, tolerance);
    EXPECT_NEAR(pixel[2], blue, tolerance);
    ++compared;
  }
  EXPECT_EQ(compared, 17 * 6);  // files x positions in make_image_goldens.py
}

TEST(Decode, ReadsWhatAJpegHeaderSays) {
  const Info info = read_info(golden_picture("baseline_422.jpg"));

  EXPECT_EQ(info.format, Format::kJpeg);
  EXPECT_EQ(info.size, (Size{149, 117}));  // make_image_goldens.py, WIDTH and HEIGHT
  EXPECT_EQ(info.channels, 3);
  EXPECT_EQ(info.bits, 8);
  EXPECT_EQ(info.orientation, 1);
  EXPECT_FALSE(info.is_cmyk);
}

TEST(Decode, SaysThatAJpegHasFourInks) {
  const Info info = read_info(golden_picture("cmyk.jpg"));

  EXPECT_EQ(info.channels, 4);
  EXPECT_TRUE(info.is_cmyk);
}

TEST(Decode, ReadsWhatAPngHeaderSays) {
  EXPECT_EQ(read_info(golden_picture("sixteen_bit.png")).bits, 16);
  EXPECT_EQ(read_info(golden_picture("alpha.png")).channels, 4);
  EXPECT_EQ(read_info(golden_picture("grey.png")).channels, 1);
  EXPECT_EQ(read_info(golden_picture("grey.png")).size, (Size{37, 29}));
}

TEST(Decode, LooksAtTheBytesNotTheName) { EXPECT_EQ(read_info(golden_picture("really_png.JPEG")).format, Format::kPng); }

TEST(Decode, SaysHowAFileBeginsThatIsNoPicture) {
  EXPECT_EQ(message_of([] { decode(as_bytes("<html>\n<body>")); }), "not a JPEG or PNG picture (begins with \"<html>\\x0a<\")");
  EXPECT_EQ(message_of([] { read_info({}); }), "not a JPEG or PNG picture (it is empty)");
}

TEST(Decode, RefusesMorePixelsThanAllowed) {
  const Bytes jpeg = golden_picture("grey.jpg"), png = golden_picture("grey.png");

  EXPECT_EQ(message_of([&] { decode(jpeg, {.max_pixels = 149 * 117 - 1}); }), "JPEG header asks for 149 x 117 pixels, more than the limit of 17432");
  EXPECT_EQ(message_of([&] { decode(png, {.max_pixels = 1000}); }), "PNG header asks for 37 x 29 pixels, more than the limit of 1000");
  EXPECT_FALSE(code_of([&] { decode(jpeg, {.max_pixels = 149 * 117}); }));
}

TEST(Decode, RefusesASizeThatItsBytesCannotHold) {
  Bytes jpeg = golden_picture("baseline_420.jpg");
  const std::string_view text = as_text(jpeg);
  const size_t frame = text.find(std::string_view("\xFF\xC0\x00\x11\x08", 5));  // SOF0 of three channels: height, width follow
  ASSERT_NE(frame, std::string_view::npos);
  for (size_t i = 5; i < 9; ++i) jpeg[frame + i] = std::byte{0x3F};  // 16191 x 16191: 786 MB of pixels

  EXPECT_THAT(message_of([&] { decode(jpeg); }), HasSubstr("cannot hold 16191 x 16191 pixels"));
}

TEST(Decode, RefusesAProgressiveSizeThatItsBytesCannotHold) {
  Bytes jpeg = golden_picture("progressive_420.jpg");
  const size_t frame = as_text(jpeg).find(std::string_view("\xFF\xC2\x00\x11\x08", 5));  // SOF2, otherwise as above
  ASSERT_NE(frame, std::string_view::npos);
  for (size_t i = 5; i < 9; ++i) jpeg[frame + i] = std::byte{0x3F};

  EXPECT_THAT(message_of([&] { decode(jpeg); }), HasSubstr("cannot hold 16191 x 16191 pixels"));
}

// 16191 x 16191 pixels, three channels at 4:4:4: 2024^2 blocks of 64 coefficients of 2 bytes, three times.
TEST(Decode, RefusesAProgressiveSizeThatTakesTooMuchMemory) {
  Bytes jpeg = golden_picture("progressive_420.jpg");
  const size_t frame = as_text(jpeg).find(std::string_view("\xFF\xC2\x00\x11\x08", 5));
  ASSERT_NE(frame, std::string_view::npos);
  for (size_t i = 5; i < 9; ++i) jpeg[frame + i] = std::byte{0x3F};
  jpeg[frame + 11] = std::byte{0x11};     // the sampling factors of the first channel, as those of the others
  jpeg.resize(600'000, std::byte{0xFF});  // bytes enough for a bit a block: fill bytes before a marker that never comes

  EXPECT_THAT(message_of([&] { read_info(jpeg); }), HasSubstr("in several scans would take 1.5 GiB to decode, the limit is 1.0 GiB"));
}

TEST(Decode, RefusesArithmeticCoding) {
  Bytes jpeg = golden_picture("baseline_420.jpg");
  const size_t frame = as_text(jpeg).find(std::string_view("\xFF\xC0\x00\x11\x08", 5));
  ASSERT_NE(frame, std::string_view::npos);
  jpeg[frame + 1] = std::byte{0xC9};  // SOF9: sequential with arithmetic coding (ISO 10918-1, table B.1)

  EXPECT_THAT(message_of([&] { read_info(jpeg); }), HasSubstr("is in arithmetic coding, which is not read"));
}

TEST(Decode, TakesAJpegWithoutItsEndMarkerAsComplete) {
  for (const char* name : {"baseline_420.jpg", "progressive_420.jpg", "restart_420.jpg", "grey.jpg"}) {
    SCOPED_TRACE(name);
    const Bytes whole = golden_picture(name);
    const Bytes cut(whole.begin(), whole.end() - 2);

    EXPECT_EQ(decode(cut).pixels, decode(whole).pixels);
  }
}

TEST(Decode, IgnoresBytesInFrontOfTheEndMarker) {
  const Bytes whole = golden_picture("progressive_420.jpg");
  Bytes padded = whole;
  padded.insert(padded.end() - 2, 5, std::byte{0});

  EXPECT_EQ(decode(padded).pixels, decode(whole).pixels);
}

TEST(Decode, WithTheFastTransformStaysNearTheAccurateOne) {
  const Bytes jpeg = golden_picture("baseline_444.jpg");
  const Image accurate = decode(jpeg), fast = decode(jpeg, {.fast_idct = true});

  int largest = 0;
  for (size_t i = 0; i < accurate.pixels.size(); ++i) largest = std::max(largest, std::abs(accurate.pixels[i] - fast.pixels[i]));

  EXPECT_GT(largest, 0);
  EXPECT_LE(largest, 12);  // spec 1.1
}

TEST(Decode, AfterADamagedPictureReadsTheNextOne) {
  const Bytes whole = golden_picture("baseline_420.jpg");
  const Image expected = decode(whole);
  const Bytes cut(whole.begin(), whole.begin() + 1500);

  EXPECT_EQ(code_of([&] { decode(cut); }), ErrorCode::kData);
  EXPECT_EQ(decode(whole).pixels, expected.pixels);
}

TEST(Encode, PngComesBackExactly) {
  const Image picture = noise(33, 21, 1);

  const Image back = decode(encode_png(picture));

  EXPECT_EQ(back.size(), picture.size());
  EXPECT_EQ(back.pixels, picture.pixels);
}

TEST(Encode, JpegOfFullColourComesBackNearly) {
  const Image picture = decode(golden_picture("really_png.JPEG"));

  const Image back = decode(encode_jpeg(picture, 100));

  double sum = 0;
  for (size_t i = 0; i < picture.pixels.size(); ++i) sum += std::abs(picture.pixels[i] - back.pixels[i]);
  EXPECT_EQ(back.size(), picture.size());
  EXPECT_LT(sum / static_cast<double>(picture.pixels.size()), 1.5);  // rounding of colours and coefficients, about a level
}

TEST(Encode, JpegSamplesColourAsItsQualityAsks) {
  const Image picture = noise(40, 40, 2);
  // SOF0: marker, length, precision, height, width, channels, then id and sampling factors of the first channel (ISO 10918-1, B.2.2).
  const auto sampling = [&](int quality) {
    const Bytes jpeg = encode_jpeg(picture, quality);
    const size_t frame = as_text(jpeg).find(std::string_view("\xFF\xC0\x00\x11\x08", 5));
    return std::to_integer<int>(jpeg.at(frame + 11));
  };

  EXPECT_EQ(sampling(96), 0x11);
  EXPECT_EQ(sampling(95), 0x22);
}

}  // namespace
}  // namespace fovea::image
