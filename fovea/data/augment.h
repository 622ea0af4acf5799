// From an encoded sample to the pixels that the network sees: random crop, flip and colours in training, one fixed crop in evaluation.
#pragma once

#include "fovea/base/random.h"
#include "fovea/base/trace.h"
#include "fovea/data/dataset.h"
#include "fovea/data/options.h"
#include "fovea/data/order.h"
#include "fovea/image/colour.h"
#include "fovea/image/image.h"
#include "fovea/image/resample.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fovea::data {

/// The reference's training crop (spec 2.5: TF's sample_distorted_bounding_box over the whole picture, with its effective limits, D-6).
image::Rect reference_crop(image::Size size, const DataOptions& options, Random random);

/// Area uniform in [min_area, 1], aspect log-uniform, 10 tries, else the largest centred crop within the aspect limits.
image::Rect inception_crop(image::Size size, const DataOptions& options, Random random);

/// What training shows of a picture.
struct TrainView {
  image::Size picture;                  ///< all of it
  image::Rect part;                     ///< the pixels that are needed
  std::optional<image::Window> window;  ///< scaled by crop_and_resize; else all of `part` by data.filter
  bool is_mirrored = false;
  std::optional<image::ColourJitter> jitter;
  std::vector<Object> objects;  ///< detection: as they stand in the view, boxes as fractions of it
};

/// The view for a place of the stream: a pure function of its arguments, each draw keyed apart from the others.
TrainView train_view(image::Size picture, std::span<const Object> objects, const DataOptions& options, uint64_t seed, Draw draw);

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
/// The same, and kConfig when the crops are not made for what the data shows: boxes or labels
void check_options(const DataOptions& options, const DatasetInfo& info);

/// Where a picture is written: image_size x image_size RGB, image_size * image_size * 3 uint8, or floats with options.pixels float32.
struct PixelTarget {
  uint8_t* bytes = nullptr;
  float* floats = nullptr;
};
/// Writes the view of a picture of which `source` holds view.part in `place`.
void render(const image::Image& source, image::Rect place, const TrainView& view, const DataOptions& options, PixelTarget target);

/// trace    where decoding and resampling are marked; null: nowhere
/// returns  the objects as they stand in the network's input
/// throws   kData when the picture is damaged (without the place: the loader adds it)
std::vector<Object> prepare_train(const Sample& sample, const DataOptions& options, uint64_t seed, Draw draw, PixelTarget target, Trace* trace = nullptr);
/// returns  the size of the original, upright
image::Size prepare_evaluation(const Sample& sample, const DataOptions& options, PixelTarget target);

/// lambda of the MixUp pair (position / 2): Beta(alpha, alpha) keyed by (seed, epoch, pair).
float mixup_lambda(const DataOptions& options, uint64_t seed, Draw first_of_pair);

}  // namespace fovea::data
