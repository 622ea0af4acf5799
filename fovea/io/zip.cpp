#include "fovea/io/zip.h"

#include "fovea/io/crc32c.h"
#include "fovea/io/little_endian.h"
#include "fovea/io/not_whole.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace fovea::io {
namespace {

// APPNOTE 6.3.9: local header 4.3.7, table ("central directory") 4.3.12, its end 4.3.14 to 4.3.16, zip64 field 4.5.3
constexpr uint32_t kLocalMark = 0x04034b50, kEntryMark = 0x02014b50, kEndMark = 0x06054b50, kEnd64Mark = 0x06064b50, kLocatorMark = 0x07064b50;
constexpr int64_t kLocalBytes = 30, kEntryBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr int64_t kMaxComment = 65535;
constexpr int64_t kMaxTableBytes = int64_t{64} << 20;        // chosen: a million entries
constexpr uint32_t kIn64 = 0xFFFFFFFF;                       // the number stands in the zip64 field
constexpr uint16_t kZip64Field = 1, kPaddingField = 0x4246;  // "FB": the field in which PyTorch puts its padding
constexpr int64_t kAlignment = 64;

template <class... Args>
[[noreturn]] void damaged(const fs::path& path, fmt::format_string<Args...> format, Args&&... args) {
  not_whole(path, "zip archive", fmt::format(format, std::forward<Args>(args)...));
}

/// Numbers of 64 bits that are sizes or places: more than 63 bits is more than any file.
int64_t size_at(std::span<const std::byte> bytes, size_t at) {
  const auto value = load_number<uint64_t>(bytes, at);
  return value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(value);
}

/// The content of the zip64 field among an entry's extra fields; nothing when there is none.
std::optional<std::span<const std::byte>> zip64_field(std::span<const std::byte> extra) {
  while (extra.size() >= 4) {
    const auto id = load_number<uint16_t>(extra), length = load_number<uint16_t>(extra, 2);
    if (extra.size() - 4 < length) return std::nullopt;
    if (id == kZip64Field) return extra.subspan(4, length);
    extra = extra.subspan(size_t{4} + length);
  }
  return std::nullopt;
}

}  // namespace

ZipFile::ZipFile(const fs::path& path) : file_(path) { read_table(find_table()); }

void ZipFile::read_at(int64_t offset, std::span<std::byte> target) const {
  if (file_.read_at(offset, target) < target.size()) damaged(path(), "it ends before byte {}", offset + static_cast<int64_t>(target.size()));
}

ZipFile::Table ZipFile::find_table() const {
  const int64_t tail_bytes = std::min(file_.size(), kEndBytes + kMaxComment), tail_start = file_.size() - tail_bytes;
  std::vector<std::byte> tail(static_cast<size_t>(tail_bytes));
  read_at(tail_start, tail);
  for (int64_t at = tail_bytes - kEndBytes; at >= 0; --at) {
    const std::span<const std::byte> end = std::span<const std::byte>(tail).subspan(static_cast<size_t>(at));
    // a comment of just the length that is left tells the mark from the same four bytes inside data
    if (load_number<uint32_t>(end) != kEndMark || load_number<uint16_t>(end, 20) != end.size() - kEndBytes) continue;
    Table table{.offset = load_number<uint32_t>(end, 16), .bytes = load_number<uint32_t>(end, 12), .entries = load_number<uint16_t>(end, 10)};
    if (const int64_t locator_at = tail_start + at - kLocatorBytes; locator_at >= 0) {
      std::array<std::byte, kLocatorBytes> locator{};
      read_at(locator_at, locator);
      if (load_number<uint32_t>(locator) == kLocatorMark) {
        const int64_t end64_at = size_at(locator, 8);
        if (end64_at > locator_at - kEnd64Bytes) damaged(path(), "its zip64 table would end at byte {}, behind byte {}", end64_at, locator_at);
        std::array<std::byte, kEnd64Bytes> end64{};
        read_at(end64_at, end64);
        if (load_number<uint32_t>(end64) != kEnd64Mark) damaged(path(), "there is no zip64 table at byte {}", end64_at);
        table = {.offset = size_at(end64, 48), .bytes = size_at(end64, 40), .entries = size_at(end64, 32)};
      }
    }
    if (table.bytes > kMaxTableBytes) damaged(path(), "its table would have {} bytes, the limit is {}", table.bytes, kMaxTableBytes);
    if (table.offset > tail_start + at || table.bytes > tail_start + at - table.offset) {
      damaged(path(), "its table of {} bytes at byte {} would end behind byte {}", table.bytes, table.offset, tail_start + at);
    }
    return table;
  }
  damaged(path(), "its table is missing; the file is cut short, or is none");
}

void ZipFile::read_table(const Table& table) {
  std::vector<std::byte> all(static_cast<size_t>(table.bytes));
  read_at(table.offset, all);
  std::span<const std::byte> rest(all);
  std::vector<std::pair<int64_t, int64_t>> places;
  for (int64_t i = 0; i < table.entries; ++i) {
    if (std::cmp_less(rest.size(), kEntryBytes) || load_number<uint32_t>(rest) != kEntryMark) damaged(path(), "entry {} of its table is cut short", i);
    const size_t name_bytes = load_number<uint16_t>(rest, 28), extra_bytes = load_number<uint16_t>(rest, 30), comment_bytes = load_number<uint16_t>(rest, 32);
    if (rest.size() - kEntryBytes < name_bytes + extra_bytes + comment_bytes) damaged(path(), "entry {} of its table is cut short", i);
    const std::string name(as_text(rest.subspan(kEntryBytes, name_bytes)));
    if ((load_number<uint16_t>(rest, 8) & 1) != 0) damaged(path(), "\"{}\" is encrypted", name);
    const auto method = load_number<uint16_t>(rest, 10);
    int64_t local = load_number<uint32_t>(rest, 42), bytes = load_number<uint32_t>(rest, 24), packed = load_number<uint32_t>(rest, 20);
    if (const auto wide = zip64_field(rest.subspan(kEntryBytes + name_bytes, extra_bytes))) {
      size_t at = 0;
      for (int64_t* number : {&bytes, &packed, &local}) {  // in this order, and only those that do not fit 32 bits
        if (*number != kIn64) continue;
        if (wide->size() < at + 8) damaged(path(), "the zip64 field of \"{}\" is cut short", name);
        *number = size_at(*wide, at);
        at += 8;
      }
    }
    if (method == 0 && bytes != packed) damaged(path(), "\"{}\" is stored, but has {} bytes packed and {} unpacked", name, packed, bytes);
    if (local > table.offset - kLocalBytes) damaged(path(), "\"{}\" would begin at byte {}, behind the last entry", name, local);
    std::array<std::byte, kLocalBytes> header{};
    read_at(local, header);
    if (load_number<uint32_t>(header) != kLocalMark) damaged(path(), "\"{}\" does not begin at byte {}", name, local);
    const int64_t start = local + kLocalBytes + load_number<uint16_t>(header, 26) + load_number<uint16_t>(header, 28);
    if (start > table.offset || packed > table.offset - start)
      damaged(path(), "\"{}\" of {} bytes at byte {} would end behind byte {}", name, packed, start, table.offset);
    if (!entries_.emplace(name, Entry{.offset = start, .bytes = bytes, .crc = load_number<uint32_t>(rest, 16), .method = method}).second)
      damaged(path(), "it has \"{}\" twice", name);
    places.emplace_back(local, start + packed);
    rest = rest.subspan(kEntryBytes + name_bytes + extra_bytes + comment_bytes);
  }
  check_overlaps(std::move(places));
}

void ZipFile::check_overlaps(std::vector<std::pair<int64_t, int64_t>> places) const {
  std::ranges::sort(places);
  for (size_t i = 1; i < places.size(); ++i) {
    if (places[i].first < places[i - 1].second) damaged(path(), "two of its entries overlap at byte {}", places[i].first);
  }
}

const ZipFile::Entry& ZipFile::stored(const std::string& name) const {
  const Entry& entry = entries_.at(name);
  if (entry.method != 0)
    damaged(path(), "\"{}\" is compressed (method {}); PyTorch stores without compression, so something else wrote or repacked this file", name, entry.method);
  return entry;
}

void ZipFile::expect_crc(const std::string& name, const Entry& entry, uint32_t crc) const {
  if (crc == entry.crc) return;
  if (entry.crc == 0) {  // one content in four billion has it rightly
    fail(ErrorCode::kData, Advice{"in Python: torch.serialization.set_crc32_options(True), then torch.save once more"},
         "\"{}\" was saved without checksums (that of \"{}\" is 0), so damage to it could not be told", path().string(), one_line(name, kShownName));
  }
  damaged(path(), "the checksum of \"{}\" at byte {} is {:08x}, expected {:08x}", name, entry.offset, crc, entry.crc);
}

std::vector<std::byte> ZipFile::read(const std::string& name, int64_t max_bytes) const {
  const Entry& entry = stored(name);
  if (entry.bytes > max_bytes) damaged(path(), "\"{}\" has {} bytes, the limit is {}", name, entry.bytes, max_bytes);
  std::vector<std::byte> content(static_cast<size_t>(entry.bytes));
  read_at(entry.offset, content);
  expect_crc(name, entry, crc32_zip(content));
  return content;
}

void ZipFile::verify(const std::string& name) const {
  constexpr int64_t kPiece = int64_t{1} << 20;  // chosen: stays in the cache
  const Entry& entry = stored(name);
  std::vector<std::byte> piece(static_cast<size_t>(std::min(kPiece, entry.bytes)));
  uint32_t crc = 0;
  for (int64_t at = 0; at < entry.bytes; at += kPiece) {
    const std::span<std::byte> part = std::span(piece).first(static_cast<size_t>(std::min(kPiece, entry.bytes - at)));
    read_at(entry.offset + at, part);
    crc = crc32_zip(part, crc);
  }
  expect_crc(name, entry, crc);
}

// ---- writing

namespace {

struct Header {
  std::string_view name;
  uint32_t crc = 0;
  int64_t bytes = 0;
  int64_t local = 0;    ///< offset of the local header
  int64_t padding = 0;  ///< of the extra field, local only
};

/// The fields that both headers share, from "version needed" to the length of the name.
void append_common(std::vector<std::byte>& out, const Header& header) {
  append_number<uint16_t>(out, 20);          // version 2.0
  append_number<uint16_t>(out, 1 << 11);     // names are UTF-8
  append_number<uint16_t>(out, 0);           // stored
  append_number<uint32_t>(out, 0x00210000);  // 1980-01-01: the same tensors give the same bytes
  append_number(out, header.crc);
  append_number(out, static_cast<uint32_t>(header.bytes));
  append_number(out, static_cast<uint32_t>(header.bytes));
  append_number(out, static_cast<uint16_t>(header.name.size()));
}

void append_bytes(std::vector<std::byte>& out, std::span<const std::byte> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

std::vector<std::byte> local_header(const Header& header) {
  std::vector<std::byte> out;
  append_number(out, kLocalMark);
  append_common(out, header);
  append_number(out, static_cast<uint16_t>(header.padding));
  append_bytes(out, as_bytes(header.name));
  append_number(out, kPaddingField);
  append_number(out, static_cast<uint16_t>(header.padding - 4));
  out.resize(out.size() + static_cast<size_t>(header.padding - 4));
  return out;
}

void append_entry(std::vector<std::byte>& out, const Header& header) {
  append_number(out, kEntryMark);
  append_number<uint16_t>(out, 20);
  append_common(out, header);
  out.resize(out.size() + 12);  // no extra fields, no comment, first disk, no attributes
  append_number(out, static_cast<uint32_t>(header.local));
  append_bytes(out, as_bytes(header.name));
}

}  // namespace

ZipWriter::ZipWriter(const fs::path& path) : path_(path), file_(path) {}

void ZipWriter::write(std::span<const std::byte> bytes) {
  offset_ += static_cast<int64_t>(bytes.size());
  constexpr int64_t kMaxBytes = int64_t{1} << 32;
  if (offset_ >= kMaxBytes) fail(ErrorCode::kConfig, Advice{"write a .safetensors file"}, "\"{}\" would have more than 4 GiB", path_.string());
  file_.write(bytes);
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> content) {
  const int64_t before = offset_ + kLocalBytes + static_cast<int64_t>(name.size()) + 4;
  const Header header{.name = name,
                      .crc = crc32_zip(content),
                      .bytes = static_cast<int64_t>(content.size()),
                      .local = offset_,
                      .padding = 4 + (kAlignment - before % kAlignment) % kAlignment};
  write(local_header(header));
  write(content);
  append_entry(table_, header);
  ++count_;
}

void ZipWriter::finish() {
  FOVEA_CHECK(count_ <= 0xFFFF, "{} entries", count_);
  const int64_t table_at = offset_;
  std::vector<std::byte> end;
  append_number(end, kEndMark);
  append_number<uint32_t>(end, 0);  // disks
  append_number(end, static_cast<uint16_t>(count_));
  append_number(end, static_cast<uint16_t>(count_));
  append_number(end, static_cast<uint32_t>(table_.size()));
  append_number(end, static_cast<uint32_t>(table_at));
  append_number<uint16_t>(end, 0);  // comment
  write(table_);
  write(end);
  file_.finish();
}

}  // namespace fovea::io
