// COCO's box scores, equal to pycocotools' to the last bit. No tensors in here.
#pragma once

#include "fovea/io/coco_json.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fovea::metrics {

// pycocotools, cocoeval.py, Params.setDetParams
inline constexpr int64_t kCocoIous = 10;      ///< T: 0.50, 0.55, ..., 0.95
inline constexpr int64_t kCocoRecalls = 101;  ///< R: 0, 0.01, ..., 1
inline constexpr int64_t kCocoAreas = 4;      ///< A: all, small (< 32^2 square pixels), medium, large (> 96^2)
inline constexpr int64_t kCocoLimits = 3;     ///< M

/// Params.maxDets
inline constexpr std::array<int64_t, kCocoLimits> kCocoMaxDetections{1, 10, 100};  ///< of a class in a picture the surest count

/// What a score is when there is no ground truth of its kind.
inline constexpr double kNoTruth = -1;

/// One of the twelve numbers.
struct CocoNumber {
  std::string_view key;  ///< AP, AP50, ...
  bool is_recall;
  double iou;           ///< 0: the mean over all
  int64_t area, limit;  ///< indices in [0, A) and [0, M)
};
inline constexpr std::array<CocoNumber, 12> kCocoNumbers{{
    {"AP", false, 0, 0, 2},
    {"AP50", false, 0.5, 0, 2},
    {"AP75", false, 0.75, 0, 2},
    {"APs", false, 0, 1, 2},
    {"APm", false, 0, 2, 2},
    {"APl", false, 0, 3, 2},
    {"ARmax1", true, 0, 0, 0},
    {"ARmax10", true, 0, 0, 1},
    {"ARmax100", true, 0, 0, 2},
    {"ARs", true, 0, 1, 2},
    {"ARm", true, 0, 2, 2},
    {"ARl", true, 0, 3, 2},
}};

/// Intersection over union, over the detection's own area when the truth is a crowd (pycocotools, maskApi.c, bbIou).
double coco_iou(const io::CocoBox& detection, const io::CocoBox& truth, bool is_crowd = false);

/// The line that pycocotools prints for one of them.
std::string coco_line(const CocoNumber& number, double value);

/// Scores in [0, 1], or kNoTruth where there is no ground truth.
class CocoResult {
 public:
  explicit CocoResult(int64_t classes);

  [[nodiscard]] int64_t classes() const { return classes_; }
  /// Detections of categories that are not listed: they can be neither right nor wrong.
  [[nodiscard]] int64_t left_out() const { return left_out_; }
  /// In the order of kCocoNumbers.
  [[nodiscard]] std::array<double, 12> numbers() const;
  /// Mean over IoUs and recalls for one class, all areas, 100 detections.
  [[nodiscard]] double class_ap(int64_t class_index) const;
  /// The same at IoU 0.5 alone.
  [[nodiscard]] double class_ap50(int64_t class_index) const;
  /// Precision at the 101 recalls for one class at IoU 0.5, all areas, 100 detections; empty for a class without ground truth.
  [[nodiscard]] std::vector<double> curve(int64_t class_index) const;
  /// Its mean over the classes with ground truth; empty when there is none.
  ///
  /// iou  one of the ten, or 0: the mean over them. The mean over the recalls is then AP50, AP75, ..., or AP
  [[nodiscard]] std::vector<double> mean_curve(double iou) const;

  /// Element [t, r, k, a, m] of pycocotools' array "precision", and [t, k, a, m] of "recall".
  [[nodiscard]] double precision(int64_t t, int64_t r, int64_t k, int64_t a, int64_t m) const { return precision_[place(t, k, a, m) * kCocoRecalls + r]; }
  [[nodiscard]] double recall(int64_t t, int64_t k, int64_t a, int64_t m) const { return recall_[place(t, k, a, m)]; }

 private:
  friend class CocoScores;
  friend class ClassOutcomes;
  [[nodiscard]] static size_t place(int64_t t, int64_t k, int64_t a, int64_t m) {
    return static_cast<size_t>(((k * kCocoAreas + a) * kCocoLimits + m) * kCocoIous + t);
  }

  int64_t classes_, left_out_ = 0;
  std::vector<double> precision_, recall_;  // [K, A, M, T, R] and [K, A, M, T]: one class lies together
};

/// Gathers pictures' truths and detections, in any order, and scores them.
///
/// As in pycocotools, equal scores are decided by the order of image ids, then by the order of adding.
/// differs from pycocotools: it takes a match with a truth whose annotation has the id 0 for no match; here ids of annotations do not matter.
class CocoScores {
 public:
  /// category_ids  each once, in any order; classes are numbered by ascending id
  explicit CocoScores(std::vector<int64_t> category_ids);

  /// throws  kData for a truth of a category that is not listed, and for a number that is not finite
  void add(std::vector<io::CocoTruth> truths);
  void add(std::vector<io::CocoDetection> detections);

  [[nodiscard]] const std::vector<int64_t>& category_ids() const { return category_ids_; }        ///< ascending
  [[nodiscard]] const std::vector<io::CocoTruth>& truths() const { return truths_; }              ///< in the order of adding
  [[nodiscard]] const std::vector<io::CocoDetection>& detections() const { return detections_; }  ///< in the order of adding

  /// May be called again after more was added.
  ///
  /// threads  0 = one a core; the result is the same for any number
  /// cost     O(n log n) for n detections, and for each its IoU with every truth of its class in its picture
  [[nodiscard]] CocoResult compute(int64_t threads = 0) const;

 private:
  std::vector<int64_t> category_ids_;
  std::unordered_map<int64_t, size_t> classes_;  // category id to index
  std::vector<io::CocoTruth> truths_;
  std::vector<io::CocoDetection> detections_;
};

}  // namespace fovea::metrics
