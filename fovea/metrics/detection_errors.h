// What is wrong with detections: five kinds of errors, which class is taken for which, and in which pictures most goes wrong. No tensors in here.
#pragma once

#include "fovea/metrics/coco_scores.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fovea::metrics {

/// What became of a detection, or of a truth. The first five are errors.
///
/// A detection is right when COCO's matching at IoU 0.5, of the 100 surest of a class in a picture, gives it a truth. Of the others the first that fits counts
/// (TIDE: Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors", arXiv:2008.08115, section 2.2, in the order of its program; "best"
/// is by IoU, crowds aside):
///   kLocalisation  its best truth of its class has an IoU in [0.1, 0.5)
///   kClass         its best truth of another class has an IoU of 0.5 or more
///   kDuplicate     its best truth of its class has an IoU of 0.5 or more, and a surer detection
///   kClass         its best truth of another class has an IoU in [0.1, 0.5): TIDE's "both"; with objects of other classes from 0.1 on it is confusion for
///                  Hoiem et al., "Diagnosing Error in Object Detectors" (ECCV 2012), section 2.1
///   kBackground    no truth has an IoU of 0.1 or more
/// A truth without a right detection is kMissed, unless it is the best truth of an error of location, or of class at 0.5 or more, which says more: then it is
/// kLocalisation or kClass and not counted a second time.
enum class Fate : uint8_t {
  kLocalisation,
  kClass,
  kDuplicate,
  kBackground,
  kMissed,   ///< truths only
  kRight,    ///< of a truth: found
  kLeftOut,  ///< a detection below the least score, of no listed category, on a crowd or behind the 100 surest of its class (COCO's rules); a crowd
};
inline constexpr size_t kErrorKinds = 5;
inline constexpr std::array<std::string_view, kErrorKinds> kErrorNames{"localisation", "class", "duplicate", "background", "missed"};
inline constexpr bool is_error(Fate fate) { return static_cast<size_t>(fate) < kErrorKinds; }

struct DetectionErrors {
  /// Detections with at least this score count: the score at which F1 = 2 right / (detections + truths), over all classes, is greatest, of equal ones the
  /// highest. Chosen: it weighs wrong detections and truths that were not found alike, and is where one would put it to use the detector. When none is
  /// right: the score that leaves as many detections as there are truths.
  double score_min = 0;
  std::vector<Fate> detections, truths;  ///< as in the scores, in the order of adding
  /// [(K + 1) * (K + 1)] counts, row = truth, column = predicted; 0 is the background, then the classes by ascending category id. Every truth and every
  /// detection that is not left out stands in one cell: right ones on the diagonal; then, by falling score, a detection with the best truth of another class
  /// that is free and has an IoU of 0.5 or more; the rest with the background.
  std::vector<int64_t> confusion;
};

/// cost  O(n log n) for n detections, and for each its IoU with every truth of its picture
DetectionErrors find_errors(const CocoScores& scores);

/// Counts of one class, or of all together.
struct ErrorCounts {
  int64_t truths = 0;      ///< without crowds
  int64_t detections = 0;  ///< that are not left out
  int64_t right = 0;
  std::array<int64_t, kErrorKinds> errors{};  ///< of detections by their own class; missed ones by the class of the truth

  [[nodiscard]] double precision() const { return detections > 0 ? static_cast<double>(right) / static_cast<double>(detections) : 0; }
  [[nodiscard]] double recall() const { return truths > 0 ? static_cast<double>(right) / static_cast<double>(truths) : 0; }
  [[nodiscard]] double f1() const { return detections + truths > 0 ? 2 * static_cast<double>(right) / static_cast<double>(detections + truths) : 0; }
  void add(const ErrorCounts& other);
};
/// [K], by ascending category id
std::vector<ErrorCounts> errors_by_class(const CocoScores& scores, const DetectionErrors& errors);

/// A picture by what is wrong in it.
struct PictureErrors {
  int64_t image_id = 0;
  double weight = 0;  ///< scores of the wrong detections, and 1 for every missed truth. Chosen: what was said with confidence weighs most
  std::array<int64_t, kErrorKinds> errors{};
};
/// At most `keep` pictures that have errors, the heaviest first; of equal ones the lower id.
std::vector<PictureErrors> worst_pictures(const CocoScores& scores, const DetectionErrors& errors, size_t keep);

}  // namespace fovea::metrics
