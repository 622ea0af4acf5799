// Scores of a detector: COCO's, from what it saw and what there was, every picture once.
#pragma once

#include "fovea/box/detect.h"
#include "fovea/data/batch.h"
#include "fovea/metrics/coco_scores.h"
#include "fovea/metrics/detection_errors.h"
#include "fovea/metrics/figure.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fovea::metrics {

class DetectionScores {
 public:
  /// info  of a set with Task::kDetect: its classes
  explicit DetectionScores(const data::DatasetInfo& info);

  /// detections  of each picture of the batch, fractions of the picture; one whose box is not finite finds nothing
  /// batch       its samples and truths
  /// loss_sum    of their losses
  void add(std::span<const std::vector<box::Detection>> detections, const data::Batch& batch, double loss_sum);

  [[nodiscard]] int64_t images() const { return images_; }
  [[nodiscard]] double loss() const { return images_ > 0 ? loss_sum_ / static_cast<double>(images_) : 0; }
  /// The twelve numbers of COCO, AP first; kNoTruth where there is no ground truth.
  [[nodiscard]] std::vector<Figure> figures() const;
  [[nodiscard]] const CocoResult& result() const;
  [[nodiscard]] const DetectionErrors& errors() const;
  /// Of all classes.
  [[nodiscard]] ErrorCounts error_counts() const;
  /// Why AP is near zero (metrics/coco_diagnosis.h), in sentences; none when it is not.
  [[nodiscard]] const std::vector<std::string>& diagnosis() const;

  /// Truths and detections in pixels of the originals, ids as in the source.
  [[nodiscard]] const CocoScores& coco() const { return coco_; }
  [[nodiscard]] const std::vector<io::CocoDetection>& detections() const { return coco_.detections(); }
  [[nodiscard]] const std::vector<io::CocoTruth>& truths() const { return coco_.truths(); }
  /// Index in the data set of the (first) picture with an id of the source; it has been added.
  [[nodiscard]] int64_t sample_of(int64_t image_id) const;
  [[nodiscard]] const std::vector<std::string>& class_names() const { return class_names_; }  ///< [num_outputs]

 private:
  struct Picture {
    int64_t sample = 0;
    image::Size size;
  };

  std::vector<int64_t> class_ids_;  // [num_outputs], of the source
  std::vector<std::string> class_names_;
  CocoScores coco_;
  std::map<int64_t, Picture> pictures_;  // by id of the source
  int64_t images_ = 0;
  double loss_sum_ = 0;
  // Of what was added so far; made when it is asked for.
  mutable std::optional<CocoResult> result_;
  mutable std::optional<DetectionErrors> errors_;
  mutable std::optional<std::vector<std::string>> diagnosis_;
};

}  // namespace fovea::metrics
