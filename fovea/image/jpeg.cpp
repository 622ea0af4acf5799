// JPEG by libjpeg-turbo's row interface. libjpeg reports errors by longjmp; every call into it stands inside guarded(), whose body owns
// nothing that has a destructor, so nothing is jumped over.
#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/image/codec.h"
#include "fovea/image/orientation.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

// jpeglib.h asks for <cstdio> before it; the message numbers of jerror.h depend on jpeglib.h, which therefore stands before that.
#include <jpeglib.h>

#include <jerror.h>

namespace fovea::image {
namespace {

/// Scans of one picture; ordinary progressive files have about ten. A limit, because each scan costs the time of a whole picture
/// (chosen: far above any real file).
constexpr int kMaxScans = 200;

/// What a picture of several scans may take for its coefficients, which are all in memory before the first row comes out: 2 bytes each,
/// 6 bytes a pixel at 4:4:4. libjpeg-turbo's own max_memory_to_use does not limit them (chosen: 178 million pixels at 4:4:4).
constexpr int64_t kMaxCoefficientBytes = int64_t{1} << 30;

/// Rows per call of jpeg_read_scanlines (chosen: one iMCU row of 4:2:0).
constexpr int kRowsPerCall = 16;

constexpr int kCmykChannels = 4;

struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg hands back a pointer to it
  std::jmp_buf jump;
  bool ran_out;  // bytes ended; libjpeg goes on as if the end marker had come
  std::array<char, JMSG_LENGTH_MAX> text;
};

ErrorManager& manager_of(j_common_ptr codec) { return *reinterpret_cast<ErrorManager*>(codec->err); }

[[noreturn]] void on_error(j_common_ptr codec) {
  ErrorManager& manager = manager_of(codec);
  manager.base.format_message(codec, manager.text.data());
  std::longjmp(manager.jump, 1);
}

/// Warnings after which the pixels are not what was encoded. Bytes between the last block and the end marker are harmless; they are common
/// in photographs.
bool is_damage(const jpeg_error_mgr& error) {
  constexpr int kEndMarker = 0xD9;
  switch (error.msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION: return true;
    case JWRN_EXTRANEOUS_DATA: return error.msg_parm.i[1] != kEndMarker;
    default: return false;
  }
}

void on_message(j_common_ptr codec, int level) {
  ErrorManager& manager = manager_of(codec);
  if (level >= 0) return;  // trace messages
  if (manager.base.msg_code == JWRN_JPEG_EOF) manager.ran_out = true;
  if (is_damage(manager.base)) on_error(codec);
}

void on_progress(j_common_ptr codec) {
  if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number > kMaxScans) {
    codec->err->msg_code = JERR_BAD_PROGRESSION;
    on_error(codec);
  }
}

/// Runs `body`; false when libjpeg gave up, with the reason in manager.text.
template <class Body>
bool guarded(ErrorManager& manager, const Body& body) {
  if (setjmp(manager.jump) != 0) return false;
  body();
  return true;
}

void set_up(ErrorManager& manager) {
  jpeg_std_error(&manager.base);
  manager.base.error_exit = on_error;
  manager.base.emit_message = on_message;
}

/// Reads one picture: libjpeg keeps Huffman and quantisation tables from one picture to the next, and a damaged picture must not find those
/// of another one.
class Decompressor {
 public:
  Decompressor() {
    set_up(errors_);
    codec_.err = &errors_.base;
    if (!guarded(errors_, [&] { jpeg_create_decompress(&codec_); })) fail(ErrorCode::kMemory, "libjpeg cannot start: {}", errors_.text.data());
    progress_.progress_monitor = on_progress;
    codec_.progress = &progress_;
  }
  ~Decompressor() { jpeg_destroy_decompress(&codec_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  Info read_header(std::span<const std::byte> bytes, const DecodeOptions& options);
  void read_part(Rect part, const DecodeOptions& options, Image& target);

 private:
  [[noreturn]] void give_up(const char* what);
  void start(Rect part);
  void check_scans_complete();
  void check_memory(Size stored) const;
  void read_rows(Rect part, uint8_t* buffer, Image& target);
  void convert_cmyk(const uint8_t* from, int width, uint8_t* to) const;

  ErrorManager errors_{};
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct codec_{};
  int first_column_ = 0;  // of the rows that libjpeg gives
};

/// Rows as libjpeg gives them, when those are not the target's; kept per thread.
std::vector<uint8_t>& row_buffer() {
  thread_local std::vector<uint8_t> buffer;
  return buffer;
}

void Decompressor::give_up(const char* what) {
  const unsigned row = codec_.output_scanline, rows = codec_.output_height;
  std::string reason = errors_.text.data();
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z' && (reason.size() < 2 || reason[1] < 'A' || reason[1] > 'Z')) {
    reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  }
  if (rows == 0) fail(ErrorCode::kData, "JPEG {} is damaged: {}", what, reason);
  fail(ErrorCode::kData, "JPEG {} is damaged near row {} of {}: {}", what, row, rows, reason);
}

Info Decompressor::read_header(std::span<const std::byte> bytes, const DecodeOptions& options) {
  const bool is_read = guarded(errors_, [&] {
    jpeg_mem_src(&codec_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&codec_, TRUE);
  });
  if (!is_read) give_up("header");
  if (codec_.arith_code) fail(ErrorCode::kData, "JPEG picture is in arithmetic coding, which is not read; Huffman coding is");

  const Size stored{static_cast<int>(codec_.image_width), static_cast<int>(codec_.image_height)};
  check_pixel_limit(Format::kJpeg, stored, options);
  // A block of 8 x 8 pixels takes a bit or more in Huffman coding (progressive: in its first scan): a huge size in a short file is seen before
  // memory is taken.
  const int64_t blocks = int64_t{stored.width} * stored.height / DCTSIZE2;
  if (blocks > 8 * static_cast<int64_t>(bytes.size())) {
    fail(ErrorCode::kData, "JPEG picture is truncated: {} bytes cannot hold {} x {} pixels", bytes.size(), stored.width, stored.height);
  }
  check_memory(stored);
  const bool is_cmyk = codec_.num_components == kCmykChannels;
  if (codec_.jpeg_color_space == JCS_UNKNOWN) {
    fail(ErrorCode::kData, "JPEG picture has {} channels of unknown meaning; grey, colour and CMYK are understood", codec_.num_components);
  }
  const int orientation = jpeg_orientation(bytes);
  return {Format::kJpeg, upright_size(stored, orientation), codec_.num_components, codec_.data_precision, orientation, is_cmyk};
}

void Decompressor::check_memory(Size stored) const {
  if (!codec_.progressive_mode && codec_.comps_in_scan == codec_.num_components) return;  // a few rows at a time
  int64_t bytes = 0;
  for (int channel = 0; channel < codec_.num_components; ++channel) {
    const jpeg_component_info& info = codec_.comp_info[channel];
    bytes += int64_t{info.width_in_blocks} * int64_t{info.height_in_blocks} * int64_t{DCTSIZE2} * static_cast<int64_t>(sizeof(JCOEF));
  }
  if (bytes > kMaxCoefficientBytes) {
    fail(ErrorCode::kData, "JPEG picture of {} x {} pixels in several scans would take {} to decode, the limit is {}", stored.width, stored.height,
         format_bytes(static_cast<double>(bytes)), format_bytes(static_cast<double>(kMaxCoefficientBytes)));
  }
}

/// Narrows the output to the columns and moves to the first row of `part`.
void Decompressor::start(Rect part) {
  // Fancy upsampling looks at the neighbouring chroma sample, at most two pixels away; libjpeg treats the first and last column it decodes
  // as edges of the picture, so a wider part is decoded and trimmed (libjpeg-turbo, libjpeg.txt, jpeg_crop_scanline).
  constexpr int kMarginPx = 4;
  jpeg_start_decompress(&codec_);
  const int image_width = static_cast<int>(codec_.output_width);
  const int left = std::max(0, part.x - kMarginPx);
  auto offset = static_cast<JDIMENSION>(left);
  auto width = static_cast<JDIMENSION>(std::min(image_width, part.x + part.width + kMarginPx) - left);
  jpeg_crop_scanline(&codec_, &offset, &width);
  first_column_ = static_cast<int>(offset);
  // The skip itself decodes the last rows above the part, which upsampling looks at.
  if (part.y > 0) jpeg_skip_scanlines(&codec_, static_cast<JDIMENSION>(part.y));
}

/// Whole scans may be missing without a warning: at the cut, libjpeg goes on as if the end marker had come.
void Decompressor::check_scans_complete() {
  if (!jpeg_has_multiple_scans(&codec_)) return;
  for (int c = 0; c < codec_.num_components; ++c) {
    bool is_complete = codec_.comp_info[c].quant_table != nullptr;  // saved when the component's first scan begins
    if (codec_.coef_bits != nullptr) {
      // coef_bits: 0 where a coefficient has arrived to its last bit, -1 where nothing has arrived.
      const auto& bits = codec_.coef_bits[c];
      is_complete = errors_.ran_out ? std::all_of(bits, bits + DCTSIZE2, [](int left) { return left == 0; }) : bits[0] >= 0;
    }
    if (!is_complete) {
      fail(ErrorCode::kData, "JPEG picture is truncated: channel {} lacks whole scans", c);
    }
  }
}

void Decompressor::convert_cmyk(const uint8_t* from, int width, uint8_t* to) const {
  // Adobe's programs store 255 - ink (Pillow and TensorFlow read it so too); light is the product of what each ink and black let through.
  const int flip = codec_.saw_Adobe_marker ? 0 : 255;
  for (int x = 0; x < width; ++x, from += kCmykChannels, to += 3) {
    const int black = from[3] ^ flip;
    for (int c = 0; c < 3; ++c) to[c] = static_cast<uint8_t>(((from[c] ^ flip) * black + 127) / 255);
  }
}

/// Runs inside guarded(): only trivial locals.
void Decompressor::read_rows(Rect part, uint8_t* buffer, Image& target) {
  const size_t row_bytes = static_cast<size_t>(codec_.output_width) * static_cast<size_t>(codec_.output_components);
  const bool is_cmyk = codec_.out_color_space == JCS_CMYK;
  const bool is_direct = !is_cmyk && static_cast<int>(codec_.output_width) == part.width;
  int done = 0;
  while (done < part.height) {
    std::array<JSAMPROW, kRowsPerCall> rows;
    const int asked = std::min(kRowsPerCall, part.height - done);
    for (int i = 0; i < asked; ++i) rows[static_cast<size_t>(i)] = is_direct ? target.row(done + i) : buffer + static_cast<size_t>(i) * row_bytes;
    const int got = static_cast<int>(jpeg_read_scanlines(&codec_, rows.data(), static_cast<JDIMENSION>(asked)));
    if (!is_direct) {
      const size_t skipped = static_cast<size_t>(part.x - first_column_) * static_cast<size_t>(codec_.output_components);
      for (int i = 0; i < got; ++i) {
        const uint8_t* from = rows[static_cast<size_t>(i)] + skipped;
        if (is_cmyk) {
          convert_cmyk(from, part.width, target.row(done + i));
        } else {
          std::memcpy(target.row(done + i), from, static_cast<size_t>(part.width) * 3);
        }
      }
    }
    done += got;
  }
}

void Decompressor::read_part(Rect part, const DecodeOptions& options, Image& target) {
  codec_.out_color_space = codec_.num_components == kCmykChannels ? JCS_CMYK : JCS_RGB;
  codec_.dct_method = options.fast_idct ? JDCT_IFAST : JDCT_ISLOW;
  // Only progressive pictures that lack scans are smoothed across blocks, and then a part would differ from the whole.
  codec_.do_block_smoothing = FALSE;
  if (!guarded(errors_, [&] { start(part); })) give_up("picture");
  check_scans_complete();
  std::vector<uint8_t>& buffer = row_buffer();
  buffer.resize(size_t{kRowsPerCall} * codec_.output_width * static_cast<size_t>(codec_.output_components));
  reshape(target, part.width, part.height);
  if (!guarded(errors_, [&] { read_rows(part, buffer.data(), target); })) give_up("picture");
}

}  // namespace

Info read_jpeg_info(std::span<const std::byte> bytes, const DecodeOptions& options) { return Decompressor().read_header(bytes, options); }

Info decode_jpeg(std::span<const std::byte> bytes, const std::optional<Rect>& upright_crop, const DecodeOptions& options, Image& target) {
  Decompressor decompressor;
  const Info info = decompressor.read_header(bytes, options);
  decompressor.read_part(wanted_part(info, upright_crop), options, target);
  return info;
}

std::vector<std::byte> encode_jpeg(const Image& picture, int quality) {
  constexpr int kFullColourQuality = 96;  // contract in decode.h
  FOVEA_CHECK(quality >= 1 && quality <= 100, "quality {}", quality);
  FOVEA_CHECK(picture.width > 0 && picture.height > 0 && picture.width <= JPEG_MAX_DIMENSION && picture.height <= JPEG_MAX_DIMENSION, "picture of {} x {}",
              picture.width, picture.height);
  ErrorManager errors{};
  set_up(errors);
  jpeg_compress_struct codec{};
  codec.err = &errors.base;
  unsigned char* bytes = nullptr;  // grown by libjpeg with malloc
  unsigned long size = 0;
  const bool is_done = guarded(errors, [&] {
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &bytes, &size);
    codec.image_width = static_cast<JDIMENSION>(picture.width);
    codec.image_height = static_cast<JDIMENSION>(picture.height);
    codec.input_components = 3;
    codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, quality, TRUE);
    const int sampling = quality >= kFullColourQuality ? 1 : 2;
    codec.comp_info[0].h_samp_factor = sampling;
    codec.comp_info[0].v_samp_factor = sampling;
    jpeg_start_compress(&codec, TRUE);
    for (int y = 0; y < picture.height; ++y) {
      JSAMPROW row = const_cast<JSAMPROW>(picture.row(y));
      jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
  });
  jpeg_destroy_compress(&codec);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(bytes, std::free);
  if (!is_done) fail(ErrorCode::kInternal, "libjpeg cannot encode: {}", errors.text.data());
  const auto* first = reinterpret_cast<const std::byte*>(bytes);
  return {first, first + size};
}

}  // namespace fovea::image
