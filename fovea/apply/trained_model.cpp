#include "fovea/apply/trained_model.h"

#include "fovea/train/run_parts.h"

#include <iterator>

namespace fovea::apply {

std::optional<fs::path> TrainedModel::run() const {
  const fs::path folder = fs::weakly_canonical(checkpoint).parent_path();
  if (folder.filename() != "checkpoints" || !fs::exists(folder.parent_path() / "status.json")) return std::nullopt;
  return folder.parent_path();
}

TrainedModel load_trained(const fs::path& path, const TrainedModelOptions& options, Log& log) {
  return load_trained(train::load_checkpoint(path, options.pick, log), options);
}

TrainedModel load_trained(const train::Checkpoint& checkpoint, const TrainedModelOptions& options) {
  TrainedModel result{.checkpoint = checkpoint.folder,
                      .step = checkpoint.step,
                      .epoch = checkpoint.state.value("epoch", 0.0),
                      .identity = train::identity_from(checkpoint.state, checkpoint.folder.string())};
  if (std::ssize(result.identity.classes) != result.identity.num_outputs) {
    fail(ErrorCode::kData, "{}: state.json names {} classes for {} outputs", checkpoint.folder.string(), result.identity.classes.size(),
         result.identity.num_outputs);
  }
  if (const auto& ids = result.identity.class_ids; !ids.empty() && std::ssize(ids) != result.identity.num_outputs) {
    fail(ErrorCode::kData, "{}: state.json has {} class ids for {} outputs", checkpoint.folder.string(), ids.size(), result.identity.num_outputs);
  }
  recipe::apply_kept(result.recipe, {.settings = result.identity.recipe, .where = checkpoint.folder.string()});
  result.weights = options.weights.value_or(result.recipe.train.evaluate);
  if (result.weights == train::Weights::kEma && !checkpoint.has("ema")) {
    fail(ErrorCode::kConfig, Advice{"--weights raw"}, "{} keeps no averaged weights", checkpoint.folder.string());
  }
  result.model = model::make_model(result.recipe.model,
                                   {.num_outputs = result.identity.num_outputs, .label_smoothing = result.recipe.train.label_smoothing, .seed = std::nullopt});
  std::vector<train::NamedTensor> rows;
  for (const nn::Parameter& p : result.model->parameters().all()) rows.push_back({p.name, p.value});
  train::restore_tensors(checkpoint.file(result.weights == train::Weights::kEma ? "ema" : "model"), rows);
  finish_loading(result, options);
  return result;
}

void finish_loading(TrainedModel& trained, const TrainedModelOptions& options) {
  if (!options.device.is_cpu()) trained.model->parameters().to(options.device);
  trained.device = options.device;
  trained.options = {.optim = trained.recipe.optim, .pixels = train::pixel_scale(trained.recipe.data), .precision = trained.recipe.train.precision};
}

}  // namespace fovea::apply
