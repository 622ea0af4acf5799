#include "fovea/data/coco_scan.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"
#include "fovea/data/box_cache.h"
#include "fovea/data/coco_records.h"
#include "fovea/data/record_features.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

namespace fovea::data {
namespace {

constexpr int64_t kScanThreads = 8;  // chosen: keeps a disk's queue filled; the work is waiting, not computing

// spec 3.7, without the picture
constexpr std::array<std::string_view, 11> kBoxKeys{"image/height",
                                                    "image/width",
                                                    "image/source_id",
                                                    "image/object/bbox/xmin",
                                                    "image/object/bbox/xmax",
                                                    "image/object/bbox/ymin",
                                                    "image/object/bbox/ymax",
                                                    "image/object/class/label",
                                                    "image/object/class/text",
                                                    "image/object/is_crowd",
                                                    "image/object/area"};

io::Example read_whole(const ScannedFile& file, int64_t record, std::span<const std::string_view> keys) {
  return io::parse_example(io::read_record(InputFile(file.path), file.places[static_cast<size_t>(record)], record), keys);
}

ScannedShard scan_shard(const fs::path& path) {
  ScannedShard shard{.file = {.path = path}};
  io::RecordScan scan = io::scan_records(path);
  shard.file.places = std::move(scan.records);
  shard.file.damage = std::move(scan.damage);
  const InputFile file(path);
  shard.file.size = file.size();
  shard.records.resize(shard.file.places.size());
  for (size_t i = 0; i < shard.records.size(); ++i) {
    ScannedRecord& record = shard.records[i];
    const auto number = static_cast<int64_t>(i);
    try {
      std::optional<io::Example> example = read_features(file, shard.file.places[i], kBoxKeys);
      if (!example) example = read_whole(shard.file, number, kBoxKeys);  // throws: says what is wrong with it
      BoxFeatures found = box_features(*example);
      record.stated = {.source_id = found.source_id, .size = found.size, .objects = std::move(found.objects)};
      for (size_t k = 0; k < found.names.size(); ++k) shard.names.emplace(record.stated.objects[k].class_id, std::move(found.names[k]));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kData) throw;
      const std::string_view message = error.what();
      record.problem = message.starts_with(path.string()) ? std::string(message) : fmt::format("{}: {}", record_place(shard.file, number), message);
    }
  }
  return shard;
}

bool is_sound(const ScannedShard& shard) {
  return !shard.file.damage && std::ranges::all_of(shard.records, [](const ScannedRecord& record) { return record.problem.empty(); });
}

}  // namespace

std::vector<ScannedShard> scan_shards(const RecordSet& set, const OpenOptions& options) {
  std::vector<ScannedShard> shards(set.files.size());
  fs::path cache_path = options.index_cache;
  if (!cache_path.empty()) cache_path += ".boxes";
  BoxCache cache = cache_path.empty() ? BoxCache() : BoxCache::load(cache_path);
  std::mutex mutex;
  bool is_changed = false;
  for_each_index(static_cast<int64_t>(shards.size()), kScanThreads, {}, [&](int64_t index) {
    const auto i = static_cast<size_t>(index);
    // the stamp is taken before reading: a file that changes meanwhile does not fit its entry next time
    const FileStamp stamp = file_stamp(set.files[i]).value_or(FileStamp{});
    {
      const std::lock_guard lock(mutex);
      if (auto known = cache.find(set.files[i], stamp)) {
        shards[i] = std::move(*known);
        return;
      }
    }
    shards[i] = scan_shard(set.files[i]);
    if (cache_path.empty() || !is_sound(shards[i])) return;
    const std::lock_guard lock(mutex);
    cache.put(set.files[i], stamp, shards[i]);
    is_changed = true;
  });
  if (is_changed) cache.save(cache_path);
  return shards;
}

}  // namespace fovea::data
