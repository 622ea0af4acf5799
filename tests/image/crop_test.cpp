#include "tests/image/pictures.h"

#include <gtest/gtest.h>

namespace fovea::image {
namespace {

/// Half of them any rectangle, half small ones near block borders, where margins matter.
Rect random_crop(Random& random, Size size) {
  const bool is_small = random.integer(0, 1) == 0;
  const auto side = [&](int whole) { return static_cast<int>(random.integer(1, is_small ? std::min(whole, 9) : whole)); };
  Rect crop{0, 0, side(size.width), side(size.height)};
  crop.x = static_cast<int>(random.integer(0, size.width - crop.width));
  crop.y = static_cast<int>(random.integer(0, size.height - crop.height));
  return crop;
}

void expect_crops_equal(const Bytes& bytes, int crops, const DecodeOptions& options = {}) {
  const Image whole = decode(bytes, options);
  for (int i = 0; i < crops; ++i) {
    Random random(3, 0, static_cast<uint64_t>(i), Purpose::kCrop);
    const Rect crop = random_crop(random, whole.size());
    const Image part = decode_crop(bytes, crop, options);
    ASSERT_EQ(part.size(), (Size{crop.width, crop.height}));
    ASSERT_EQ(part.pixels, cropped(whole, crop).pixels) << "crop " << crop.x << " " << crop.y << " " << crop.width << " " << crop.height;
  }
}

class DecodeCrop : public testing::TestWithParam<const char*> {};

TEST_P(DecodeCrop, EqualsDecodingAllThenCropping) { expect_crops_equal(golden_picture(GetParam()), 400); }

TEST_P(DecodeCrop, EqualsItWithTheFastTransformToo) { expect_crops_equal(golden_picture(GetParam()), 50, {.fast_idct = true}); }

INSTANTIATE_TEST_SUITE_P(Forms, DecodeCrop,
                         testing::Values("baseline_444.jpg", "baseline_422.jpg", "baseline_420.jpg", "baseline_440.jpg", "progressive_420.jpg",
                                         "progressive_444.jpg", "restart_420.jpg", "grey.jpg", "cmyk.jpg", "ycck.jpg", "alpha.png", "grey.png",
                                         "interlaced.png", "one_bit.png", "palette.png", "really_png.JPEG", "sixteen_bit.png"),
                         [](const auto& form) {
                           std::string name = form.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(DecodeCropOf, EverySizeUpToThreeBlocksEqualsDecodingAllThenCropping) {
  for (int size = 1; size <= 50; ++size) {
    SCOPED_TRACE(size);
    expect_crops_equal(encode_jpeg(noise(size, 51 - size, static_cast<uint64_t>(size)), 80), 12);
  }
}

TEST(DecodeCropOf, EveryOrientationEqualsDecodingAllThenCropping) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    expect_crops_equal(with_exif(golden_picture("baseline_420.jpg"), orientation, false), 30);
  }
}

TEST(DecodeCropOf, APictureReusesTheMemoryOfItsTarget) {
  const Bytes jpeg = golden_picture("baseline_420.jpg");
  Image target;
  decode_crop_into(jpeg, {0, 0, 100, 100}, {}, target);
  const uint8_t* const memory = target.pixels.data();

  decode_crop_into(jpeg, {20, 30, 40, 50}, {}, target);

  EXPECT_EQ(target.pixels.data(), memory);
  EXPECT_EQ(target.pixels, decode_crop(jpeg, {20, 30, 40, 50}).pixels);
}

TEST(DecodeCropOf, AnAreaOutsideThePictureIsAProgrammersError) {
  const Bytes jpeg = golden_picture("grey.jpg");

  EXPECT_EQ(code_of([&] { decode_crop(jpeg, {140, 0, 10, 10}); }), ErrorCode::kInternal);
  EXPECT_EQ(code_of([&] { decode_crop(jpeg, {-1, 0, 10, 10}); }), ErrorCode::kInternal);
  EXPECT_EQ(code_of([&] { decode_crop(jpeg, {0, 0, 0, 10}); }), ErrorCode::kInternal);
}

}  // namespace
}  // namespace fovea::image
