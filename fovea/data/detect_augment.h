// Crops that keep objects in sight, and what becomes of the objects' boxes.
#pragma once

#include "fovea/base/random.h"
#include "fovea/box/box.h"
#include "fovea/data/dataset.h"

#include <span>
#include <vector>

namespace fovea::data {

/// SSD's training crop (spec 3.7, "Augmentation order", step 1). Rounds, until one gives a crop: with probability 1/7 the whole picture; else one
/// least IoU out of {0, 0.1, 0.3, 0.5, 0.7, 0.9} and 50 candidates, sides in [0.3, 1). A candidate will do when neither side is twice the
/// other, its IoU with every object is above the least one, and the centre of one object or more lies inside.
/// The whole picture when it has no objects, and after 200 rounds without any of the two (4 in 10^14 pictures for which no candidate will do).
///
/// objects  boxes as fractions of the picture
/// returns  fractions of the picture
box::Box iou_biased_crop(std::span<const Object> objects, Random random);

/// The objects whose centre lies inside `window`, their boxes cut to it and given as fractions of it; areas stay those of the annotation.
std::vector<Object> cut_to(std::span<const Object> objects, const box::Box& window);

/// Boxes mirrored left-right.
void mirror(std::vector<Object>& objects);

}  // namespace fovea::data
