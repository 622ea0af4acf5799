#include "fovea/apply/classifier.h"

#include "fovea/apply/pictures.h"

#include <ATen/Functions.h>

#include <algorithm>

namespace fovea::apply {

namespace {

/// images   [N, S, S, 3]
/// returns  [N] lists of the likeliest classes
std::vector<std::vector<Guess>> ranked(const TrainedModel& trained, const Tensor& images, int64_t top) {
  const data::Outputs outputs = outputs_for(trained, images);
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

std::vector<Prediction> classify_files(const TrainedModel& trained, std::span<const fs::path> pictures, int64_t top) {
  std::vector<Prediction> predictions;
  predictions.reserve(pictures.size());
  for (size_t begin = 0; begin < pictures.size(); begin += kPictureBatch) {
    const std::span<const fs::path> part = pictures.subspan(begin, std::min(kPictureBatch, pictures.size() - begin));
    const PictureBatch batch = prepare_files(trained, part);
    std::vector<std::vector<Guess>> guesses = ranked(trained, batch.images, top);
    for (size_t i = 0; i < part.size(); ++i) {
      Prediction& prediction = predictions.emplace_back(Prediction{.file = part[i], .problem = batch.problems[i]});
      if (prediction.problem.empty()) prediction.guesses = std::move(guesses[i]);
    }
  }
  return predictions;
}

void check_top(int64_t top) {
  if (top < 1) fail(ErrorCode::kUsage, "top is {}, expected at least 1", top);
}

}  // namespace

Classifier::Classifier(const fs::path& path, const ClassifierOptions& options)
    : Classifier(with_errors_of_ours([&] {
        Log nobody;
        return load_trained(path, {.pick = options.pick, .weights = options.weights, .device = device_from(options.device)},
                            options.log != nullptr ? *options.log : nobody);
      })) {}
Classifier::Classifier(TrainedModel trained) : trained_(std::make_unique<const TrainedModel>(std::move(trained))) {
  expect_task(*trained_, data::Task::kClassify);
}
Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&& other) noexcept = default;
Classifier& Classifier::operator=(Classifier&& other) noexcept = default;

std::vector<Guess> Classifier::classify(const fs::path& picture, int64_t top) const {
  check_top(top);
  return with_file(picture, [&](std::span<const std::byte> bytes) { return classify(bytes, top); });
}

std::vector<Guess> Classifier::classify(std::span<const std::byte> picture, int64_t top) const {
  check_top(top);
  return with_errors_of_ours([&] { return ranked(*trained_, prepare_picture(*trained_, picture).images, top).front(); });
}

std::vector<Prediction> Classifier::classify_each(std::span<const fs::path> pictures, int64_t top) const {
  check_top(top);
  return with_errors_of_ours([&] { return classify_files(*trained_, pictures, top); });
}

const std::vector<std::string>& Classifier::class_names() const { return trained_->identity.classes; }

}  // namespace fovea::apply
