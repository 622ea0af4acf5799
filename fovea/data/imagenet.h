// Classification records with the keys of the reference's ImageNet converter (spec 2.5), as a data set.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/data/record_set.h"

namespace fovea::data {

/// Opens `set`. `training` is the set that the classes are counted from and named by (may be `set` itself); it is left unread when options.training is
/// the same set, open, and when `set` alone shows ImageNet's labels 1..1000.
/// throws kData when a label is outside the classes (with OnDamage::kSkip only get() does), or names differ; kMissing, kIo
OpenedDataset open_records(const RecordSet& set, const RecordSet& training, const OpenOptions& options);

}  // namespace fovea::data
