// Arbitrary bytes as a picture: a data error or a picture, and a crop that equals the same part of the whole.
#include "fovea/base/error.h"
#include "fovea/image/decode.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <span>

namespace {

using namespace fovea::image;

/// Larger ones only cost time.
constexpr DecodeOptions kOptions{.max_pixels = 1 << 18};

std::optional<Image> decoded(std::span<const std::byte> bytes, const std::optional<Rect>& crop) {
  try {
    return crop ? decode_crop(bytes, *crop, kOptions) : decode(bytes, kOptions);
  } catch (const fovea::Error& error) {
    if (error.code() != fovea::ErrorCode::kData) std::abort();
    return std::nullopt;
  }
}

/// A crop that depends on the input, so that the fuzzer reaches many.
Rect crop_for(std::span<const std::byte> bytes, const Image& whole) {
  const auto number = [&](size_t from_end) { return std::to_integer<int>(bytes[bytes.size() - 1 - from_end % bytes.size()]); };
  Rect crop{number(0) % whole.width, number(1) % whole.height};
  crop.width = 1 + number(2) % (whole.width - crop.x);
  crop.height = 1 + number(3) % (whole.height - crop.y);
  return crop;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::optional<Image> whole = decoded(bytes, std::nullopt);
  if (!whole) return 0;
  const Rect crop = crop_for(bytes, *whole);
  const std::optional<Image> part = decoded(bytes, crop);
  if (!part || part->width != crop.width || part->height != crop.height) std::abort();
  for (int y = 0; y < crop.height; ++y) {
    if (!std::equal(part->row(y), part->row(y) + crop.width * 3, whole->row(crop.y + y) + crop.x * 3)) std::abort();
  }
  return 0;
}
