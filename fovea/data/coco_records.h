// TFRecords of pictures with boxes, under the keys of create_coco_tf_record.py (spec 3.7).
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/data/record_set.h"
#include "fovea/io/example.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace fovea::data {

/// Stands for the source id of a record that has none.
inline constexpr int64_t kNoSourceId = std::numeric_limits<int64_t>::min();

/// What stands in a record beside its picture.
struct BoxFeatures {
  int64_t source_id = 0;
  image::Size size;                ///< 0 x 0 when the record does not say
  std::vector<Object> objects;     ///< class_id as the record has it
  std::vector<std::string> names;  ///< [objects] of their classes; empty when the record does not say
};

/// throws kData when the lists are not of one length
BoxFeatures box_features(const io::Example& example);

/// The same as features, and those of the picture: what a record is made of. `name` without folder; `jpeg` is the picture.
io::Example box_example(const BoxFeatures& boxes, const std::string& name, const std::string& jpeg);

/// Do the records hold boxes and no class of the whole picture? Looks at the first record that can be read. Records with captions only count as
/// boxes, of which there are none.
bool has_boxes(const RecordSet& set);

/// The outputs are the class ids that occur in the records of `training`, ascending; output 0 is the background.
/// throws as open_records and DetectionBuilder::finish
OpenedDataset open_coco_records(const RecordSet& set, const RecordSet& training, Split split, const OpenOptions& options);

}  // namespace fovea::data
