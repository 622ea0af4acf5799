// `fovea eval --detections RESULTS --annotations INSTANCES`: COCO's box scores of a results file, without a model.
#pragma once

#include "fovea/cli/console.h"

namespace fovea::cli {

struct DetectionFiles {
  std::string results, instances;
};

/// Prints pycocotools' twelve lines, or JSON; what is odd about the files goes to console.err as warnings.
/// throws  kMissing, kIo; kData for damaged files and for detections in pictures that the annotations do not have
void eval_detections(const DetectionFiles& files, bool as_json, Console& console);

}  // namespace fovea::cli
