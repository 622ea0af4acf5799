// Made-up pictures (spec 2.5, "Synthetic data"): noise without any file, to tell the limits of input and of computing apart.
#pragma once

#include "fovea/data/dataset.h"

#include <string>
#include <string_view>

namespace fovea::data {

/// Is `where` the word "synthetic", alone or with options behind a colon?
bool is_synthetic(std::string_view where);

/// "synthetic:classes=1000,train=12800,val=1280,size=224": every option may be left out. Pixels are drawn from a normal distribution of
/// mean 127 and deviation 60, truncated at two deviations; labels uniformly from the classes (spec 2.5). Every sample is a function of
/// (options.seed, split, index).
/// "synthetic:boxes=8": detection; up to so many objects on the noise, one-coloured rectangles whose colour tells the class. The default where
/// options.synthetic_task asks for it, with the 80 classes of COCO.
/// throws kConfig for an unknown option or a value out of range
std::unique_ptr<Dataset> open_synthetic(std::string_view where, Split split, const OpenOptions& options);

}  // namespace fovea::data
