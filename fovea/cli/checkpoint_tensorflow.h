// `fovea checkpoint list` of a checkpoint of TensorFlow: its tensors, and which of ours they are.
#pragma once

#include "fovea/cli/console.h"
#include "fovea/io/tf_bundle_path.h"

namespace fovea::cli {

void list_tensorflow(Console& console, const io::TfBundlePath& bundle, bool as_json);

}  // namespace fovea::cli
