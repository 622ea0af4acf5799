#include "fovea/io/tfrecord.h"

#include "fovea/io/crc32c.h"
#include "fovea/io/little_endian.h"

#include <algorithm>
#include <array>

namespace fovea::io {
namespace {

constexpr int64_t kPageBytes = 4096;

// The twelve bytes before each payload. Small records share a page, and the kernel reads no less than a page: so one pread fetches the
// rest of the page that a header begins in, and the headers that follow in it cost no call.
class Headers {
 public:
  explicit Headers(const InputFile& file) : file_(file) {}

  /// The header at `offset`, or fewer bytes at the end of the file.
  std::span<const std::byte> at(int64_t offset) {
    if (offset < start_ || offset + kRecordHeaderBytes > start_ + count_) {
      int64_t wanted = kPageBytes - offset % kPageBytes;
      if (wanted < kRecordHeaderBytes) wanted += kPageBytes;
      start_ = offset;
      count_ = static_cast<int64_t>(file_.read_at(offset, std::span(bytes_).first(static_cast<size_t>(wanted))));
    }
    const auto held = std::span<const std::byte>(bytes_).subspan(static_cast<size_t>(offset - start_), static_cast<size_t>(start_ + count_ - offset));
    return held.first(std::min(held.size(), static_cast<size_t>(kRecordHeaderBytes)));
  }

 private:
  const InputFile& file_;
  std::array<std::byte, 2 * kPageBytes> bytes_{};
  int64_t start_ = 0;
  int64_t count_ = 0;
};

std::string place_name(const fs::path& path, int64_t number, int64_t offset) { return fmt::format("{}: record {} at byte {}", path.string(), number, offset); }

std::string crc_mismatch(std::string_view what, uint32_t stored, uint32_t computed) {
  return fmt::format("{} CRC is {:#010x}, expected {:#010x}", what, stored, computed);
}

}  // namespace

RecordScan scan_records(const fs::path& path, int64_t max_record_bytes) {
  const InputFile file(path);
  Headers headers(file);
  RecordScan scan;
  int64_t offset = 0;
  while (offset < file.size()) {
    const auto damaged = [&](const std::string& why) {
      scan.damage = fmt::format("{}: {}", place_name(path, static_cast<int64_t>(scan.records.size()), offset), why);
      return scan;
    };
    const auto header = headers.at(offset);
    if (header.size() < static_cast<size_t>(kRecordHeaderBytes)) {
      return damaged(fmt::format("the file ends inside the record's header, after {} of {} bytes", header.size(), kRecordHeaderBytes));
    }
    const auto stored = load_number<uint32_t>(header, 8);
    const auto computed = masked_crc32c(header.first(8));
    if (stored != computed) return damaged(crc_mismatch("length", stored, computed));
    const auto length = load_number<uint64_t>(header);
    if (length > static_cast<uint64_t>(max_record_bytes)) return damaged(fmt::format("length is {}, the limit is {}", length, max_record_bytes));
    const RecordPlace place{.offset = offset + kRecordHeaderBytes, .length = static_cast<int64_t>(length)};
    const int64_t end = place.offset + place.length + kRecordFooterBytes;
    if (end > file.size()) return damaged(fmt::format("the file ends inside the record, at byte {}; the record would end at byte {}", file.size(), end));
    scan.records.push_back(place);
    offset = end;
  }
  return scan;
}

std::vector<std::byte> read_record(const InputFile& file, RecordPlace place, int64_t number) {
  const int64_t start = place.offset - kRecordHeaderBytes;
  const auto ends_inside = [&](int64_t size) {
    fail(ErrorCode::kData, "{}: the file ends inside the record, at byte {}", place_name(file.path(), number, start), size);
  };
  FOVEA_CHECK(start >= 0 && place.length >= 0, "record {} at {} of {} bytes", number, start, place.length);
  // Before the allocation: a place from a cache may describe a file that has shrunk since.
  if (place.offset > file.size() || place.length > file.size() - place.offset - kRecordFooterBytes) ends_inside(file.size());

  std::vector<std::byte> bytes(static_cast<size_t>(place.length + kRecordFooterBytes));
  const size_t count = file.read_at(place.offset, bytes);
  if (count < bytes.size()) ends_inside(place.offset + static_cast<int64_t>(count));

  const auto stored = load_number<uint32_t>(bytes, static_cast<size_t>(place.length));
  bytes.resize(static_cast<size_t>(place.length));
  const uint32_t computed = masked_crc32c(bytes);
  if (stored != computed) fail(ErrorCode::kData, "{}: {}", place_name(file.path(), number, start), crc_mismatch("data", stored, computed));
  return bytes;
}

std::vector<std::byte> framed_record(std::span<const std::byte> payload) {
  std::vector<std::byte> bytes;
  bytes.reserve(payload.size() + static_cast<size_t>(kRecordHeaderBytes + kRecordFooterBytes));
  append_number(bytes, static_cast<uint64_t>(payload.size()));
  append_number(bytes, masked_crc32c(std::span(bytes).first(8)));
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  append_number(bytes, masked_crc32c(payload));
  return bytes;
}

}  // namespace fovea::io
