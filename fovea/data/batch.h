// What travels from the loader to the model and back: pictures, targets, identities; outputs and predictions.
#pragma once

#include "fovea/data/options.h"
#include "fovea/tensor/tensor.h"

#include <cstdint>
#include <vector>

namespace fovea::data {

/// Classification: the loss is lambda * CE(labels) + (1 - lambda) * CE(partner_labels); lambda is 1 without MixUp.
struct Targets {
  Tensor labels;          ///< [N] int64
  Tensor partner_labels;  ///< [N] int64; undefined without MixUp
  Tensor lambda;          ///< [N] float32; undefined without MixUp
};

/// images: [N, H, W, 3] uint8 (or float32 levels 0..255 with data.pixels: float32), host memory, contiguous, not yet mixed: MixUp happens in
/// the normalise pass, between rows 2k and 2k + 1.
struct Batch {
  Tensor images;
  Targets targets;
  std::vector<int64_t> samples;  ///< [N] indices into the data set
  int64_t step = 0;
};

/// What a network gives. logits: [N, K] float32.
struct Outputs {
  Tensor logits;
};

/// Rows [begin, end) as a batch of its own (a view; MixUp pairs must not be cut: begin and end even while mixing).
Batch slice(const Batch& batch, int64_t begin, int64_t end);

/// Copies to `device`, asynchronously when it is a GPU. The host batch itself when it is the CPU.
Batch to_device(const Batch& batch, const at::Device& device);

}  // namespace fovea::data
