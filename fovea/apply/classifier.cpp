#include "fovea/apply/classifier.h"

#include "fovea/apply/trained_model.h"
#include "fovea/data/augment.h"
#include "fovea/tensor/failure.h"

#include <ATen/Functions.h>

#include <algorithm>

namespace fovea::apply {

namespace {

TrainedModel load(const fs::path& path, const ClassifierOptions& options) {
  Log nobody;
  return load_trained(path, {.pick = options.pick, .weights = options.weights, .device = device_from(options.device)},
                      options.log != nullptr ? *options.log : nobody);
}

/// Pictures as the loader makes them for evaluation: [N, S, S, 3], bytes or floats as the recipe says; rows that nobody fills are black.
Tensor black_pictures(size_t count, const data::DataOptions& options) {
  const int64_t side = options.image_size;
  return at::zeros({static_cast<int64_t>(count), side, side, 3}, options.pixels == data::Pixels::kFloat32 ? at::kFloat : at::kByte);
}

void fill_row(Tensor& images, int64_t row, const data::Sample& sample, const data::DataOptions& options) {
  const Tensor target = images[row];
  const bool is_float = options.pixels == data::Pixels::kFloat32;
  data::prepare_evaluation(sample, options,
                           {.bytes = is_float ? nullptr : target.data_ptr<uint8_t>(), .floats = is_float ? target.data_ptr<float>() : nullptr});
}

/// images   [N, S, S, 3]
/// returns  [N] lists of the likeliest classes
std::vector<std::vector<Guess>> ranked(const TrainedModel& trained, const Tensor& images, int64_t top) {
  const at::NoGradGuard no_gradient;
  const data::Batch batch = data::to_device({.images = images}, trained.device);
  const data::Outputs outputs = trained.model->forward(train::network_input(batch, trained.options), {.precision = trained.options.precision});
  const auto [values, indices] = outputs.logits.softmax(1).topk(std::min(top, trained.identity.num_outputs), 1);
  const Tensor p = values.cpu(), k = indices.cpu();
  std::vector<std::vector<Guess>> result(static_cast<size_t>(p.size(0)));
  for (int64_t row = 0; row < p.size(0); ++row) {
    for (int64_t rank = 0; rank < p.size(1); ++rank) {
      const int64_t id = k[row][rank].item<int64_t>();
      result[static_cast<size_t>(row)].push_back({id, trained.identity.classes[static_cast<size_t>(id)], p[row][rank].item<double>()});
    }
  }
  return result;
}

std::vector<Guess> classify_sample(const TrainedModel& trained, const data::Sample& sample, int64_t top) {
  Tensor image = black_pictures(1, trained.recipe.data);
  fill_row(image, 0, sample, trained.recipe.data);
  return ranked(trained, image, top).front();
}

std::vector<Prediction> classify_files(const TrainedModel& trained, std::span<const fs::path> pictures, int64_t top) {
  constexpr size_t kBatch = 32;  // chosen: enough to keep all threads busy, little memory
  std::vector<Prediction> predictions;
  predictions.reserve(pictures.size());
  for (size_t begin = 0; begin < pictures.size(); begin += kBatch) {
    const std::span<const fs::path> part = pictures.subspan(begin, std::min(kBatch, pictures.size() - begin));
    Tensor images = black_pictures(part.size(), trained.recipe.data);
    for (size_t i = 0; i < part.size(); ++i) {
      Prediction& prediction = predictions.emplace_back(Prediction{.file = part[i]});
      try {
        fill_row(images, static_cast<int64_t>(i), {.encoded = read_bytes(part[i])}, trained.recipe.data);
      } catch (const Error& error) {
        prediction.problem = error.what();
      }
    }
    std::vector<std::vector<Guess>> guesses = ranked(trained, images, top);
    for (size_t i = 0; i < part.size(); ++i) {
      if (Prediction& prediction = predictions[begin + i]; prediction.problem.empty()) prediction.guesses = std::move(guesses[i]);
    }
  }
  return predictions;
}

void check_top(int64_t top) {
  if (top < 1) fail(ErrorCode::kUsage, "top is {}, expected at least 1", top);
}

/// What LibTorch and the standard library throw becomes an Error too.
template <class Action>
auto with_errors_of_ours(const Action& action) {
  try {
    return action();
  } catch (const std::exception& exception) {
    throw as_error(exception);
  }
}

}  // namespace

Classifier::Classifier(const fs::path& path, const ClassifierOptions& options)
    : trained_(with_errors_of_ours([&] { return std::make_unique<const TrainedModel>(load(path, options)); })) {}
Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&& other) noexcept = default;
Classifier& Classifier::operator=(Classifier&& other) noexcept = default;

std::vector<Guess> Classifier::classify(const fs::path& picture, int64_t top) const {
  check_top(top);
  const std::vector<std::byte> bytes = with_errors_of_ours([&] { return read_bytes(picture); });
  try {
    return classify(bytes, top);
  } catch (const Error& error) {  // what is wrong with the bytes is said without their place
    throw Error(error.code(), fmt::format("{}: {}", picture.string(), error.what()), error.advice());
  }
}

std::vector<Guess> Classifier::classify(std::span<const std::byte> picture, int64_t top) const {
  check_top(top);
  return with_errors_of_ours([&] { return classify_sample(*trained_, {.encoded = {picture.begin(), picture.end()}}, top); });
}

std::vector<Prediction> Classifier::classify_each(std::span<const fs::path> pictures, int64_t top) const {
  check_top(top);
  return with_errors_of_ours([&] { return classify_files(*trained_, pictures, top); });
}

const std::vector<std::string>& Classifier::class_names() const { return trained_->identity.classes; }

}  // namespace fovea::apply
