#include "fovea/train/usual_recipe.h"

#include "fovea/model/tf_names.h"

namespace fovea::train {
namespace {

Settings recipe_of(const char* padding, const char* stem, const char* mean, const char* std) {
  return {{"model.padding", padding}, {"model.stem", stem}, {"model.bn_epsilon", "1e-05"}, {"data.mean", mean}, {"data.std", std}};
}

}  // namespace

Settings usual_recipe(Maker maker, const model::TensorShapes& tensors) {
  // Levels 255 x (0.485, 0.456, 0.406) and 255 x (0.229, 0.224, 0.225), which the reference's detector has too (spec 3.7).
  constexpr const char *kUnitMean = "[123.675, 116.28, 103.53]", *kUnitStd = "[58.395, 57.12, 57.375]";
  const bool is_plain = model::lacks_stage1_projection(tensors), is_reference = maker == Maker::kReference;
  const bool is_detectors = is_plain || model::has_detection_head(tensors);
  Settings recipe = !is_reference  ? recipe_of("symmetric", "imagenet", kUnitMean, kUnitStd)
                    : is_detectors ? recipe_of("symmetric", "keras", kUnitMean, kUnitStd)                     // spec 3.1, 3.7
                                   : recipe_of("same", "imagenet", "[123.68, 116.78, 103.94]", "[1, 1, 1]");  // spec 2.1, 2.5
  if (is_plain || is_reference) recipe["model.stage1_projection"] = is_plain ? "false" : "true";
  return recipe;
}

}  // namespace fovea::train
