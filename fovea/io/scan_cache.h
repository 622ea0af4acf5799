// The scans of many TFRecord files, kept between the runs of one data set.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/tfrecord.h"

#include <map>
#include <optional>
#include <string>

namespace fovea::io {

/// Scans by path, each valid for one file stamp. It is only a cache: whatever is wrong with its file, the answer is an empty one. All
/// scans in it are taken with the same limit on record bytes.
class ScanCache {
 public:
  /// What is in the file; empty when it is absent, damaged, or of another version.
  static ScanCache load(const fs::path& path);

  /// Complete or absent. throws kCannotCreate, kIo
  void save(const fs::path& path) const;

  /// The scan of `path` if it was put with the same stamp.
  [[nodiscard]] std::optional<RecordScan> find(const fs::path& path, FileStamp stamp) const;
  void put(const fs::path& path, FileStamp stamp, RecordScan scan);

 private:
  struct Entry {
    FileStamp stamp;
    RecordScan scan;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace fovea::io
