// What a conversion will write, worked out before the first byte: which pictures, in which shard, with which label.
#pragma once

#include "fovea/base/file.h"
#include "fovea/data/dataset.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::data {

enum class ConvertKind { kImageNet, kFolder };

/// One picture to write.
struct PlannedPicture {
  std::string path;
  int64_t class_id = 0;  ///< index into ConvertPlan::classes
};

struct PlannedShard {
  std::string name;  ///< "img_train/img_train-00003-of-01024", below the output folder
  Split split = Split::kTrain;
  int64_t begin = 0, end = 0;  ///< pictures of the split
};

struct ConvertPlan {
  ConvertKind kind = ConvertKind::kFolder;
  std::vector<PlannedPicture> train;       ///< in the order of writing
  std::vector<PlannedPicture> validation;  ///< the same
  std::vector<PlannedShard> shards;
  std::vector<std::string> classes;  ///< WordNet ids or folder names, sorted
  uint64_t fingerprint = 0;          ///< of names, sizes and modification times of all inputs, and of the shards

  [[nodiscard]] const PlannedPicture& picture(const PlannedShard& shard, int64_t index) const {
    return (shard.split == Split::kTrain ? train : validation)[static_cast<size_t>(index)];
  }
};

/// Shards of a split; 0 = 1,024 and 128 as the reference (spec 2.5), fewer when a shard would hold less than 64 pictures.
struct ShardCounts {
  int64_t train = 0;
  int64_t validation = 0;
};

/// kImageNet  source has train/ (or img_train/) with a folder per WordNet id, and val/ (or validation/, img_val/) with folders too, or with
///            pictures paired in order of their names with the lines of synset_labels.txt in `source`. Labels: rank of the id, from 1.
/// kFolder    source is what open_dataset takes as class folders; validation may be absent. Labels: rank of the class, from 0.
///
/// Training pictures are sorted by class and name, then shuffled with seed 0; validation stands in the order of names (spec 2.5).
/// throws kMissing, kData, kConfig when there are more shards than pictures
ConvertPlan plan_conversion(ConvertKind kind, const fs::path& source, const ShardCounts& counts);

}  // namespace fovea::data
