// Files of TFRecords by their names: which shards belong together, and whether all are there.
#pragma once

#include "fovea/base/file.h"
#include "fovea/data/dataset.h"

#include <string>
#include <vector>

namespace fovea::data {

/// All shards of one split, complete, in order.
struct RecordSet {
  std::string pattern;  ///< "DIR/img_train/img_train-*-of-01024"
  std::vector<fs::path> files;
};

/// The name patterns looked for, for messages: "img_train-*-of-*, train-*-of-*, imagenet_train_subset-*-of-*".
std::string record_patterns(Split split);

/// The sets of `split` in `folder` and in its direct sub-folders (hidden ones left aside), by pattern. Names: spec 2.5, and
/// train-…, validation-… or val-…, each with or without ".tfrecord".
/// throws kData when a set is not complete, naming the missing files
std::vector<RecordSet> find_record_sets(const fs::path& folder, Split split);

/// The name of a shard: shard_name("img_train", 3, 1024) is "img_train-00003-of-01024".
std::string shard_name(std::string_view prefix, int64_t index, int64_t count);

}  // namespace fovea::data
