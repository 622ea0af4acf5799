// The pictures that an evaluation went most wrong on: loaded once more, made small, drawn on, listed.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/io/json.h"

#include <functional>
#include <span>

namespace fovea::train {

struct WorstPicture {
  int64_t sample = 0;
  io::OrderedJson entry;  ///< what worst.json says of it, beside "file" and "place"
  /// Draws on the small picture; `scale` is its size as a share of the whole picture's. May be empty
  std::function<void(image::Image& picture, double scale)> draw;
};

/// Writes worst/NN.jpg, their longer side at most `side_px`, and worst.json, the list of them; nothing when there are none. What an earlier call left there
/// goes. A picture whose file is damaged outside of what was scored is left out. One picture in memory at a time.
///
/// throws  kCannotCreate, kIo
void write_worst_pictures(const fs::path& folder, const data::Dataset& dataset, std::span<const WorstPicture> pictures, int side_px);

}  // namespace fovea::train
