// What a conversion will write, worked out before the first byte: which pictures, in which shard, with which label.
#pragma once

#include "fovea/base/file.h"
#include "fovea/data/coco_records.h"
#include "fovea/data/dataset.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

enum class ConvertKind { kImageNet, kFolder, kCoco };
inline constexpr std::array<std::string_view, 3> kConvertKindNames{"imagenet", "folder", "coco"};
constexpr const auto& enum_names(ConvertKind) { return kConvertKindNames; }

/// One picture to write.
struct PlannedPicture {
  std::string path;
  int64_t class_id = 0;  ///< index into ConvertPlan::classes; kCoco: into ConvertPlan::boxes
};

/// kCoco: what becomes of the boxes and of the pictures that have none.
struct BoxTally {
  int64_t kept = 0;
  int64_t crowd = 0;          ///< of those kept
  int64_t empty = 0;          ///< dropped: width or height not above zero
  int64_t beyond = 0;         ///< dropped: reaches beyond the right or the bottom edge
  int64_t without_boxes = 0;  ///< pictures left out
};

struct PlannedShard {
  std::string name;  ///< "img_train/img_train-00003-of-01024", below the output folder
  Split split = Split::kTrain;
  int64_t begin = 0, end = 0;  ///< pictures of the split
};

/// kCoco: one split whose pictures and annotations lie anywhere; its plan has nothing of the other split.
struct OneSplit {
  fs::path annotations;
  Split split = Split::kTrain;
};

struct ConvertPlan {
  ConvertKind kind = ConvertKind::kFolder;
  std::vector<PlannedPicture> train;       ///< in the order of writing
  std::vector<PlannedPicture> validation;  ///< the same
  std::vector<PlannedShard> shards;
  std::vector<std::string> classes;  ///< WordNet ids or folder names, sorted; kCoco: names by ascending id
  std::vector<BoxFeatures> boxes;    ///< kCoco
  BoxTally tally;                    ///< kCoco
  uint64_t fingerprint = 0;          ///< of names, sizes and modification times of all inputs, and of the shards

  [[nodiscard]] const PlannedPicture& picture(const PlannedShard& shard, int64_t index) const {
    return (shard.split == Split::kTrain ? train : validation)[static_cast<size_t>(index)];
  }
};

/// Shards of a split; 0 = 1,024 and 128 as the reference (spec 2.5), kCoco: 256 and 32 (spec 3.7); fewer when a shard would hold less than 64 pictures.
struct ShardCounts {
  int64_t train = 0;
  int64_t validation = 0;
};

/// kImageNet  source has train/ (or img_train/) with a folder per WordNet id, and val/ (or validation/, img_val/) with folders too, or with
///            pictures paired in order of their names with the lines of synset_labels.txt in `source`. Labels: rank of the id, from 1.
/// kFolder    source is what open_dataset takes as class folders; validation may be absent. Labels: rank of the class, from 0.
/// kCoco      source is what open_dataset takes as pictures beside COCO's JSON; validation may be absent. Labels: ids of the JSON
///
/// Training pictures are sorted by class and name, then shuffled with seed 0; validation stands in the order of names (spec 2.5). kCoco: picture i
/// of the JSON goes into shard i mod N; training pictures without boxes are left out unless `keep_without_boxes` (spec 3.7).
/// throws kMissing, kData, kConfig when there are more shards than pictures
ConvertPlan plan_conversion(ConvertKind kind, const fs::path& source, const ShardCounts& counts, bool keep_without_boxes = false);

/// The same for one split of kCoco: `pictures` is the folder that the names in its annotations are relative to. A validation split keeps pictures
/// without boxes in any case.
/// throws what plan_conversion throws
ConvertPlan plan_one_split(const fs::path& pictures, const OneSplit& one, const ShardCounts& counts, bool keep_without_boxes);

/// How many shards for so many pictures: `asked`, or when that is 0 at most `most`. throws kConfig when there are more shards than pictures
int64_t shard_count(int64_t pictures, int64_t asked, int64_t most);

}  // namespace fovea::data
