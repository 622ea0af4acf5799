// The small "shapes" data set, made from a seed: something real to train on in a minute, without a download.
#pragma once

#include "fovea/base/file.h"
#include "fovea/image/image.h"

#include <array>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

namespace fovea::data {

/// In the order of labels.
inline constexpr std::array<std::string_view, 8> kShapeNames{"bar", "circle", "crescent", "cross", "ring", "square", "star", "triangle"};

struct ShapesOptions {
  uint64_t seed = 0;
  int64_t train = 2000;  ///< pictures, spread evenly over the classes
  int64_t val = 400;
  int64_t size = 64;    ///< side, pixels
  int64_t threads = 0;  ///< 0 = one a core
  std::stop_token stop;
  std::function<void(int64_t done, int64_t total)> progress;
};

/// One shape of class `class_id` on a textured background, with its own place, size, turn and colours; edges are antialiased.
/// A function of (seed, picture); `picture` numbers all pictures of a set.
image::Image draw_shape(int64_t class_id, int64_t size, uint64_t seed, uint64_t picture);

/// Writes `folder`/pictures/{train,val}/CLASS/NNNN.jpg (every eighth .png) and the same pictures as TFRecords under `folder`/records. The
/// bytes depend on the options only. Complete or absent: a failure takes back what was written.
/// throws kCannotCreate when `folder` holds something already; kConfig for sizes that make no sense; kIo; kInterrupted when stopped
void make_shapes(const fs::path& folder, const ShapesOptions& options);

}  // namespace fovea::data
