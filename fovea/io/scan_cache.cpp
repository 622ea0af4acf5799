// The file: magic, version, number of entries, entries, and the XXH3 of everything before it. An entry is path, size, time, damage (empty
// for none), number of records and their lengths; offsets follow from the lengths. Texts are written as length and bytes, all numbers as
// 64 bits.
#include "fovea/io/scan_cache.h"

#include "fovea/base/error.h"
#include "fovea/io/fingerprint.h"
#include "fovea/io/little_endian.h"

#include <string_view>
#include <utility>

namespace fovea::io {
namespace {

constexpr std::string_view kMagic = "fovscan\n";  // chosen: names the file when one looks into it
constexpr int64_t kVersion = 1;

void append_text(std::vector<std::byte>& bytes, std::string_view text) {
  append_number(bytes, static_cast<int64_t>(text.size()));
  const auto raw = as_bytes(text);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

// Takes numbers and texts from the front; throws when they are not there, which load() answers with an empty cache.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> take(int64_t count) {
    if (count < 0 || std::cmp_greater(count, bytes_.size())) fail(ErrorCode::kData, "scan cache ends early");
    const auto taken = bytes_.first(static_cast<size_t>(count));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  int64_t number() { return load_number<int64_t>(take(sizeof(int64_t))); }
  std::string text() { return std::string(as_text(take(number()))); }
  /// A count of things of which each takes at least a number: bounds what is allocated for them.
  int64_t count() {
    const int64_t value = number();
    if (value < 0 || std::cmp_greater(value, bytes_.size() / sizeof(int64_t))) fail(ErrorCode::kData, "scan cache holds an absurd count");
    return value;
  }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
};

RecordScan take_scan(Reader& reader, int64_t file_size) {
  RecordScan scan;
  if (std::string damage = reader.text(); !damage.empty()) scan.damage = std::move(damage);
  const int64_t count = reader.count();
  scan.records.reserve(static_cast<size_t>(count));
  int64_t offset = kRecordHeaderBytes;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t length = reader.number();
    if (length < 0 || offset > file_size || length > file_size - offset - kRecordFooterBytes)
      fail(ErrorCode::kData, "scan cache places a record outside its file");
    scan.records.push_back({.offset = offset, .length = length});
    offset += length + kRecordFooterBytes + kRecordHeaderBytes;
  }
  return scan;
}

}  // namespace

ScanCache ScanCache::load(const fs::path& path) {
  try {
    const std::vector<std::byte> bytes = read_bytes(path);
    const auto body = hashed_body(bytes);
    if (!body) return {};

    Reader reader(*body);
    if (as_text(reader.take(static_cast<int64_t>(kMagic.size()))) != kMagic || reader.number() != kVersion) return {};
    ScanCache cache;
    for (int64_t left = reader.count(); left > 0; --left) {
      std::string name = reader.text();
      const int64_t size = reader.number();
      const FileStamp stamp{.size = size, .modified_ns = reader.number()};
      cache.put(name, stamp, take_scan(reader, size));
    }
    return reader.empty() ? cache : ScanCache{};
  } catch (const Error&) {
    return {};  // the contract: whoever gets an empty cache scans again
  }
}

void ScanCache::save(const fs::path& path) const {
  std::vector<std::byte> bytes(as_bytes(kMagic).begin(), as_bytes(kMagic).end());
  append_number(bytes, kVersion);
  append_number(bytes, static_cast<int64_t>(entries_.size()));
  for (const auto& [name, entry] : entries_) {
    append_text(bytes, name);
    append_number(bytes, entry.stamp.size);
    append_number(bytes, entry.stamp.modified_ns);
    append_text(bytes, entry.scan.damage.value_or(""));
    append_number(bytes, static_cast<int64_t>(entry.scan.records.size()));
    for (const RecordPlace& place : entry.scan.records) append_number(bytes, place.length);
  }
  append_hash(bytes);
  write_atomically(path, bytes);
}

std::optional<RecordScan> ScanCache::find(const fs::path& path, FileStamp stamp) const {
  const auto found = entries_.find(path.string());
  if (found == entries_.end() || found->second.stamp != stamp) return std::nullopt;
  return found->second.scan;
}

void ScanCache::put(const fs::path& path, FileStamp stamp, RecordScan scan) { entries_[path.string()] = {.stamp = stamp, .scan = std::move(scan)}; }

}  // namespace fovea::io
