#include "fovea/train/evaluator.h"

#include <ATen/Functions.h>

#include <chrono>

namespace fovea::train {

std::optional<Evaluation> evaluate(const model::Model& model, const data::Dataset& dataset, const EvaluationOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const at::NoGradGuard no_gradient;
  data::Loader loader = data::Loader::evaluation(dataset, options.loader);
  Evaluation result{.scores = metrics::ClassificationScores(model.num_outputs(), options.keep_mistakes)};
  const kernels::ForwardContext context{.precision = options.step.precision, .path = options.step.path, .seed = options.step.seed};
  while (const std::optional<data::Batch> host = loader.next()) {
    if (host->samples.empty()) continue;  // every picture of it was damaged
    const data::Batch batch = data::to_device(*host, options.device);
    const data::Outputs outputs = model.forward(network_input(batch, options.step), context);
    result.scores.add(outputs.logits, batch.targets.labels, batch.samples);
    if (options.progress) options.progress(result.scores.images());
    if (options.stop && options.stop()) return std::nullopt;
  }
  result.skipped = loader.take_skipped();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace fovea::train
