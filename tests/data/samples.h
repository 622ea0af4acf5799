// Small data sets on disk that the tests of this folder share.
#pragma once

#include "fovea/base/file.h"
#include "fovea/data/dataset.h"
#include "fovea/data/record_set.h"
#include "fovea/io/example.h"
#include "tests/support/records.h"
#include "tests/support/temporary_folder.h"

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

/// A record with a label and, unless empty, a name; its "picture" is text, which opening and reading never look into.
inline io::Example labelled(int64_t label, const std::string& text = {}, const std::string& encoded = "picture") {
  io::Example example;
  example.features["image/class/label"] = io::Int64List{label};
  example.features["image/encoded"] = io::BytesList{encoded};
  if (!text.empty()) example.features["image/class/text"] = io::BytesList{text};
  return example;
}

inline std::string framed(const io::Example& example) { return test::framed(io::serialize(example)); }

/// One file with a record for each label.
inline std::string framed_labels(const std::vector<int64_t>& labels) {
  std::string bytes;
  for (const int64_t label : labels) bytes += framed(labelled(label));
  return bytes;
}

/// Writes a file, with the folders above it, and returns its path. Not synced: tests that cut a file at every byte write it often.
inline fs::path put(const test::TemporaryFolder& folder, const std::string& name, std::string_view content) {
  const fs::path path = folder / name;
  make_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

/// All labels of a data set, by reading every sample.
inline std::vector<int64_t> labels_of(const Dataset& dataset) {
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < dataset.size(); ++i) labels.push_back(dataset.get(i).label);
  return labels;
}

inline std::string text_of(const Sample& sample) { return std::string(as_text(sample.encoded)); }

}  // namespace fovea::data
