// The labels of many TFRecord files, kept between the runs of one data set; stands beside io::ScanCache.
#pragma once

#include "fovea/base/file.h"
#include "fovea/data/record_scan.h"

#include <map>
#include <optional>
#include <string>

namespace fovea::data {

/// Only a cache: whatever is wrong with its file, the answer is an empty one.
class LabelCache {
 public:
  static LabelCache load(const fs::path& path);
  /// Complete or absent. throws kCannotCreate, kIo
  void save(const fs::path& path) const;

  /// The labels of `path` if they were put with the same stamp.
  [[nodiscard]] std::optional<RecordLabels> find(const fs::path& path, FileStamp stamp) const;
  void put(const fs::path& path, FileStamp stamp, RecordLabels labels);

 private:
  struct Entry {
    FileStamp stamp;
    RecordLabels labels;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace fovea::data
