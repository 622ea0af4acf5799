#include "fovea/metrics/detection.h"

#include "fovea/metrics/coco_diagnosis.h"

#include <utility>

namespace fovea::metrics {
namespace {

io::CocoBox pixels(const box::Box& box, const image::Size& size) {
  const double width = size.width, height = size.height;
  return {.x = box.x0 * width, .y = box.y0 * height, .width = (double{box.x1} - box.x0) * width, .height = (double{box.y1} - box.y0) * height};
}

}  // namespace

DetectionScores::DetectionScores(const data::DatasetInfo& info)
    : class_ids_(info.class_ids), class_names_(info.class_names), coco_({class_ids_.begin() + 1, class_ids_.end()}) {}  // without the background

void DetectionScores::add(std::span<const std::vector<box::Detection>> detections, const data::Batch& batch, double loss_sum) {
  const std::vector<data::Truth>& truths = batch.truths;
  FOVEA_CHECK(detections.size() == truths.size() && batch.samples.size() == truths.size(), "detections of {} pictures, truths of {}, {} samples",
              detections.size(), truths.size(), batch.samples.size());
  std::vector<io::CocoTruth> true_boxes;
  std::vector<io::CocoDetection> seen_boxes;
  const auto id_of = [this](int64_t class_id) { return class_ids_.at(static_cast<size_t>(class_id)); };
  for (size_t n = 0; n < truths.size(); ++n) {
    const data::Truth& truth = truths[n];
    pictures_.try_emplace(truth.source_id, Picture{.sample = batch.samples[n], .size = truth.size});
    for (const data::Object& object : truth.objects) {
      true_boxes.push_back({.image_id = truth.source_id,
                            .category_id = id_of(object.class_id),
                            .box = pixels(object.box, truth.size),
                            .area = object.area,
                            .is_crowd = object.is_crowd});
    }
    for (const box::Detection& seen : detections[n]) {
      seen_boxes.push_back({.image_id = truth.source_id, .category_id = id_of(seen.class_id), .box = pixels(seen.box, truth.size), .score = seen.score});
    }
  }
  coco_.add(std::move(true_boxes));
  coco_.add(std::move(seen_boxes));
  images_ += static_cast<int64_t>(truths.size());
  loss_sum_ += loss_sum;
  result_.reset();
  errors_.reset();
  diagnosis_.reset();
}

const CocoResult& DetectionScores::result() const {
  if (!result_) result_.emplace(coco_.compute());
  return *result_;
}

const DetectionErrors& DetectionScores::errors() const {
  if (!errors_) errors_.emplace(find_errors(coco_));
  return *errors_;
}

ErrorCounts DetectionScores::error_counts() const {
  ErrorCounts all;
  for (const ErrorCounts& each : errors_by_class(coco_, errors())) all.add(each);
  return all;
}

const std::vector<std::string>& DetectionScores::diagnosis() const {
  if (diagnosis_) return *diagnosis_;
  diagnosis_.emplace();
  if (!is_near_zero(result())) return *diagnosis_;
  io::CocoInstances instances{.pictures = {}, .categories = {}, .truths = coco_.truths()};
  for (const auto& [id, picture] : pictures_)
    instances.pictures.push_back({.id = id, .width = picture.size.width, .height = picture.size.height, .file_name = {}});
  for (size_t c = 1; c < class_ids_.size(); ++c) instances.categories.push_back({.id = class_ids_[c], .name = class_names_[c]});
  *diagnosis_ = diagnose_coco(instances, coco_.detections(), DetectionSource::kNetwork);
  return *diagnosis_;
}

int64_t DetectionScores::sample_of(int64_t image_id) const {
  const auto found = pictures_.find(image_id);
  FOVEA_CHECK(found != pictures_.end(), "no picture {}", image_id);
  return found->second.sample;
}

std::vector<Figure> DetectionScores::figures() const {
  const std::array<double, 12> numbers = result().numbers();
  std::vector<Figure> figures;
  for (size_t i = 0; i < numbers.size(); ++i) figures.push_back({kCocoNumbers[i].key, numbers[i]});
  return figures;
}

}  // namespace fovea::metrics
