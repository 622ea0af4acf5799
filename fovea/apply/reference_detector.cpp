#include "fovea/apply/reference_detector.h"

#include "fovea/base/shell.h"
#include "fovea/model/tf_names.h"
#include "fovea/recipe/keys.h"
#include "fovea/train/init_weights.h"

namespace fovea::apply {

TrainedModel load_reference_detector(const fs::path& path, const TrainedModelOptions& options, Log& log) {
  const train::WeightFile file(path, {.weights = options.weights, .pick = options.pick, .log = &log});
  const std::optional<int64_t> outputs = file.num_outputs();
  if (!model::has_detection_head(file.shapes()) || !outputs) {
    fail(ErrorCode::kData, Advice{fmt::format("fovea checkpoint convert {} FOLDER --recipe RECIPE makes one of fovea of it", shell_quoted(path.string()))},
         "\"{}\" is a checkpoint of TensorFlow without a detector's head; only a detector of the reference is taken as it is", path.string());
  }
  if (const auto other = model::other_backbone(file.shapes())) {
    fail(ErrorCode::kData,
         Advice{fmt::format("fovea checkpoint convert {} FOLDER --recipe ssd-resnet34 --set {}, and then fovea eval FOLDER", shell_quoted(path.string()),
                            other->starts_with("resnet34") ? "model.stage1_projection=true" : "model.name=ssd_" + *other)},
         "the reference's detector is on a ResNet-34 without a projection in stage 1, {} is on a {}", file.title(), *other);
  }
  TrainedModel result{.checkpoint = file.title(), .step = file.step().value_or(0), .recipe = recipe::load_recipe({.recipe = "ssd-resnet34"})};
  result.identity = {.model = result.recipe.model.name,
                     .num_outputs = *outputs,
                     .global_batch = result.recipe.train.batch_size,
                     .seed = result.recipe.train.seed,
                     .recipe = recipe::flat(result.recipe)};
  result.model = model::make_model(result.recipe.model, {.num_outputs = *outputs, .seed = std::nullopt});
  train::expect_all_loaded(train::init_weights(file, *result.model, {.allows_partial = true, .recipe = result.identity.recipe}),
                           Advice{"save all variables of the network; \"fovea checkpoint list\" shows what is in it"});
  finish_loading(result, options);
  return result;
}

}  // namespace fovea::apply
