// What many TFRecord files say of boxes, kept between the runs of one data set.
#pragma once

#include "fovea/base/file.h"
#include "fovea/data/coco_scan.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fovea::data {

/// Only a cache: whatever is wrong with its file, the answer is an empty one.
class BoxCache {
 public:
  static BoxCache load(const fs::path& path);
  /// Complete or absent. throws kCannotCreate, kIo
  void save(const fs::path& path) const;

  /// The shard `path` if it was put with the same stamp.
  [[nodiscard]] std::optional<ScannedShard> find(const fs::path& path, FileStamp stamp) const;
  void put(const fs::path& path, FileStamp stamp, const ScannedShard& shard);

 private:
  struct Entry {
    FileStamp stamp;
    std::vector<double> numbers;  // of each record: offset, length, source id, width, height, count, and seven of each box
    std::map<int64_t, std::string> names;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace fovea::data
