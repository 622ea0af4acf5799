// Which checkpoint of TensorFlow a path means: people name the folder, the prefix, or one of its files.
#pragma once

#include "fovea/base/file.h"

#include <optional>
#include <string>
#include <vector>

namespace fovea::io {

struct TfBundlePath {
  fs::path prefix;     ///< "DIR/model.ckpt-28152"
  std::string remark;  ///< a sentence when it is not exactly what was asked for; else empty
};

/// path     a prefix, one of the files PREFIX.index, PREFIX.data-*, PREFIX.meta, the text file "checkpoint", or a folder with that or with one index
/// returns  nothing when the path is none of these
/// throws   kData when "checkpoint" cannot be read or a folder has several indices; kMissing when what it names is neither there nor beside it
std::optional<TfBundlePath> find_tf_bundle(const fs::path& path);

/// The checkpoints that a folder keeps, by what the names in its file "checkpoint" end with.
struct TfBundleList {
  std::vector<fs::path> prefixes;     ///< by ascending step; those without a number first. Without step 0, which is saved before the first step
  std::vector<std::string> vanished;  ///< names in the file of what is neither there nor beside it
};

/// path     a folder with a text file "checkpoint", or that file; the list of anything else is empty
/// throws   kData when the file names none
TfBundleList listed_tf_bundles(const fs::path& path);

/// Writes the text file "checkpoint" beside a prefix, which names it as the newest, unless there is one already. throws kCannotCreate, kIo
void name_tf_bundle(const fs::path& prefix);

}  // namespace fovea::io
