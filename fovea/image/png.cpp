// PNG by libspng, row by row, so that rows below the wanted part are not inflated.
#include "fovea/base/error.h"
#include "fovea/image/codec.h"
#include "fovea/image/orientation.h"

#include <spng.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace fovea::image {
namespace {

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using Context = std::unique_ptr<spng_ctx, FreeContext>;

/// Text, profiles and the like are kept in memory by libspng; more than this is not a photograph's remark (chosen).
constexpr size_t kMaxChunkBytes = size_t{64} << 20;

/// Deflate expands at most 1032 times (RFC 1951: 258 bytes by two bits).
constexpr int64_t kMaxExpansion = 1032;

[[noreturn]] void give_up(const char* what, int code) { fail(ErrorCode::kData, "PNG {} is damaged: {}", what, spng_strerror(code)); }

Context make_context(int flags) {
  Context context(spng_ctx_new(flags));
  if (!context) throw std::bad_alloc();
  return context;
}

struct Opened {
  Context context;
  Info info;
  bool is_interlaced = false;
};

int channels_of(const spng_ihdr& header) {
  switch (header.color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE: return 1;
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA: return 2;
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA: return 4;
    default: return 3;
  }
}

Opened open(std::span<const std::byte> bytes, const DecodeOptions& options) {
  Opened png{.context = make_context(0)};
  spng_ctx* context = png.context.get();
  int code = spng_set_png_buffer(context, bytes.data(), bytes.size());
  if (code == 0) code = spng_set_chunk_limits(context, kMaxChunkBytes, kMaxChunkBytes);
  spng_ihdr header{};
  if (code == 0) code = spng_get_ihdr(context, &header);
  if (code != 0) give_up("header", code);

  const Size stored{static_cast<int>(header.width), static_cast<int>(header.height)};
  check_pixel_limit(Format::kPng, stored, options);
  const int stored_channels = header.color_type == SPNG_COLOR_TYPE_INDEXED ? 1 : channels_of(header);
  const int64_t stored_bytes = int64_t{stored.width} * stored.height * stored_channels * header.bit_depth / 8;
  if (stored_bytes > kMaxExpansion * static_cast<int64_t>(bytes.size())) {
    fail(ErrorCode::kData, "PNG picture is truncated: {} bytes cannot hold {} x {} pixels", bytes.size(), stored.width, stored.height);
  }
  spng_exif exif{};
  const bool has_exif = spng_get_exif(context, &exif) == 0;
  const int orientation = has_exif ? exif_orientation(std::as_bytes(std::span(exif.data, exif.length))) : 1;
  png.info = {Format::kPng, upright_size(stored, orientation), channels_of(header), header.bit_depth, orientation, false};
  png.is_interlaced = header.interlace_method != SPNG_INTERLACE_NONE;
  return png;
}

/// libspng compares the checksum of a chunk when it reads the next one: that of the last pixels is never compared unless it goes on to the end.
void check_end(spng_ctx* context) {
  if (const int code = spng_decode_chunks(context); code != 0) give_up("picture", code);
}

void copy_columns(const uint8_t* row, Rect part, uint8_t* to) { std::copy_n(row + static_cast<size_t>(part.x) * 3, static_cast<size_t>(part.width) * 3, to); }

}  // namespace

Info read_png_info(std::span<const std::byte> bytes, const DecodeOptions& options) { return open(bytes, options).info; }

Info decode_png(std::span<const std::byte> bytes, const std::optional<Rect>& upright_crop, const DecodeOptions& options, Image& target) {
  const Opened png = open(bytes, options);
  spng_ctx* context = png.context.get();
  const Rect part = wanted_part(png.info, upright_crop);
  const size_t row_bytes = static_cast<size_t>(upright_size(png.info.size, png.info.orientation).width) * 3;
  const int last_row = part.y + part.height;
  reshape(target, part.width, part.height);
  if (png.is_interlaced) {  // every pass touches all of the picture
    std::vector<uint8_t> all(row_bytes * static_cast<size_t>(upright_size(png.info.size, png.info.orientation).height));
    if (const int code = spng_decode_image(context, all.data(), all.size(), SPNG_FMT_RGB8, 0); code != 0) give_up("picture", code);
    check_end(context);
    for (int y = part.y; y < last_row; ++y) copy_columns(all.data() + row_bytes * static_cast<size_t>(y), part, target.row(y - part.y));
    return png.info;
  }
  std::vector<uint8_t> row(row_bytes);
  if (const int code = spng_decode_image(context, nullptr, 0, SPNG_FMT_RGB8, SPNG_DECODE_PROGRESSIVE); code != 0) give_up("picture", code);
  for (int y = 0; y < last_row; ++y) {
    const int code = spng_decode_row(context, row.data(), row.size());
    if (code != 0 && code != SPNG_EOI) {
      fail(ErrorCode::kData, "PNG picture is damaged at row {}: {}", y, spng_strerror(code));
    }
    if (y >= part.y) copy_columns(row.data(), part, target.row(y - part.y));
  }
  if (last_row == upright_size(png.info.size, png.info.orientation).height) check_end(context);
  return png.info;
}

std::vector<std::byte> encode_png(const Image& picture) {
  FOVEA_CHECK(picture.width > 0 && picture.height > 0, "picture of {} x {}", picture.width, picture.height);
  const Context context = make_context(SPNG_CTX_ENCODER);
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(picture.width);
  header.height = static_cast<uint32_t>(picture.height);
  header.bit_depth = 8;
  header.color_type = SPNG_COLOR_TYPE_TRUECOLOR;
  int code = spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  if (code == 0) code = spng_set_ihdr(context.get(), &header);
  if (code == 0) code = spng_encode_image(context.get(), picture.pixels.data(), picture.pixels.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  size_t size = 0;
  const std::unique_ptr<void, decltype(&std::free)> bytes(code == 0 ? spng_get_png_buffer(context.get(), &size, &code) : nullptr, std::free);
  if (code != 0) fail(ErrorCode::kInternal, "libspng cannot encode: {}", spng_strerror(code));
  const auto* first = static_cast<const std::byte*>(bytes.get());
  return {first, first + size};
}

}  // namespace fovea::image
