#include "fovea/train/made_up_batch.h"

#include <ATen/Functions.h>

namespace fovea::train {
namespace {

data::Targets made_up_targets(const model::Model& model, int64_t pictures) {
  if (model.task() == data::Task::kClassify) return {.labels = at::randint(0, model.num_outputs(), {pictures}, at::kLong)};
  constexpr int64_t kEvery = 300;
  const int64_t anchors = model.target_encoder()->num_anchors();
  data::Targets targets{.classes = at::zeros({pictures, anchors}, at::kLong), .offsets = at::randn({pictures, anchors, 4})};
  Tensor objects = targets.classes.slice(1, 0, anchors, kEvery);
  objects.copy_(at::randint(1, model.num_outputs(), objects.sizes(), at::kLong));
  return targets;
}

}  // namespace

data::Batch made_up_batch(const model::Model& model, int64_t pictures, int64_t side) {
  data::Batch batch{.images = at::randint(0, 256, {pictures, side, side, 3}).to(at::kByte), .targets = made_up_targets(model, pictures)};
  for (int64_t i = 0; i < pictures; ++i) batch.samples.push_back(i);
  return batch;
}

}  // namespace fovea::train
