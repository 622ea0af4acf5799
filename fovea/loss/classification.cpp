#include "fovea/loss/classification.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>

namespace fovea::loss {
namespace {

void check_rows(const Tensor& logits, const Tensor& labels, std::string_view name) {
  expect_shape(logits, {kAny, kAny}, "logits");
  FOVEA_CHECK(logits.scalar_type() == at::kFloat, "logits are {}, expected float32", c10::toString(logits.scalar_type()));
  expect_shape(labels, {logits.size(0)}, name);
  FOVEA_CHECK(labels.scalar_type() == at::kLong, "{} are {}, expected int64", name, c10::toString(labels.scalar_type()));
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const MixedLabels& targets, double smoothing, double normalizer) {
  check_rows(logits, targets.labels, "labels");
  FOVEA_CHECK(smoothing >= 0 && smoothing < 1, "smoothing {}", smoothing);
  FOVEA_CHECK(normalizer > 0, "normalizer {}", normalizer);
  const Tensor log_p = at::log_softmax(logits, 1);

  // The targets of a row sum to 1, so the smoothed loss is -(1 - e) log p(label) - e mean(log p): linear in the labels' part, hence so is the mix.
  Tensor hits;
  if (targets.lambda.defined()) {
    check_rows(logits, targets.partner_labels, "partner labels");
    expect_shape(targets.lambda, {logits.size(0)}, "lambda");
    const Tensor both = log_p.gather(1, at::stack({targets.labels, targets.partner_labels}, 1));  // [N, 2]
    hits = (both * at::stack({targets.lambda, 1 - targets.lambda}, 1)).sum();
  } else {
    hits = log_p.gather(1, targets.labels.unsqueeze(1)).sum();
  }
  if (smoothing == 0) return hits * (-1 / normalizer);
  const Tensor spread = log_p.sum();
  return hits * ((smoothing - 1) / normalizer) - spread * (smoothing / (static_cast<double>(logits.size(1)) * normalizer));
}

Tensor cross_entropy_each(const Tensor& logits, const Tensor& labels) {
  check_rows(logits, labels, "labels");
  return at::log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1).neg();
}

}  // namespace fovea::loss
