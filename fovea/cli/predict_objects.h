// fovea predict with a detector: objects in a table, as JSON lines, as COCO's results, and drawn.
#pragma once

#include "fovea/apply/detector.h"
#include "fovea/cli/console.h"
#include "fovea/cli/output_file.h"

#include <span>

namespace fovea::cli {

struct ObjectOutput {
  fs::path folder;         ///< empty: nothing is written
  double score_min = 0.3;  ///< of what is listed and drawn; results for other programs have all
  bool as_json = false;
  fs::path annotations;  ///< COCO's JSON, whose ids the results take by file name; empty: numbers in the names, or places in the list
  Overwrite overwrite;
};

/// The last line after pictures that could not be read.
std::string_view advice_about_pictures(bool none_was_done);

/// returns  the exit code: kData when a picture could not be read
int predict_objects(const apply::Detector& detector, std::span<const fs::path> pictures, const ObjectOutput& output, Console& console);

}  // namespace fovea::cli
