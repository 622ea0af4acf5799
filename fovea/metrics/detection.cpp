#include "fovea/metrics/detection.h"

#include <cmath>
#include <utility>

namespace fovea::metrics {
namespace {

io::CocoBox pixels(const box::Box& box, const image::Size& size) {
  const double width = size.width, height = size.height;
  return {.x = box.x0 * width, .y = box.y0 * height, .width = (double{box.x1} - box.x0) * width, .height = (double{box.y1} - box.y0) * height};
}

}  // namespace

DetectionScores::DetectionScores(const data::DatasetInfo& info)
    : class_ids_(info.class_ids), coco_({class_ids_.begin() + 1, class_ids_.end()}) {}  // without the background

void DetectionScores::add(std::span<const std::vector<box::Detection>> detections, std::span<const data::Truth> truths, double loss_sum) {
  FOVEA_CHECK(detections.size() == truths.size(), "detections of {} pictures, truths of {}", detections.size(), truths.size());
  std::vector<io::CocoTruth> true_boxes;
  std::vector<io::CocoDetection> seen_boxes;
  const auto id_of = [this](int64_t class_id) { return class_ids_.at(static_cast<size_t>(class_id)); };
  for (size_t n = 0; n < truths.size(); ++n) {
    const data::Truth& truth = truths[n];
    for (const data::Object& object : truth.objects) {
      true_boxes.push_back({.image_id = truth.source_id,
                            .category_id = id_of(object.class_id),
                            .box = pixels(object.box, truth.size),
                            .area = object.area,
                            .is_crowd = object.is_crowd});
    }
    for (const box::Detection& seen : detections[n]) {
      if (!std::isfinite(seen.box.y0 + seen.box.x0 + seen.box.y1 + seen.box.x1)) continue;  // the exponential of a size overflowed
      seen_boxes.push_back({.image_id = truth.source_id, .category_id = id_of(seen.class_id), .box = pixels(seen.box, truth.size), .score = seen.score});
    }
  }
  coco_.add(std::move(true_boxes));
  coco_.add(std::move(seen_boxes));
  images_ += static_cast<int64_t>(truths.size());
  loss_sum_ += loss_sum;
  result_.reset();
}

const CocoResult& DetectionScores::result() const {
  if (!result_) result_.emplace(coco_.compute());
  return *result_;
}

std::vector<Figure> DetectionScores::figures() const {
  const std::array<double, 12> numbers = result().numbers();
  std::vector<Figure> figures;
  for (size_t i = 0; i < numbers.size(); ++i) figures.push_back({kCocoNumbers[i].key, numbers[i]});
  return figures;
}

}  // namespace fovea::metrics
