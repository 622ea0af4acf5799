#include "fovea/data/label_cache.h"

#include "fovea/io/cbor_cache.h"

#include <cstring>
#include <span>
#include <utility>

namespace fovea::data {
namespace {

// The file is a CBOR object { version, names: [text, synset, …], files: [{ path, size, modified_ns, labels, seen }, …] } followed by the
// XXH3 of its bytes. labels: int64 a record; seen: int64 triples of label, place in names, record.
constexpr int64_t kVersion = 2;                  // 1 left a synset out where it stood behind the text
constexpr int64_t kMaxBytes = int64_t{1} << 30;  // chosen: 100 times ImageNet's

using io::Json;
using Integers = std::vector<int64_t>;

Json packed(const Integers& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(int64_t));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return Json::binary(std::move(bytes));
}

Integers unpacked(const Json& json) {
  const auto& bytes = json.get_binary();
  Integers values(bytes.size() / sizeof(int64_t));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(int64_t));
  return values;
}

}  // namespace

std::optional<RecordLabels> LabelCache::find(const fs::path& path, FileStamp stamp) const {
  const auto found = entries_.find(path.string());
  if (found == entries_.end() || found->second.stamp != stamp) return std::nullopt;
  return found->second.labels;
}

void LabelCache::put(const fs::path& path, FileStamp stamp, RecordLabels labels) { entries_[path.string()] = {.stamp = stamp, .labels = std::move(labels)}; }

void LabelCache::save(const fs::path& path) const {
  std::map<std::pair<std::string, std::string>, int64_t> places;
  Json names = Json::array();
  Json files = Json::array();
  for (const auto& [file, entry] : entries_) {
    Integers seen;
    for (const SeenName& name : entry.labels.names) {
      const auto [place, is_new] = places.try_emplace({name.text, name.synset}, static_cast<int64_t>(places.size()));
      if (is_new) {
        names.push_back(Json::binary({name.text.begin(), name.text.end()}));  // names need not be UTF-8
        names.push_back(Json::binary({name.synset.begin(), name.synset.end()}));
      }
      seen.insert(seen.end(), {name.label, place->second, name.record});
    }
    files.push_back({{"path", Json::binary({file.begin(), file.end()})},
                     {"size", entry.stamp.size},
                     {"modified_ns", entry.stamp.modified_ns},
                     {"labels", packed(entry.labels.labels)},
                     {"seen", packed(seen)}});
  }
  io::write_cbor_cache(path, {{"version", kVersion}, {"names", std::move(names)}, {"files", std::move(files)}});
}

LabelCache LabelCache::load(const fs::path& path) {
  LabelCache cache;
  try {
    const std::optional<Json> content = io::read_cbor_cache(path, kMaxBytes);
    if (!content || content->at("version") != kVersion) return cache;
    const Json& json = *content;

    const auto text = [](const Json& value) { return std::string(value.get_binary().begin(), value.get_binary().end()); };
    std::vector<std::string> names;
    for (const Json& name : json.at("names")) names.push_back(text(name));
    for (const Json& file : json.at("files")) {
      Entry entry{.stamp = {.size = file.at("size"), .modified_ns = file.at("modified_ns")}, .labels = {.labels = unpacked(file.at("labels")), .names = {}}};
      const Integers seen = unpacked(file.at("seen"));
      for (size_t i = 0; i + 2 < seen.size(); i += 3) {
        const auto place = static_cast<size_t>(seen[i + 1]) * 2;
        entry.labels.names.push_back({.label = seen[i], .text = names.at(place), .synset = names.at(place + 1), .record = seen[i + 2]});
      }
      cache.entries_[text(file.at("path"))] = std::move(entry);
    }
    return cache;
  } catch (const Json::exception&) {
  } catch (const std::out_of_range&) {
  }
  return {};  // a cache that cannot be used is no cache: the files are scanned again
}

}  // namespace fovea::data
