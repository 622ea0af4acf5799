// What runs are called where several stand side by side.
#pragma once

#include "fovea/base/file.h"

#include <span>
#include <string>
#include <vector>

namespace fovea::report {

/// The name of each folder, with as many of the folders above it as tell it from the others: "r50" alone, "monday/r50" beside "friday/r50".
///
/// runs     different folders; relative ones are taken from the current folder
/// returns  one for each, all different; not escaped
std::vector<std::string> distinct_names(std::span<const fs::path> runs);

/// The same without what is named twice, in another spelling too. The first one stays.
std::vector<fs::path> without_repeats(std::span<const fs::path> runs);

}  // namespace fovea::report
