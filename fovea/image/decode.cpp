#include "fovea/image/decode.h"

#include "fovea/base/error.h"
#include "fovea/base/file.h"
#include "fovea/image/codec.h"
#include "fovea/image/orientation.h"

#include <algorithm>
#include <string>

namespace fovea::image {
namespace {

using namespace std::string_view_literals;

// First bytes: JPEG, ISO/IEC 10918-1 annex B (start marker, then the 0xFF of the next one); PNG, W3C REC-png section 5.2.
constexpr auto kJpegStart = "\xFF\xD8\xFF"sv;
constexpr auto kPngStart = "\x89PNG\r\n\x1A\n"sv;

/// The first bytes for a message: letters as they are, all else as \x41.
std::string first_bytes(std::span<const std::byte> bytes) {
  constexpr size_t kShown = 8;
  std::string text;
  for (const std::byte byte : bytes.first(std::min(kShown, bytes.size()))) {
    const auto value = std::to_integer<unsigned>(byte);
    const bool is_plain = value >= 0x20 && value < 0x7F && value != '"' && value != '\\';
    text += is_plain ? std::string(1, static_cast<char>(value)) : fmt::format("\\x{:02x}", value);
  }
  return text;
}

Format expect_format(std::span<const std::byte> bytes) {
  if (const std::optional<Format> format = recognise(bytes)) return *format;
  if (bytes.empty()) fail(ErrorCode::kData, "not a JPEG or PNG picture (it is empty)");
  fail(ErrorCode::kData, "not a JPEG or PNG picture (begins with \"{}\")", first_bytes(bytes));
}

void decode_part(std::span<const std::byte> bytes, const std::optional<Rect>& crop, const DecodeOptions& options, Image& target) {
  const Info info = expect_format(bytes) == Format::kJpeg ? decode_jpeg(bytes, crop, options, target) : decode_png(bytes, crop, options, target);
  turn_upright(target, info.orientation);
}

}  // namespace

std::optional<Format> recognise(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with(kJpegStart)) return Format::kJpeg;
  if (text.starts_with(kPngStart)) return Format::kPng;
  return std::nullopt;
}

Info read_info(std::span<const std::byte> bytes, const DecodeOptions& options) {
  return expect_format(bytes) == Format::kJpeg ? read_jpeg_info(bytes, options) : read_png_info(bytes, options);
}

Image decode(std::span<const std::byte> bytes, const DecodeOptions& options) {
  Image picture;
  decode_part(bytes, std::nullopt, options, picture);
  return picture;
}

Image decode_crop(std::span<const std::byte> bytes, Rect crop, const DecodeOptions& options) {
  Image picture;
  decode_part(bytes, crop, options, picture);
  return picture;
}

void decode_crop_into(std::span<const std::byte> bytes, Rect crop, const DecodeOptions& options, Image& target) { decode_part(bytes, crop, options, target); }

void check_pixel_limit(Format format, Size size, const DecodeOptions& options) {
  const int64_t pixels = int64_t{size.width} * size.height;
  if (pixels > options.max_pixels) {
    fail(ErrorCode::kData, "{} header asks for {} x {} pixels, more than the limit of {}", format == Format::kJpeg ? "JPEG" : "PNG", size.width, size.height,
         options.max_pixels);
  }
}

Rect wanted_part(const Info& info, const std::optional<Rect>& upright_crop) {
  const Size stored = upright_size(info.size, info.orientation);  // swapping twice gives the stored size back
  if (!upright_crop) return {0, 0, stored.width, stored.height};
  const Rect& crop = *upright_crop;
  FOVEA_CHECK(
      crop.x >= 0 && crop.y >= 0 && crop.width > 0 && crop.height > 0 && crop.width <= info.size.width - crop.x && crop.height <= info.size.height - crop.y,
      "crop {}, {}, {} x {} of a picture of {} x {}", crop.x, crop.y, crop.width, crop.height, info.size.width, info.size.height);
  return stored_rect(crop, stored, info.orientation);
}

void reshape(Image& target, int width, int height) {
  target.width = width;
  target.height = height;
  target.pixels.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
}

}  // namespace fovea::image
