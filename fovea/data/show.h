// The contact sheet of a batch: exactly what the network receives, with labels.
#pragma once

#include "fovea/data/batch.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

/// A PNG with a cell for each picture of the batch, captioned with the names of its labels. MixUp is applied as the normalise pass does it
/// (rows 2k and 2k + 1), and the caption gives both labels with their shares.
///
/// batch        images [N, H, W, 3] uint8 or float32 levels, which are rounded and clamped; N at least 1
/// class_names  [num_outputs]
std::vector<std::byte> batch_sheet(const Batch& batch, std::span<const std::string> class_names, std::string_view title);

}  // namespace fovea::data
