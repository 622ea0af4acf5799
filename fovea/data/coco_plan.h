// What a conversion of COCO's pictures and JSON will write.
#pragma once

#include "fovea/data/convert_plan.h"

namespace fovea::data {

/// The plan without its fingerprint; see plan_conversion.
/// throws what find_coco and io::read_coco_instances throw; kMissing when there is no training set; kData when no box is left to train on
ConvertPlan plan_coco(const fs::path& source, const ShardCounts& counts, bool keep_without_boxes);

/// The same for one split; see plan_one_split.
/// throws what io::read_coco_instances throws; kMissing without the folder or the file; kData when no box of a training set is left
ConvertPlan plan_coco_split(const fs::path& pictures, const OneSplit& one, const ShardCounts& counts, bool keep_without_boxes);

}  // namespace fovea::data
