#include "fovea/loss/detection.h"

#include "fovea/kernels/detection_loss.h"

#include <ATen/Functions.h>

namespace fovea::loss {
namespace {

void check(const Boxes& boxes, const BoxTargets& targets, double normalizer) {
  expect_shape(boxes.logits, {kAny, kAny, kAny}, "logits");
  const int64_t images = boxes.logits.size(0), anchors = boxes.logits.size(1);
  expect_shape(boxes.offsets, {images, anchors, 4}, "offsets");
  expect_shape(targets.classes, {images, anchors}, "classes of the targets");
  expect_shape(targets.offsets, {images, anchors, 4}, "offsets of the targets");
  for (const Tensor* t : {&boxes.logits, &boxes.offsets, &targets.offsets})
    FOVEA_CHECK(t->scalar_type() == at::kFloat, "logits and offsets are float32, not {}", c10::toString(t->scalar_type()));
  FOVEA_CHECK(targets.classes.scalar_type() == at::kLong, "classes are {}, expected int64", c10::toString(targets.classes.scalar_type()));
  FOVEA_CHECK(normalizer > 0, "normalizer {}", normalizer);
}

}  // namespace

DetectionLoss detection_loss(const Boxes& boxes, const BoxTargets& targets, double normalizer) {
  check(boxes, targets, normalizer);
  if (!boxes.logits.is_cpu()) return detection_loss_reference(boxes, targets, normalizer);
  const auto [least, most] = targets.classes.aminmax();
  FOVEA_CHECK(least.item<int64_t>() >= 0 && most.item<int64_t>() < boxes.logits.size(2), "classes of the targets are {} to {}, the logits have {} columns",
              least.item<int64_t>(), most.item<int64_t>(), boxes.logits.size(2));
  const kernels::DetectionTerms terms =
      kernels::detection_loss({.logits = boxes.logits, .offsets = boxes.offsets, .classes = targets.classes, .wanted = targets.offsets}, normalizer);
  return {.total = terms.total, .classes = terms.classes, .boxes = terms.boxes};
}

DetectionLoss detection_loss_reference(const Boxes& boxes, const BoxTargets& targets, double normalizer) {
  check(boxes, targets, normalizer);
  const Tensor losses = at::log_softmax(boxes.logits, 2).gather(2, targets.classes.unsqueeze(2)).squeeze(2).neg();  // [N, A]
  const Tensor positive = targets.classes > 0, count = positive.sum(1, /*keepdim=*/true);
  const Tensor order = std::get<1>(losses.detach().masked_fill(positive, 0).sort(/*stable=*/true, 1, /*descending=*/true));
  const Tensor place = order.argsort(int64_t{1}, /*descending=*/false);  // of each row in that order
  const Tensor weights = (positive.to(at::kFloat) + (place < kernels::kNegativesPerPositive * count).to(at::kFloat)) / count.clamp_min(1);
  const Tensor difference = at::huber_loss(boxes.offsets, targets.offsets, at::Reduction::None, 1).sum(2);
  const Tensor classes = (losses * weights).sum() / normalizer, offsets = (difference * positive / count.clamp_min(1)).sum() / normalizer;
  return {.total = classes + offsets, .classes = classes.detach(), .boxes = offsets.detach()};
}

}  // namespace fovea::loss
