#include "fovea/image/orientation.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace fovea::image {
namespace {

constexpr int kUpright = 1;
constexpr uint32_t kOrientationTag = 0x0112;
constexpr uint32_t kShortType = 3;
constexpr size_t kEntryBytes = 12;

/// Where the pixel (x, y) of the upright picture is stored: axes swapped first, then counted from the far side.
struct Turn {
  bool swaps = false, from_right = false, from_bottom = false;
};
// EXIF 2.32, table of tag 0x0112: 2 mirrored, 3 half turn, 4 upside down, 5 transposed, 6 stored a quarter turn to the left, 7 transverse,
// 8 stored a quarter turn to the right.
constexpr std::array<Turn, 9> kTurns{{{},
                                      {},
                                      {false, true, false},
                                      {false, true, true},
                                      {false, false, true},
                                      {true, false, false},
                                      {true, false, true},
                                      {true, true, true},
                                      {true, true, false}}};

const Turn& turn_of(int orientation) { return kTurns[static_cast<size_t>(orientation)]; }

/// Bounded reading in either byte order; outside the block reads zero, which is no valid tag, type or value.
class TiffBytes {
 public:
  explicit TiffBytes(std::span<const std::byte> bytes) : bytes_(bytes), is_big_endian_(!bytes.empty() && bytes[0] == std::byte{'M'}) {}

  [[nodiscard]] uint32_t number(size_t offset, size_t length) const {
    if (offset > bytes_.size() || bytes_.size() - offset < length) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < length; ++i) {
      value = (value << 8) | std::to_integer<uint32_t>(bytes_[offset + (is_big_endian_ ? i : length - 1 - i)]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool is_big_endian_;
};

std::string_view text_at(std::span<const std::byte> bytes, size_t offset, size_t length) {
  if (offset > bytes.size() || bytes.size() - offset < length) return {};
  return {reinterpret_cast<const char*>(bytes.data()) + offset, length};
}

}  // namespace

int exif_orientation(std::span<const std::byte> tiff) {
  using namespace std::string_view_literals;
  const std::string_view start = text_at(tiff, 0, 4);
  if (start != "II*\0"sv && start != "MM\0*"sv) return kUpright;
  const TiffBytes bytes(tiff);
  const size_t directory = bytes.number(4, 4);
  const size_t entries = bytes.number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (entry > tiff.size()) break;
    if (bytes.number(entry, 2) != kOrientationTag) continue;
    const uint32_t value = bytes.number(entry + 8, 2);
    const bool is_valid = bytes.number(entry + 2, 2) == kShortType && value >= 1 && value <= 8;
    return is_valid ? static_cast<int>(value) : kUpright;
  }
  return kUpright;
}

int jpeg_orientation(std::span<const std::byte> jpeg) {
  using namespace std::string_view_literals;
  constexpr int kApp1 = 0xE1, kStartOfScan = 0xDA;
  constexpr auto kExif = "Exif\0\0"sv;
  const auto byte = [&](size_t at) { return std::to_integer<int>(jpeg[at]); };
  size_t at = 2;  // behind the start marker
  while (at + 4 <= jpeg.size() && byte(at) == 0xFF) {
    const int marker = byte(at + 1);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (marker == kStartOfScan) break;
    const size_t length = static_cast<size_t>(byte(at + 2) << 8 | byte(at + 3));
    if (length < 2 || length > jpeg.size() - at - 2) break;
    if (marker == kApp1 && length >= 2 + kExif.size() && text_at(jpeg, at + 4, kExif.size()) == kExif) {
      return exif_orientation(jpeg.subspan(at + 4 + kExif.size(), length - 2 - kExif.size()));
    }
    at += 2 + length;
  }
  return kUpright;
}

Size upright_size(Size stored, int orientation) { return turn_of(orientation).swaps ? Size{stored.height, stored.width} : stored; }

Rect stored_rect(Rect upright, Size stored, int orientation) {
  const Turn& turn = turn_of(orientation);
  Rect rect = turn.swaps ? Rect{upright.y, upright.x, upright.height, upright.width} : upright;
  if (turn.from_right) rect.x = stored.width - rect.x - rect.width;
  if (turn.from_bottom) rect.y = stored.height - rect.y - rect.height;
  return rect;
}

void turn_upright(Image& picture, int orientation) {
  if (orientation == kUpright) return;
  const Size size = upright_size(picture.size(), orientation);
  Image upright(size.width, size.height);
  for (int y = 0; y < size.height; ++y) {
    uint8_t* out = upright.row(y);
    for (int x = 0; x < size.width; ++x) {
      const Rect from = stored_rect({x, y, 1, 1}, picture.size(), orientation);
      std::copy_n(picture.row(from.y) + static_cast<size_t>(from.x) * 3, 3, out + static_cast<size_t>(x) * 3);
    }
  }
  std::swap(picture, upright);
}

}  // namespace fovea::image
