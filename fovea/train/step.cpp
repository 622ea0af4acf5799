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

/// A sum that begins with its first term.
void add(Tensor& sum, const Tensor& term) {
  if (term.defined()) sum = sum.defined() ? sum + term : term;
}

void count_hits(const Tensor& logits, const Tensor& labels, StepResult& result) {
  add(result.hits, logits.argmax(1).eq(labels).sum());
  add(result.hits5, logits.gt(logits.gather(1, labels.unsqueeze(1))).sum(1).lt(5).sum());
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
    add(result.loss, loss.total.detach());
    add(result.classes, loss.classes);
    add(result.boxes, loss.boxes);
    if (parts.model.task() == data::Task::kClassify) count_hits(outputs.logits.detach(), part.targets.labels, result);
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
