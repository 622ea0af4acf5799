// What the records of a detection set say beside their pictures, kept between runs.
#pragma once

#include "fovea/data/detection_set.h"
#include "fovea/data/record_scan.h"

#include <map>
#include <string>
#include <vector>

namespace fovea::data {

struct ScannedRecord {
  StatedPicture stated;  ///< objects with the class ids of the record
  std::string problem;   ///< empty when the record makes sense
};

/// A shard with what its records say; file.found stays empty.
struct ScannedShard {
  ScannedFile file;
  std::vector<ScannedRecord> records;
  std::map<int64_t, std::string> names;  ///< of classes
};

/// Scans all files of a set, several at a time, without reading their pictures. With options.index_cache the file "….boxes" keeps what
/// undamaged shards say; each entry is valid for one size and modification time of its file.
/// throws kMissing, kIo; kCannotCreate when the cache cannot be written
std::vector<ScannedShard> scan_shards(const RecordSet& set, const OpenOptions& options);

}  // namespace fovea::data
