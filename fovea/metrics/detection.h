// Scores of a detector: COCO's, from what it saw and what there was, every picture once.
#pragma once

#include "fovea/box/detect.h"
#include "fovea/data/batch.h"
#include "fovea/metrics/coco_scores.h"
#include "fovea/metrics/figure.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fovea::metrics {

class DetectionScores {
 public:
  /// info  of a set with Task::kDetect: its classes
  explicit DetectionScores(const data::DatasetInfo& info);

  /// detections  of each picture of the batch, fractions of the picture; one whose box is not finite finds nothing
  /// truths      the same pictures
  /// loss_sum    of their losses
  void add(std::span<const std::vector<box::Detection>> detections, std::span<const data::Truth> truths, double loss_sum);

  [[nodiscard]] int64_t images() const { return images_; }
  [[nodiscard]] double loss() const { return images_ > 0 ? loss_sum_ / static_cast<double>(images_) : 0; }
  /// The twelve numbers of COCO, AP first; kNoTruth where there is no ground truth.
  [[nodiscard]] std::vector<Figure> figures() const;
  [[nodiscard]] const CocoResult& result() const;

  /// In pixels of the originals, ids as in the source: for results files.
  [[nodiscard]] const std::vector<io::CocoDetection>& detections() const { return coco_.detections(); }
  [[nodiscard]] const std::vector<io::CocoTruth>& truths() const { return coco_.truths(); }

 private:
  std::vector<int64_t> class_ids_;  // [num_outputs], of the source
  CocoScores coco_;
  int64_t images_ = 0;
  double loss_sum_ = 0;
  mutable std::optional<CocoResult> result_;  // of what was added so far; made when it is asked for
};

}  // namespace fovea::metrics
