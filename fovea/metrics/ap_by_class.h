// AP of every class as JSON, for metrics.json and for what `fovea eval --detections` prints.
#pragma once

#include "fovea/io/json.h"
#include "fovea/metrics/coco_scores.h"

#include <span>
#include <string>

namespace fovea::metrics {

/// Name to AP, null for a class without ground truth. Classes that share a name have their id behind it: "person (7)".
///
/// names  [K], by ascending category id
/// ids    [K], ascending
io::OrderedJson ap_by_class(const CocoResult& result, std::span<const std::string> names, std::span<const int64_t> ids);

}  // namespace fovea::metrics
