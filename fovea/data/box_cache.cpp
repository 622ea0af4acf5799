#include "fovea/data/box_cache.h"

#include "fovea/base/error.h"
#include "fovea/io/cbor_cache.h"

#include <cstring>
#include <span>
#include <utility>

namespace fovea::data {
namespace {

// The file is a CBOR object { version, files: [{ path, size, modified_ns, numbers, names: [id, name, ...] }, ...] } followed by the XXH3 of its
// bytes. Ids and offsets are below 2^53, so doubles hold them.
constexpr int64_t kVersion = 1;
constexpr int64_t kMaxBytes = int64_t{1} << 30;  // chosen: 20 times COCO's

using io::Json;

Json::binary_t bytes_of(std::span<const std::byte> bytes) {
  const auto* first = reinterpret_cast<const uint8_t*>(bytes.data());
  return Json::binary_t(std::vector<uint8_t>(first, first + bytes.size()));
}

std::string text_of(const Json& value) { return {value.get_binary().begin(), value.get_binary().end()}; }

/// Takes numbers one after the other. throws std::out_of_range behind the last one
class Numbers {
 public:
  explicit Numbers(const std::vector<double>& numbers) : numbers_(numbers) {}
  [[nodiscard]] bool is_done() const { return at_ == numbers_.size(); }
  double next() { return numbers_.at(at_++); }
  int64_t next_integer() { return static_cast<int64_t>(next()); }
  float next_float() { return static_cast<float>(next()); }

 private:
  const std::vector<double>& numbers_;
  size_t at_ = 0;
};

}  // namespace

void BoxCache::put(const fs::path& path, FileStamp stamp, const ScannedShard& shard) {
  Entry entry{.stamp = stamp, .numbers = {}, .names = shard.names};
  const auto add = [&](auto... values) { (entry.numbers.push_back(static_cast<double>(values)), ...); };
  for (size_t i = 0; i < shard.records.size(); ++i) {
    const StatedPicture& stated = shard.records[i].stated;
    add(shard.file.places[i].offset, shard.file.places[i].length, stated.source_id, stated.size.width, stated.size.height, stated.objects.size());
    for (const Object& object : stated.objects)
      add(object.box.y0, object.box.x0, object.box.y1, object.box.x1, object.class_id, object.area, object.is_crowd ? 1 : 0);
  }
  entries_[path.string()] = std::move(entry);
}

std::optional<ScannedShard> BoxCache::find(const fs::path& path, FileStamp stamp) const {
  const auto found = entries_.find(path.string());
  if (found == entries_.end() || found->second.stamp != stamp) return std::nullopt;
  ScannedShard shard{.file = {.path = path, .size = stamp.size}, .records = {}, .names = found->second.names};
  try {
    for (Numbers numbers(found->second.numbers); !numbers.is_done();) {
      io::RecordPlace& place = shard.file.places.emplace_back();
      place.offset = numbers.next_integer();
      place.length = numbers.next_integer();
      StatedPicture& stated = shard.records.emplace_back().stated;
      stated.source_id = numbers.next_integer();
      stated.size.width = static_cast<int>(numbers.next_integer());
      stated.size.height = static_cast<int>(numbers.next_integer());
      for (int64_t left = numbers.next_integer(); left > 0; --left) {
        Object& object = stated.objects.emplace_back();
        object.box.y0 = numbers.next_float();
        object.box.x0 = numbers.next_float();
        object.box.y1 = numbers.next_float();
        object.box.x1 = numbers.next_float();
        object.class_id = numbers.next_integer();
        object.area = numbers.next();
        object.is_crowd = numbers.next() != 0;
      }
    }
  } catch (const std::out_of_range&) {
    return std::nullopt;
  }
  return shard;
}

void BoxCache::save(const fs::path& path) const {
  Json files = Json::array();
  for (const auto& [file, entry] : entries_) {
    Json names = Json::array();
    for (const auto& [id, name] : entry.names) {
      names.push_back(id);
      names.push_back(Json::binary(bytes_of(as_bytes(name))));  // names need not be UTF-8
    }
    files.push_back({{"path", Json::binary(bytes_of(as_bytes(file)))},
                     {"size", entry.stamp.size},
                     {"modified_ns", entry.stamp.modified_ns},
                     {"numbers", Json::binary(bytes_of(std::as_bytes(std::span(entry.numbers))))},
                     {"names", std::move(names)}});
  }
  io::write_cbor_cache(path, {{"version", kVersion}, {"files", std::move(files)}});
}

BoxCache BoxCache::load(const fs::path& path) {
  BoxCache cache;
  try {
    const std::optional<Json> content = io::read_cbor_cache(path, kMaxBytes);
    if (!content || content->at("version") != kVersion) return cache;
    const Json& json = *content;
    for (const Json& file : json.at("files")) {
      Entry entry{.stamp = {.size = file.at("size"), .modified_ns = file.at("modified_ns")}};
      const auto& numbers = file.at("numbers").get_binary();
      entry.numbers.resize(numbers.size() / sizeof(double));
      if (!entry.numbers.empty()) std::memcpy(entry.numbers.data(), numbers.data(), entry.numbers.size() * sizeof(double));
      const Json& names = file.at("names");
      for (size_t i = 0; i + 1 < names.size(); i += 2) entry.names[names[i]] = text_of(names[i + 1]);
      cache.entries_[text_of(file.at("path"))] = std::move(entry);
    }
    return cache;
  } catch (const Json::exception&) {
  }
  return {};  // a cache that cannot be used is no cache: the files are scanned again
}

}  // namespace fovea::data
