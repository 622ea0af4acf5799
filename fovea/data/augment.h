// From an encoded sample to the pixels that the network sees: one random crop and flip in training, one fixed crop in evaluation.
#pragma once

#include "fovea/base/random.h"
#include "fovea/base/trace.h"
#include "fovea/data/dataset.h"
#include "fovea/data/options.h"
#include "fovea/data/order.h"
#include "fovea/image/image.h"

#include <cstdint>

namespace fovea::data {

/// The reference's training crop (spec 2.5: TF's sample_distorted_bounding_box over the whole picture, with its effective limits, D-6).
image::Rect reference_crop(image::Size size, const DataOptions& options, Random random);

/// Area uniform in [min_area, 1], aspect log-uniform, 10 tries, else the largest centred crop within the aspect limits.
image::Rect inception_crop(image::Size size, const DataOptions& options, Random random);

/// The crop of options.train_crop for a place of the stream: a pure function of its arguments.
image::Rect train_crop(image::Size size, const DataOptions& options, uint64_t seed, Draw draw);
/// Whether that place is mirrored: one half of them, keyed apart from the crop.
bool is_mirrored(const DataOptions& options, uint64_t seed, Draw draw);

/// What evaluation looks at, in pixels of the original, and the size to scale it to before the centre is cut out.
struct EvalPlan {
  image::Size scaled;  ///< of the whole picture
  image::Rect centre;  ///< image_size x image_size inside it
};
/// The short side scaled to eval_resize with the reference's float32 truncation (spec 2.5); never below image_size.
EvalPlan reference_eval_plan(image::Size size, const DataOptions& options);

/// The centred square of side short side * image_size / eval_resize, in pixels of the original.
image::Rect centre_crop(image::Size size, const DataOptions& options);

/// throws kConfig when options contradict each other (crop limits the wrong way round, eval_resize below image_size), naming both keys
void check_options(const DataOptions& options);

/// Where a picture is written: image_size x image_size RGB, image_size * image_size * 3 uint8, or floats with options.pixels float32.
struct PixelTarget {
  uint8_t* bytes = nullptr;
  float* floats = nullptr;
};
/// trace  where decoding and resampling are marked; null: nowhere
/// throws kData when the picture is damaged (without the place: the loader adds it)
void prepare_train(const Sample& sample, const DataOptions& options, uint64_t seed, Draw draw, PixelTarget target, Trace* trace = nullptr);
void prepare_evaluation(const Sample& sample, const DataOptions& options, PixelTarget target);

/// lambda of the MixUp pair (position / 2): Beta(alpha, alpha) keyed by (seed, epoch, pair).
float mixup_lambda(const DataOptions& options, uint64_t seed, Draw first_of_pair);

}  // namespace fovea::data
