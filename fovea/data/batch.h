// What travels from the loader to the model and back: pictures, targets, identities; outputs and predictions.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/data/options.h"
#include "fovea/tensor/tensor.h"

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::data {

/// Classification: the loss is lambda * CE(labels) + (1 - lambda) * CE(partner_labels); lambda is 1 without MixUp.
/// Detection: what every default box has to say; the others are undefined.
struct Targets {
  Tensor labels;          ///< [N] int64
  Tensor partner_labels;  ///< [N] int64; undefined without MixUp
  Tensor lambda;          ///< [N] float32; undefined without MixUp
  Tensor classes;         ///< [N, A] int64, 0 = background
  Tensor offsets;         ///< [N, A, 4] float32, zeros for the background
};

/// What a picture of an evaluation really shows.
struct Truth {
  int64_t source_id = 0;
  image::Size size;  ///< of the original, upright
  std::vector<Object> objects;
};

/// images: [N, H, W, 3] uint8 (or float32 levels 0..255 with data.pixels: float32, which data.colour_jitter may lead beyond), host memory,
/// contiguous, not yet mixed: MixUp happens in the normalise pass, between rows 2k and 2k + 1.
struct Batch {
  Tensor images;
  Targets targets;
  std::vector<int64_t> samples;  ///< [N] indices into the data set
  std::vector<Truth> truths;     ///< [N] when a detector is evaluated, else empty
  int64_t step = 0;
};

/// What a network gives.
struct Outputs {
  Tensor logits;   ///< classification: [N, K] float32; detection: [N, A, K] float32, column 0 the background
  Tensor offsets;  ///< detection: [N, A, 4] float32
};

/// Turns a picture's objects into what every default box has to say. Made by the model; knows no tensors; safe to call from several threads.
class TargetEncoder {
 public:
  virtual ~TargetEncoder() = default;
  [[nodiscard]] virtual int64_t num_anchors() const = 0;
  /// classes  [A] written: the class of the object matched, 0 for the background
  /// offsets  [A, 4] written: zeros for the background
  virtual void encode(std::span<const Object> objects, int64_t* classes, float* offsets) const = 0;
};

/// Rows [begin, end) as a batch of its own (a view; MixUp pairs must not be cut: begin and end even while mixing).
Batch slice(const Batch& batch, int64_t begin, int64_t end);

/// Copies to `device`, asynchronously when it is a GPU. The host batch itself when it is the CPU.
Batch to_device(const Batch& batch, const at::Device& device);

}  // namespace fovea::data
