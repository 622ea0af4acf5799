#include "fovea/io/table.h"

#include "fovea/io/crc32c.h"
#include "fovea/io/little_endian.h"
#include "fovea/io/not_whole.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace fovea::io {
namespace {

// The form: github.com/google/leveldb, doc/table_format.md; spec 1.6.
constexpr uint64_t kMagic = 0xdb4775248b80fb57;
constexpr size_t kFooterBytes = 48, kMagicBytes = 8;  // two handles padded to 40 bytes, and the magic number
constexpr size_t kTrailerBytes = 5;                   // behind a block: how it is compressed, and its checksum
constexpr std::byte kPlain{0}, kSnappy{1};
constexpr int64_t kMaxBytes = int64_t{64} << 20;  // chosen: a hundred times the index of a large network with its optimiser

class TableReader {
 public:
  explicit TableReader(const fs::path& path) : path_(path), bytes_(read_bytes(path, kMaxBytes)) {}

  Table read() {
    if (bytes_.size() < kFooterBytes) damaged(0, "it has {} bytes, the footer alone has {}", bytes_.size(), kFooterBytes);
    const size_t magic = bytes_.size() - kMagicBytes;
    if (load_number<uint64_t>(bytes_, magic) != kMagic) damaged(magic, "it does not end as a table does");
    Part footer{.at = bytes_.size() - kFooterBytes, .end = magic};
    const Part meta = block(footer), index = block(footer);
    for_each(meta, [](const std::string&, Part) {});
    for_each(index, [&](const std::string&, Part handle) {
      for_each(block(handle), [&](const std::string& key, Part value) { add(value.at, key, as_text(bytes(value))); });
    });
    return std::move(table_);
  }

 private:
  /// Bytes of the file that are read from the front.
  struct Part {
    size_t at = 0, end = 0;
    [[nodiscard]] size_t size() const { return end - at; }
  };

  template <class... Args>
  [[noreturn]] void damaged(size_t at, fmt::format_string<Args...> format, Args&&... args) const {
    not_whole(path_, "table of a TensorFlow checkpoint", fmt::format("byte {}: {}", at, fmt::format(format, std::forward<Args>(args)...)));
  }

  [[nodiscard]] std::span<const std::byte> bytes(Part part) const { return std::span(bytes_).subspan(part.at, part.size()); }

  uint64_t varint(Part& from) const {
    uint64_t number = 0;
    for (unsigned shift = 0; from.at < from.end && shift < 64; shift += 7) {
      const auto byte = std::to_integer<uint64_t>(bytes_[from.at++]);
      number |= (byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    damaged(from.at, "a number does not end");
  }

  Part take(Part& from, uint64_t size) const {
    if (size > from.size()) damaged(from.at, "an entry has {} bytes more, its block {}", size, from.size());
    const Part taken{.at = from.at, .end = from.at + size};
    from.at = taken.end;
    return taken;
  }

  /// Reads a handle and gives the content of its block, checked.
  Part block(Part& from) const {
    const size_t here = from.at, limit = bytes_.size() - kFooterBytes;
    const uint64_t offset = varint(from), size = varint(from);
    if (size > limit || offset > limit - size || kTrailerBytes > limit - size - offset)
      damaged(here, "a block of {} bytes at byte {} leaves the file", size, offset);
    const Part content{.at = offset, .end = offset + size};
    const uint32_t expected = load_number<uint32_t>(bytes_, content.end + 1);
    if (const uint32_t found = masked_crc32c(bytes({content.at, content.end + 1})); found != expected) {
      damaged(offset, "the checksum of the block is {:08x}, expected {:08x}", found, expected);
    }
    const std::byte compression = bytes_[content.end];
    if (compression == kSnappy) {
      fail(ErrorCode::kData, Advice{"save it again with TensorFlow, which does not compress them"},
           "\"{}\": the block at byte {} is compressed by Snappy, which is not read", path_.string(), offset);
    }
    if (compression != kPlain) damaged(content.end, "compression {} is not known", std::to_integer<int>(compression));
    return content;
  }

  /// The pairs of a block; a key may share its beginning with the one before.
  void for_each(Part block, const std::function<void(const std::string& key, Part value)>& visit) {
    constexpr size_t kNumber = sizeof(uint32_t);
    if (block.size() < kNumber) damaged(block.at, "a block of {} bytes", block.size());
    const uint64_t tail = kNumber * (uint64_t{load_number<uint32_t>(bytes_, block.end - kNumber)} + 1);  // places where a key stands whole, and their number
    if (tail > block.size()) damaged(block.end - kNumber, "a block of {} bytes ends with {} bytes of places", block.size(), tail);
    block.end -= tail;
    std::string key;
    while (block.size() > 0) {
      const uint64_t shared = varint(block), own = varint(block), value_size = varint(block);
      if (shared > key.size()) damaged(block.at, "a key shares {} bytes with one of {}", shared, key.size());
      key.resize(shared);
      key += as_text(bytes(take(block, own)));
      expanded_ += key.size() + std::min<uint64_t>(value_size, block.size());
      if (std::cmp_greater(expanded_, kMaxBytes)) damaged(block.at, "the keys and values have more than {}", format_bytes(static_cast<double>(kMaxBytes)));
      visit(key, take(block, value_size));
    }
  }

  void add(size_t at, const std::string& key, std::string_view value) {
    if (!table_.empty() && key <= table_.rbegin()->first) damaged(at, "the keys are not in order");
    table_.emplace_hint(table_.end(), key, value);
  }

  fs::path path_;
  std::vector<std::byte> bytes_;
  size_t expanded_ = 0;
  Table table_;
};

void append_varint(std::vector<std::byte>& bytes, uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<std::byte>(number | 0x80));
  bytes.push_back(static_cast<std::byte>(number));
}

void append_text(std::vector<std::byte>& bytes, std::string_view text) {
  const std::span<const std::byte> raw = as_bytes(text);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

/// Appends a block and returns its handle.
std::string append_block(std::vector<std::byte>& file, const Table& pairs) {
  std::vector<std::byte> block, places;
  for (const auto& [key, value] : pairs) {
    append_number(places, static_cast<uint32_t>(block.size()));
    append_varint(block, 0);
    append_varint(block, key.size());
    append_varint(block, value.size());
    append_text(block, key);
    append_text(block, value);
  }
  append_number(places, static_cast<uint32_t>(pairs.size()));
  block.insert(block.end(), places.begin(), places.end());
  std::vector<std::byte> handle;
  append_varint(handle, file.size());
  append_varint(handle, block.size());
  block.push_back(kPlain);
  append_number(block, masked_crc32c(block));
  file.insert(file.end(), block.begin(), block.end());
  return std::string(as_text(handle));
}

}  // namespace

Table read_table(const fs::path& path) { return TableReader(path).read(); }

std::string table_bytes(const Table& table) {
  std::vector<std::byte> file;
  const std::string data = append_block(file, table), meta = append_block(file, {});
  std::string footer = meta + append_block(file, {{table.empty() ? "" : table.rbegin()->first, data}});
  footer.resize(kFooterBytes - kMagicBytes);
  append_text(file, footer);
  append_number(file, kMagic);
  return std::string(as_text(file));
}

}  // namespace fovea::io
