#include "fovea/apply/reference_detector.h"

#include "fovea/base/shell.h"
#include "fovea/model/tf_names.h"
#include "fovea/recipe/keys.h"
#include "fovea/train/init_weights.h"
#include "fovea/train/run_parts.h"

namespace fovea::apply {
namespace {

void expect_all_loaded(const train::InitReport& report) {
  for (const train::InitReport::Row& row : report.rows) {
    if (row.fate == train::TensorFate::kMissing || row.fate == train::TensorFate::kShape)  // the rest of such a layer is kept as drawn
      fail(ErrorCode::kData, "{} is no whole detector: {} {}", report.from, row.name, row.detail);
  }
}

}  // namespace

TrainedModel load_reference_detector(const fs::path& path, const TrainedModelOptions& options, Log& log) {
  const train::WeightFile file(path, {.weights = options.weights, .log = &log});
  const std::optional<int64_t> outputs = file.num_outputs();
  if (!model::has_detection_head(file.shapes()) || !outputs) {
    fail(ErrorCode::kData, Advice{fmt::format("fovea checkpoint convert {} FOLDER --recipe RECIPE makes one of fovea of it", shell_quoted(path.string()))},
         "\"{}\" is a checkpoint of TensorFlow without a detector's head; only a detector of the reference is taken as it is", path.string());
  }
  TrainedModel result{.checkpoint = file.title(), .step = file.step().value_or(0), .recipe = recipe::load_recipe({.recipe = "ssd-resnet34"})};
  result.identity = {.model = result.recipe.model.name,
                     .num_outputs = *outputs,
                     .global_batch = result.recipe.train.batch_size,
                     .seed = result.recipe.train.seed,
                     .recipe = recipe::flat(result.recipe)};
  result.model = model::make_model(result.recipe.model, {.num_outputs = *outputs});
  expect_all_loaded(train::init_weights(file, *result.model, {.recipe = result.identity.recipe}));
  if (!options.device.is_cpu()) result.model->parameters().to(options.device);
  result.device = options.device;
  result.options = {.optim = result.recipe.optim, .pixels = train::pixel_scale(result.recipe.data), .precision = result.recipe.train.precision};
  return result;
}

}  // namespace fovea::apply
