#include "fovea/train/evaluator.h"

#include <ATen/Functions.h>

#include <chrono>

namespace fovea::train {
namespace {

metrics::Scores no_scores(const model::Model& model, const data::Dataset& dataset, int64_t keep_mistakes) {
  if (model.task() == data::Task::kDetect) return metrics::DetectionScores(dataset.info());
  return metrics::ClassificationScores(model.num_outputs(), keep_mistakes);
}

void add(metrics::Scores& scores, const model::Model& model, const data::Outputs& outputs, const data::Batch& batch) {
  if (auto* classes = std::get_if<metrics::ClassificationScores>(&scores)) return classes->add(outputs.logits, batch.targets.labels, batch.samples);
  const double loss_sum = model.loss(outputs, batch.targets, 1).total.item<double>();
  std::get<metrics::DetectionScores>(scores).add(model.detect(outputs), batch, loss_sum);
}

}  // namespace

void expect_same_task(const model::Model& model, std::string_view name, const data::DatasetInfo& info) {
  if (model.task() == info.task) return;
  if (info.task == data::Task::kDetect)
    fail(ErrorCode::kConfig, Advice{"a recipe of a detector, such as ssd-resnet34"}, "{} tells classes of whole pictures, but the data has boxes: {}", name,
         info.source);
  fail(ErrorCode::kConfig, Advice{"data with boxes (docs/datasets.md), or a recipe of a classifier, such as resnet18-small"},
       "{} finds objects, but the data has no boxes: {}", name, info.source);
}

std::optional<Evaluation> evaluate(const model::Model& model, const data::Dataset& dataset, const EvaluationOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const at::NoGradGuard no_gradient;
  const std::unique_ptr<data::TargetEncoder> encoder = model.target_encoder();
  data::LoaderOptions loading = options.loader;
  loading.encoder = encoder.get();
  data::Loader loader = data::Loader::evaluation(dataset, loading);
  Evaluation result{.scores = no_scores(model, dataset, options.keep_mistakes)};
  const kernels::ForwardContext context{.precision = options.step.precision, .path = options.step.path, .seed = options.step.seed};
  while (const std::optional<data::Batch> host = loader.next()) {
    if (host->samples.empty()) continue;  // every picture of it was damaged
    const data::Batch batch = data::to_device(*host, options.device);
    const data::Outputs outputs = model.forward(network_input(batch, options.step), context);
    add(result.scores, model, outputs, batch);
    if (options.progress) options.progress(metrics::images(result.scores));
    if (options.stop && options.stop()) return std::nullopt;
  }
  result.skipped = loader.take_skipped();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace fovea::train
