// The small "shapes" data set, made from a seed: something real to train on in a minute, without a download.
#pragma once

#include "fovea/base/file.h"
#include "fovea/data/shape_drawing.h"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace fovea::data {

struct ShapesOptions {
  uint64_t seed = 0;
  bool boxes = false;    ///< several shapes a picture, to detect, instead of one to classify
  int64_t train = 2000;  ///< pictures; of one shape each: spread evenly over the classes
  int64_t val = 400;
  int64_t size = 64;    ///< side, pixels; with boxes 200 to 300, whatever stands here
  int64_t threads = 0;  ///< 0 = one a core
  std::stop_token stop;
  std::function<void(int64_t done, int64_t total)> progress;
};

/// Writes `folder`/pictures/{train,val}/CLASS/NNNN.jpg (every eighth .png), with boxes {train,val}/NNNN.jpg and instances_{train,val}.json beside
/// them, and the same pictures as TFRecords under `folder`/records. The bytes depend on the options only. Complete or absent: a failure takes back
/// what was written.
/// throws kCannotCreate when `folder` holds something already; kConfig for sizes that make no sense; kIo; kInterrupted when stopped
void make_shapes(const fs::path& folder, const ShapesOptions& options);

}  // namespace fovea::data
