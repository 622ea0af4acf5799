// A run or a checkpoint, as users name it: the folder of one checkpoint.
#pragma once

#include "fovea/base/file.h"
#include "fovea/base/log.h"

namespace fovea::train {

/// Which checkpoint of a run is meant when a run is named.
enum class Pick { kLatest, kBest };

/// Does the ending say that this is a file of weights: .safetensors, .pth, .pt, or .ckpt, .ckpt-28152 of TensorFlow?
bool is_weight_file_name(const fs::path& path);
bool is_tensorflow_name(const fs::path& path);

/// Is there a checkpoint of TensorFlow here, as io::find_tf_bundle finds it, and none of ours?  throws  as it
bool is_tensorflow_checkpoint(const fs::path& path);

/// path     a checkpoint folder, a file that names one (checkpoints/latest), or a run folder: then its newest good checkpoint, or the best one
///          (the newest when none is marked); what is passed over is a warning in `log`
/// throws   kMissing when there is neither; kData when all checkpoints of the run are damaged
fs::path checkpoint_folder(const fs::path& path, Pick pick, Log& log);

}  // namespace fovea::train
