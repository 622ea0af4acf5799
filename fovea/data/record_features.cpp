#include "fovea/data/record_features.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

namespace fovea::data {
namespace {

constexpr int64_t kWindowBytes = 4096;   // the kernel reads no less than a page
constexpr int64_t kMaxTextBytes = 1024;  // chosen: class names and keys are shorter by far

// protobuf wire types (protobuf.dev, "Encoding")
constexpr uint64_t kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5;

/// Bytes [begin, end) of the file.
struct Extent {
  int64_t begin = 0, end = 0;
};

struct WireField {
  uint64_t number = 0;
  uint64_t wire = 0;
  uint64_t value = 0;  ///< of a varint
  Extent extent;       ///< of a length-delimited value
};

class Walker {
 public:
  explicit Walker(const InputFile& file) : file_(file) {}

  /// The field that begins at extent.begin, which moves behind it; nothing at the end and where the bytes make no sense (then damaged()).
  std::optional<WireField> next(Extent& extent) {
    if (extent.begin >= extent.end) return std::nullopt;
    const auto tag = varint(extent);
    if (!tag || *tag >> 3 == 0) return damage();  // 0 is no field number
    WireField field{.number = *tag >> 3, .wire = *tag & 7};
    if (field.wire == kVarint) {
      const auto value = varint(extent);
      if (!value) return damage();
      field.value = *value;
      return field;
    }
    int64_t length = field.wire == kFixed64 ? 8 : 4;
    if (field.wire == kLengthDelimited) {
      const auto stored = varint(extent);
      if (!stored || *stored > static_cast<uint64_t>(extent.end - extent.begin)) return damage();
      length = static_cast<int64_t>(*stored);
    } else if (field.wire != kFixed64 && field.wire != kFixed32) {
      return damage();
    }
    if (length > extent.end - extent.begin) return damage();
    field.extent = {extent.begin, extent.begin + length};
    extent.begin += length;
    return field;
  }

  std::optional<uint64_t> varint(Extent& extent) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && extent.begin < extent.end; shift += 7) {
      const auto byte = byte_at(extent.begin++);
      if (!byte) return std::nullopt;
      value |= (*byte & 0x7f) << shift;
      if (*byte < 0x80) return value;
    }
    return std::nullopt;
  }

  float number(Extent extent) {
    uint32_t bits = 0;
    for (int shift = 0; shift < 32; shift += 8) bits |= static_cast<uint32_t>(byte_at(extent.begin++).value_or(0)) << shift;
    return std::bit_cast<float>(bits);
  }

  std::string text(Extent extent) {
    std::string result;
    for (; extent.begin < extent.end; ++extent.begin) result.push_back(static_cast<char>(byte_at(extent.begin).value_or(0)));
    return result;
  }

  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  std::optional<WireField> damage() {
    damaged_ = true;
    return std::nullopt;
  }

  std::optional<uint64_t> byte_at(int64_t offset) {
    if (offset < start_ || offset >= start_ + count_) {
      start_ = offset;
      count_ = static_cast<int64_t>(file_.read_at(offset, window_));
      if (count_ == 0) return std::nullopt;
    }
    return static_cast<uint64_t>(window_[static_cast<size_t>(offset - start_)]);
  }

  const InputFile& file_;
  std::array<std::byte, kWindowBytes> window_{};
  int64_t start_ = 0;
  int64_t count_ = 0;
  bool damaged_ = false;
};

/// Lists of values (field 1), packed or not.
io::BytesList texts(Walker& walker, Extent list) {
  io::BytesList values;
  while (const auto field = walker.next(list)) {
    if (field->number != 1 || field->wire != kLengthDelimited) continue;
    values.push_back(field->extent.end - field->extent.begin > kMaxTextBytes ? std::string() : walker.text(field->extent));
  }
  return values;
}

io::FloatList floats(Walker& walker, Extent list) {
  io::FloatList values;
  while (const auto field = walker.next(list)) {
    if (field->number != 1 || (field->wire != kFixed32 && field->wire != kLengthDelimited)) continue;
    for (Extent packed = field->extent; packed.end - packed.begin >= 4; packed.begin += 4) values.push_back(walker.number(packed));
  }
  return values;
}

io::Int64List integers(Walker& walker, Extent list) {
  io::Int64List values;
  while (const auto field = walker.next(list)) {
    if (field->number != 1) continue;
    if (field->wire == kVarint) values.push_back(static_cast<int64_t>(field->value));
    if (field->wire != kLengthDelimited) continue;
    for (Extent packed = field->extent; packed.begin < packed.end;) {
      const auto value = walker.varint(packed);
      if (!value) return {};
      values.push_back(static_cast<int64_t>(*value));
    }
  }
  return values;
}

/// Feature { bytes_list = 1, float_list = 2, int64_list = 3 }: one of them.
std::optional<io::Feature> feature_of(Walker& walker, Extent message) {
  std::optional<io::Feature> feature;
  while (const auto field = walker.next(message)) {
    if (field->wire != kLengthDelimited) continue;
    if (field->number == 1) feature = texts(walker, field->extent);
    if (field->number == 2) feature = floats(walker, field->extent);
    if (field->number == 3) feature = integers(walker, field->extent);
  }
  return feature;
}

}  // namespace

std::optional<io::Example> read_features(const InputFile& file, io::RecordPlace place, std::span<const std::string_view> keys) {
  Walker walker(file);
  io::Example found;
  Extent example{place.offset, std::min(place.offset + place.length, file.size())};
  while (auto features = walker.next(example)) {  // Example { features = 1 }
    if (features->number != 1 || features->wire != kLengthDelimited) continue;
    while (auto entry = walker.next(features->extent)) {  // Features { map<string, Feature> feature = 1 }
      if (entry->number != 1 || entry->wire != kLengthDelimited) continue;
      std::string key;
      std::optional<Extent> value;
      while (const auto part = walker.next(entry->extent)) {  // key = 1, value = 2
        if (part->wire != kLengthDelimited) continue;
        if (part->number == 1 && part->extent.end - part->extent.begin <= kMaxTextBytes) key = walker.text(part->extent);
        if (part->number == 2) value = part->extent;
      }
      if (!value || std::ranges::find(keys, key) == keys.end()) continue;
      auto feature = feature_of(walker, *value);
      if (walker.damaged()) return std::nullopt;
      if (feature) found.features.insert_or_assign(std::move(key), std::move(*feature));
      if (found.features.size() == keys.size()) return found;  // nothing behind it is asked for
    }
  }
  if (walker.damaged()) return std::nullopt;
  return found;
}

}  // namespace fovea::data
