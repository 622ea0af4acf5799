#include "fovea/data/batch.h"

namespace fovea::data {

Batch slice(const Batch& batch, int64_t begin, int64_t end) {
  const int64_t rows = batch.images.size(0);
  FOVEA_CHECK(begin >= 0 && begin < end && end <= rows, "rows [{}, {}) of {}", begin, end, rows);
  const bool is_mixing = batch.targets.partner_labels.defined();
  FOVEA_CHECK(!is_mixing || (begin % 2 == 0 && end % 2 == 0), "rows [{}, {}) cut a MixUp pair", begin, end);
  const auto part = [&](const Tensor& tensor) { return tensor.defined() ? tensor.narrow(0, begin, end - begin) : tensor; };
  return {.images = part(batch.images),
          .targets = {.labels = part(batch.targets.labels),
                      .partner_labels = part(batch.targets.partner_labels),
                      .lambda = part(batch.targets.lambda),
                      .classes = part(batch.targets.classes),
                      .offsets = part(batch.targets.offsets)},
          .samples = {batch.samples.begin() + begin, batch.samples.begin() + end},
          .truths = batch.truths.empty() ? std::vector<Truth>() : std::vector<Truth>(batch.truths.begin() + begin, batch.truths.begin() + end),
          .step = batch.step};
}

Batch to_device(const Batch& batch, const at::Device& device) {
  if (device.is_cpu()) return batch;
  const auto moved = [&](const Tensor& tensor) { return tensor.defined() ? tensor.to(device, /*non_blocking=*/true) : tensor; };
  return {.images = moved(batch.images),
          .targets = {.labels = moved(batch.targets.labels),
                      .partner_labels = moved(batch.targets.partner_labels),
                      .lambda = moved(batch.targets.lambda),
                      .classes = moved(batch.targets.classes),
                      .offsets = moved(batch.targets.offsets)},
          .samples = batch.samples,
          .truths = batch.truths,
          .step = batch.step};
}

}  // namespace fovea::data
