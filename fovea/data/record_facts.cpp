#include "fovea/data/record_facts.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fovea::data {
namespace {

constexpr int64_t kWindowBytes = 4096;   // the kernel reads no less than a page
constexpr int64_t kMaxTextBytes = 1024;  // chosen: class names and keys are shorter by far; longer ones are stepped over

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
    if (!tag) return damage();
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

/// Feature { bytes_list = 1, float_list = 2, int64_list = 3 }: the one list of kind `number`.
std::optional<Extent> list_of(Walker& walker, Extent feature, uint64_t number) {
  while (const auto field = walker.next(feature)) {
    if (field->number == number && field->wire == kLengthDelimited) return field->extent;
  }
  return std::nullopt;
}

/// Int64List { value = 1 }, packed or not, of one value.
std::optional<int64_t> only_integer(Walker& walker, Extent feature) {
  auto list = list_of(walker, feature, 3);
  if (!list) return std::nullopt;
  const auto field = walker.next(*list);
  if (!field || field->number != 1 || list->begin != list->end) return std::nullopt;
  if (field->wire == kVarint) return static_cast<int64_t>(field->value);
  if (field->wire != kLengthDelimited) return std::nullopt;
  Extent packed = field->extent;
  const auto value = walker.varint(packed);
  if (!value || packed.begin != packed.end) return std::nullopt;
  return static_cast<int64_t>(*value);
}

/// BytesList { value = 1 }: the first value, if it is short enough for a name.
std::string first_text(Walker& walker, Extent feature) {
  auto list = list_of(walker, feature, 1);
  if (!list) return {};
  const auto field = walker.next(*list);
  if (!field || field->number != 1 || field->wire != kLengthDelimited || field->extent.end - field->extent.begin > kMaxTextBytes) return {};
  return walker.text(field->extent);
}

}  // namespace

std::optional<RecordFacts> read_record_facts(const InputFile& file, io::RecordPlace place) {
  Walker walker(file);
  RecordFacts facts;
  std::optional<int64_t> label;
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
      if (!value || !key.starts_with("image/class/")) continue;
      if (key == "image/class/label") label = only_integer(walker, *value);
      if (key == "image/class/text") facts.text = first_text(walker, *value);
      if (key == "image/class/synset") facts.synset = first_text(walker, *value);
      if (label && !facts.text.empty() && !facts.synset.empty()) {  // nothing behind it is asked for
        facts.label = *label;
        return facts;
      }
    }
  }
  if (walker.damaged() || !label) return std::nullopt;
  facts.label = *label;
  return facts;
}

}  // namespace fovea::data
