#include "fovea/apply/detector.h"

#include "fovea/apply/pictures.h"

#include <algorithm>

namespace fovea::apply {
namespace {

Sighting sighting(const TrainedModel& trained, const box::Detection& seen, const image::Size& size) {
  const auto id = static_cast<size_t>(seen.class_id);
  const std::vector<int64_t>& source_ids = trained.identity.class_ids;
  const double width = size.width, height = size.height;
  return {.class_id = seen.class_id,
          .source_id = id < source_ids.size() ? source_ids[id] : seen.class_id,
          .name = trained.identity.classes.at(id),
          .score = seen.score,
          .x = seen.box.x0 * width,
          .y = seen.box.y0 * height,
          .width = (double{seen.box.x1} - seen.box.x0) * width,
          .height = (double{seen.box.y1} - seen.box.y0) * height};
}

std::vector<Sightings> look(const TrainedModel& trained, const PictureBatch& batch, std::span<const fs::path> files) {
  const std::vector<std::vector<box::Detection>> seen = trained.model->detect(outputs_for(trained, batch.images));
  std::vector<Sightings> result;
  for (size_t i = 0; i < files.size(); ++i) {
    Sightings& own = result.emplace_back(Sightings{.file = files[i], .problem = batch.problems[i], .size = batch.sizes[i]});
    if (!own.problem.empty()) continue;
    for (const box::Detection& each : seen[i]) own.objects.push_back(sighting(trained, each, own.size));
  }
  return result;
}

}  // namespace

Detector::Detector(const fs::path& path, const DetectorOptions& options)
    : Detector(with_errors_of_ours([&] {
        Log nobody;
        return load_trained(path, {.pick = options.pick, .weights = options.weights, .device = device_from(options.device)},
                            options.log != nullptr ? *options.log : nobody);
      })) {}
Detector::Detector(TrainedModel trained) : trained_(std::make_unique<const TrainedModel>(std::move(trained))) { expect_task(*trained_, data::Task::kDetect); }
Detector::~Detector() = default;
Detector::Detector(Detector&& other) noexcept = default;
Detector& Detector::operator=(Detector&& other) noexcept = default;

Sightings Detector::detect(const fs::path& picture) const {
  return with_file(picture, [&](std::span<const std::byte> bytes) {
    return with_errors_of_ours([&] { return look(*trained_, prepare_picture(*trained_, bytes), std::span(&picture, 1)).front(); });
  });
}

std::vector<Sightings> Detector::detect_each(std::span<const fs::path> pictures) const {
  return with_errors_of_ours([&] {
    std::vector<Sightings> result;
    for (size_t begin = 0; begin < pictures.size(); begin += kPictureBatch) {
      const std::span<const fs::path> part = pictures.subspan(begin, std::min(kPictureBatch, pictures.size() - begin));
      std::ranges::move(look(*trained_, prepare_files(*trained_, part), part), std::back_inserter(result));
    }
    return result;
  });
}

}  // namespace fovea::apply
