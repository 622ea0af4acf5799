#include "fovea/train/step.h"

#include <ATen/Functions.h>

#include <cmath>

namespace fovea::train {
namespace {

/// What goes by before the gradient of the last layer's output is there is the loss's own part.
void backward(const Tensor& loss, Trace* trace) {
  const Traced span(trace, Activity::kBackward);
  if (trace != nullptr) trace->begin_part(Activity::kBackward, "loss");
  loss.backward();
  if (trace != nullptr) trace->end_parts();
}

}  // namespace

Tensor network_input(const data::Batch& batch, const StepOptions& options) {
  return kernels::normalize(batch.images, batch.targets.lambda, options.pixels, options.precision);
}

StepResult train_step(StepParts& parts, const data::Batch& host, double lr, int64_t update, const StepOptions& options) {
  const int64_t images = host.images.size(0);
  const int64_t micro = options.micro_batch > 0 ? options.micro_batch : images;
  Trace* const trace = options.trace;
  StepResult result;
  parts.model.parameters().zero_gradients();
  for (int64_t begin = 0; begin < images; begin += micro) {  // one pass by default; gradients add up over passes
    const data::Batch part =
        traced(trace, Activity::kInput, [&] { return data::to_device(data::slice(host, begin, std::min(begin + micro, images)), parts.device); });
    const Tensor input = traced(trace, Activity::kInput, [&] { return network_input(part, options); });
    const kernels::ForwardContext context{
        .training = true, .precision = options.precision, .path = options.path, .seed = options.seed, .step = update, .samples = part.samples, .trace = trace};
    const data::Outputs outputs = traced(trace, Activity::kForward, [&] { return parts.model.forward(input, context); });
    const model::LossTerms loss = traced(trace, Activity::kLoss, [&] { return parts.model.loss(outputs, part.targets, static_cast<double>(images)); });
    backward(loss.total, trace);
    const Tensor logits = outputs.logits.detach();
    const Tensor hits = logits.argmax(1).eq(part.targets.labels).sum();
    const Tensor hits5 = logits.gt(logits.gather(1, part.targets.labels.unsqueeze(1))).sum(1).lt(5).sum();
    result.loss = result.loss.defined() ? result.loss + loss.total.detach() : loss.total.detach();
    result.hits = result.hits.defined() ? result.hits + hits : hits;
    result.hits5 = result.hits5.defined() ? result.hits5 + hits5 : hits5;
  }
  // L2 terms added, then global norm, then clip
  result.grad_norm = traced(trace, Activity::kDecayAndClip, [&] { return optim::decay_and_clip(parts.model.parameters(), options.optim); });
  result.updated = traced(trace, Activity::kCheck, [&] { return std::isfinite((result.loss + result.grad_norm).item<double>()); });
  if (!result.updated) return result;
  traced(trace, Activity::kOptimiser, [&] { parts.optimizer.step(lr); });
  if (parts.ema != nullptr) traced(trace, Activity::kAverage, [&] { parts.ema->update(update + 1); });
  return result;
}

}  // namespace fovea::train
