// Contact sheets of batches: exactly what the network receives, with labels.
#pragma once

#include "fovea/data/batch.h"
#include "fovea/image/draw.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

/// How boxes are drawn.
struct BoxDrawing {
  std::vector<box::Box> anchors;  ///< [A] of the batch's targets
  bool with_matches = false;      ///< also the default boxes that answer for a box, thin
};

/// A cell for each picture of the batch, captioned with the names of its labels. MixUp is applied as the normalise pass does it
/// (rows 2k and 2k + 1), and the caption gives both labels with their shares.
///
/// Of a detection set the boxes are drawn as they stand in the input, with the names of their classes.
///
/// batch        images [N, H, W, 3] uint8 or float32 levels, which are rounded and clamped; N at least 1
/// class_names  [num_outputs]
/// boxes        detection only
std::vector<image::SheetCell> batch_cells(const Batch& batch, std::span<const std::string> class_names, const BoxDrawing& boxes = {});

/// Such cells in rows of eight; pictures with boxes, larger, in rows of four.
image::Image pictures_sheet(const std::vector<image::SheetCell>& cells, std::string_view title, bool with_boxes = false);

/// The sheet of one batch as PNG.
std::vector<std::byte> batch_sheet(const Batch& batch, std::span<const std::string> class_names, std::string_view title);

}  // namespace fovea::data
