// Encoded pictures to pixels: recognised by their first bytes, never by their name; JPEG (jpeg.cpp) and PNG (png.cpp).
#pragma once

#include "fovea/image/image.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fovea::image {

enum class Format { kJpeg, kPng };

struct DecodeOptions {
  /// libjpeg-turbo's fast inverse transform, as TensorFlow decodes (spec 1.1): differs by up to 12 levels. Default: the accurate one.
  bool fast_idct = false;
  /// Pictures with more pixels are refused before memory is taken.
  int64_t max_pixels = int64_t{1} << 28;
};

/// Header facts, after the EXIF orientation is applied.
struct Info {
  Format format = Format::kJpeg;
  Size size;
  int channels = 3;      ///< as stored: 1 grey, 3 colour, 4 CMYK/YCCK or alpha
  int bits = 8;          ///< per channel, as stored
  int orientation = 1;   ///< EXIF 1..8; `size` is that of the upright picture
  bool is_cmyk = false;  ///< JPEG with four channels
};

std::optional<Format> recognise(std::span<const std::byte> bytes);

/// Reads the header only. throws kData "not a JPEG or PNG picture (begins with …)", "… header is damaged"
Info read_info(std::span<const std::byte> bytes, const DecodeOptions& options = {});

/// The upright picture as RGB: grey replicated, CMYK and YCCK converted (Adobe's inverted form understood), 16 bits reduced to 8, palette
/// expanded, alpha dropped (colour as stored), EXIF orientation applied.
/// throws kData when it is damaged, truncated, too large, or a JPEG in arithmetic coding; a JPEG that merely lacks its end marker but has every
///        row counts as complete, a PNG is read to its end for the checksums
Image decode(std::span<const std::byte> bytes, const DecodeOptions& options = {});

/// The part `crop` of decode(bytes), equal to decoding all and cropping then, byte by byte, but only as much as needed is decoded: rows
/// above are skipped, rows below (and the checksums behind them) never read, columns outside trimmed to whole blocks plus the margin that fancy upsampling
/// looks at. crop   inside the upright picture, not empty
Image decode_crop(std::span<const std::byte> bytes, Rect crop, const DecodeOptions& options = {});

/// The same into a picture whose memory is used again: what a loader's worker keeps from sample to sample.
void decode_crop_into(std::span<const std::byte> bytes, Rect crop, const DecodeOptions& options, Image& target);

/// Encoders for what the program makes. quality 1..100; 4:4:4 at 96 and above, else 4:2:0.
std::vector<std::byte> encode_jpeg(const Image& picture, int quality);
std::vector<std::byte> encode_png(const Image& picture);

}  // namespace fovea::image
