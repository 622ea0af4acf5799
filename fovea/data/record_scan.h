// What lies in a set of TFRecord files: where each record stands and which class it names, kept between runs.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/data/record_facts.h"
#include "fovea/data/record_set.h"
#include "fovea/io/tfrecord.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace fovea::data {

/// Stands for the label of a record that has none, or whose bytes make no sense.
inline constexpr int64_t kUnknownLabel = std::numeric_limits<int64_t>::min();

/// The first record of a file that gives a label this name.
struct SeenName {
  int64_t label = 0;
  std::string text;
  std::string synset;
  int64_t record = 0;
};

struct RecordLabels {
  std::vector<int64_t> labels;  ///< one a record
  std::vector<SeenName> names;  ///< each (label, text, synset) once
};

struct ScannedFile {
  fs::path path;
  int64_t size = 0;  ///< bytes
  std::vector<io::RecordPlace> places;
  RecordLabels found;
  std::optional<std::string> damage;  ///< as io::RecordScan says it
};

/// Scans all files of a set, several at a time. With options.index_cache, two files ("…" and "….labels") keep the result; each entry is
/// valid for one size and modification time of its file.
/// throws kMissing, kIo; kCannotCreate when the cache cannot be written
std::vector<ScannedFile> scan_record_set(const RecordSet& set, const OpenOptions& options);

/// "PATH: record N at byte B", B being where the record begins (its length field).
std::string record_place(const ScannedFile& file, int64_t record);

}  // namespace fovea::data
