// Contact sheets of batches: exactly what the network receives, with labels.
#pragma once

#include "fovea/data/batch.h"
#include "fovea/image/draw.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

/// A cell for each picture of the batch, captioned with the names of its labels. MixUp is applied as the normalise pass does it
/// (rows 2k and 2k + 1), and the caption gives both labels with their shares.
///
/// batch        images [N, H, W, 3] uint8 or float32 levels, which are rounded and clamped; N at least 1
/// class_names  [num_outputs]
std::vector<image::SheetCell> batch_cells(const Batch& batch, std::span<const std::string> class_names);

/// Such cells in rows of eight.
image::Image pictures_sheet(const std::vector<image::SheetCell>& cells, std::string_view title);

/// The sheet of one batch as PNG.
std::vector<std::byte> batch_sheet(const Batch& batch, std::span<const std::string> class_names, std::string_view title);

}  // namespace fovea::data
