#include "fovea/apply/pictures.h"

#include "fovea/data/augment.h"

#include <ATen/Functions.h>

namespace fovea::apply {
namespace {

PictureBatch black_pictures(size_t count, const data::DataOptions& options) {
  const int64_t side = options.image_size;
  return {.images = at::zeros({static_cast<int64_t>(count), side, side, 3}, options.pixels == data::Pixels::kFloat32 ? at::kFloat : at::kByte),
          .sizes = std::vector<image::Size>(count),
          .problems = std::vector<std::string>(count)};
}

void fill_row(PictureBatch& batch, size_t row, const data::Sample& sample, const data::DataOptions& options) {
  const Tensor target = batch.images[static_cast<int64_t>(row)];
  const bool is_float = options.pixels == data::Pixels::kFloat32;
  batch.sizes[row] = data::prepare_evaluation(
      sample, options, {.bytes = is_float ? nullptr : target.data_ptr<uint8_t>(), .floats = is_float ? target.data_ptr<float>() : nullptr});
}

}  // namespace

PictureBatch prepare_picture(const TrainedModel& trained, std::span<const std::byte> encoded) {
  PictureBatch batch = black_pictures(1, trained.recipe.data);
  fill_row(batch, 0, {.encoded = {encoded.begin(), encoded.end()}}, trained.recipe.data);
  return batch;
}

PictureBatch prepare_files(const TrainedModel& trained, std::span<const fs::path> files) {
  PictureBatch batch = black_pictures(files.size(), trained.recipe.data);
  for (size_t i = 0; i < files.size(); ++i) {
    try {
      fill_row(batch, i, {.encoded = read_bytes(files[i])}, trained.recipe.data);
    } catch (const Error& error) {
      batch.problems[i] = error.what();
    }
  }
  return batch;
}

data::Outputs outputs_for(const TrainedModel& trained, const Tensor& images) {
  const at::NoGradGuard no_gradient;
  const data::Batch batch = data::to_device({.images = images}, trained.device);
  return trained.model->forward(train::network_input(batch, trained.options), {.precision = trained.options.precision});
}

void expect_task(const TrainedModel& trained, data::Task task) {
  if (trained.model->task() == task) return;
  fail(ErrorCode::kUsage, "{}: {} {}", trained.checkpoint.string(), trained.identity.model,
       task == data::Task::kClassify ? "finds objects; it does not tell classes of whole pictures"
                                     : "tells classes of whole pictures; it does not find objects");
}

}  // namespace fovea::apply
