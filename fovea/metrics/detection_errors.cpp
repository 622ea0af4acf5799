#include "fovea/metrics/detection_errors.h"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

namespace fovea::metrics {

namespace {

constexpr double kForeground = 0.5, kNear = 0.1;  // TIDE, section 2.2: t_f and t_b; Hoiem et al., section 2.1
constexpr size_t kNoTruthAt = static_cast<size_t>(-1), kIgnored = static_cast<size_t>(-2);

/// Indices of what belongs to one picture; detections by falling score.
struct Picture {
  std::vector<size_t> truths, detections;
};

std::vector<Picture> by_picture(const CocoScores& scores) {
  std::vector<Picture> pictures;
  std::unordered_map<int64_t, size_t> places;
  const auto picture_of = [&](int64_t image_id) -> Picture& {
    const auto [place, is_new] = places.emplace(image_id, pictures.size());
    if (is_new) pictures.emplace_back();
    return pictures[place->second];
  };
  for (size_t g = 0; g < scores.truths().size(); ++g) picture_of(scores.truths()[g].image_id).truths.push_back(g);
  for (size_t d = 0; d < scores.detections().size(); ++d) picture_of(scores.detections()[d].image_id).detections.push_back(d);
  for (Picture& each : pictures) std::ranges::stable_sort(each.detections, std::ranges::greater{}, [&](size_t d) { return scores.detections()[d].score; });
  return pictures;
}

class ErrorFinder {
 public:
  explicit ErrorFinder(const CocoScores& scores)
      : truths_(scores.truths()),
        detections_(scores.detections()),
        ids_(scores.category_ids()),
        pictures_(by_picture(scores)),
        matches_(detections_.size(), kNoTruthAt) {}

  DetectionErrors run() {
    for (const Picture& picture : pictures_) match(picture);
    result_.score_min = best_score();
    result_.detections.assign(detections_.size(), Fate::kLeftOut);
    result_.truths.assign(truths_.size(), Fate::kLeftOut);
    result_.confusion.assign((ids_.size() + 1) * (ids_.size() + 1), 0);
    for (const Picture& picture : pictures_) judge(picture);
    return std::move(result_);
  }

 private:
  struct Best {
    size_t truth = kNoTruthAt;
    double iou = 0;
  };

  /// Row or column of the confusion; nothing for a category that is not listed.
  [[nodiscard]] std::optional<size_t> column_of(int64_t category_id) const {
    const auto place = std::ranges::lower_bound(ids_, category_id);
    if (place == ids_.end() || *place != category_id) return std::nullopt;
    return static_cast<size_t>(place - ids_.begin()) + 1;
  }
  int64_t& cell(size_t truth, size_t predicted) { return result_.confusion[truth * (ids_.size() + 1) + predicted]; }

  /// The truth with the greatest IoU of those that `fits` takes; at equal IoU the later one, as pycocotools has it.
  template <class Fits>
  [[nodiscard]] Best best_truth(const Picture& picture, size_t d, const Fits& fits) const {
    Best best;
    for (const size_t g : picture.truths) {
      if (!fits(g)) continue;
      const double iou = coco_iou(detections_[d].box, truths_[g].box, truths_[g].is_crowd);
      if (iou > 0 && iou >= best.iou) best = {g, iou};
    }
    return best;
  }

  /// COCO's matching at IoU 0.5. The surer go first, so a least score takes none from another.
  void match(const Picture& picture) {
    std::vector<size_t> taken;
    std::unordered_map<int64_t, int64_t> of_class;
    for (const size_t d : picture.detections) {
      if (++of_class[detections_[d].category_id] > kCocoMaxDetections.back()) {
        matches_[d] = kIgnored;
        continue;
      }
      const auto is_own = [&](size_t g) { return truths_[g].category_id == detections_[d].category_id; };
      const Best free = best_truth(picture, d, [&](size_t g) { return is_own(g) && !truths_[g].is_crowd && std::ranges::find(taken, g) == taken.end(); });
      if (free.iou >= kForeground) {
        matches_[d] = free.truth;
        taken.push_back(free.truth);
      } else if (best_truth(picture, d, [&](size_t g) { return is_own(g) && truths_[g].is_crowd; }).iou >= kForeground) {
        matches_[d] = kIgnored;
      }
    }
  }

  [[nodiscard]] bool counts(size_t d) const { return matches_[d] != kIgnored && column_of(detections_[d].category_id).has_value(); }

  [[nodiscard]] double best_score() const {
    std::vector<std::pair<double, bool>> counted;  // score, is right
    for (size_t d = 0; d < detections_.size(); ++d) {
      if (counts(d)) counted.emplace_back(detections_[d].score, matches_[d] != kNoTruthAt);
    }
    if (counted.empty()) return 0;
    std::ranges::sort(counted, std::ranges::greater{});
    const auto truths = static_cast<size_t>(std::ranges::count_if(truths_, [](const io::CocoTruth& each) { return !each.is_crowd; }));
    double best = 0, score = counted[std::clamp<size_t>(truths, 1, counted.size()) - 1].first;
    int64_t right = 0;
    for (size_t i = 0; i < counted.size(); ++i) {
      right += counted[i].second ? 1 : 0;
      if (i + 1 < counted.size() && counted[i + 1].first == counted[i].first) continue;
      const double f1 = 2 * static_cast<double>(right) / static_cast<double>(i + 1 + truths);
      if (f1 <= best) continue;
      best = f1;
      score = counted[i].first;
    }
    return score;
  }

  void judge(const Picture& picture) {
    for (const size_t g : picture.truths) result_.truths[g] = truths_[g].is_crowd ? Fate::kLeftOut : Fate::kMissed;
    std::vector<size_t> wrong;
    for (const size_t d : picture.detections) {
      if (detections_[d].score < result_.score_min) break;
      if (!counts(d)) continue;
      if (matches_[d] == kNoTruthAt) {
        wrong.push_back(d);
        continue;
      }
      const size_t column = *column_of(detections_[d].category_id);
      ++cell(column, column);
      result_.detections[d] = result_.truths[matches_[d]] = Fate::kRight;
    }
    for (const size_t d : wrong) result_.detections[d] = kind_of(picture, d);
    confuse(picture, wrong);
  }

  /// Of a wrong detection, and what it says of a truth that was not found.
  Fate kind_of(const Picture& picture, size_t d) {
    const auto is_own = [&](size_t g) { return truths_[g].category_id == detections_[d].category_id; };
    const Best own = best_truth(picture, d, [&](size_t g) { return is_own(g) && !truths_[g].is_crowd; });
    const Best other = best_truth(picture, d, [&](size_t g) { return !is_own(g) && !truths_[g].is_crowd; });
    const auto explain = [&](size_t g, Fate fate) {
      if (result_.truths[g] == Fate::kMissed) result_.truths[g] = fate;
      return fate;
    };
    if (own.iou >= kNear && own.iou < kForeground) return explain(own.truth, Fate::kLocalisation);
    if (other.iou >= kForeground) return explain(other.truth, Fate::kClass);
    if (own.iou >= kForeground) return Fate::kDuplicate;
    return other.iou >= kNear ? Fate::kClass : Fate::kBackground;
  }

  void confuse(const Picture& picture, std::span<const size_t> wrong) {
    std::vector<size_t> taken;
    for (const size_t d : wrong) {
      const Best best = best_truth(
          picture, d, [&](size_t g) { return !truths_[g].is_crowd && result_.truths[g] != Fate::kRight && std::ranges::find(taken, g) == taken.end(); });
      const bool is_on_truth = best.iou >= kForeground;
      if (is_on_truth) taken.push_back(best.truth);
      ++cell(is_on_truth ? *column_of(truths_[best.truth].category_id) : 0, *column_of(detections_[d].category_id));
    }
    for (const size_t g : picture.truths) {
      if (truths_[g].is_crowd || result_.truths[g] == Fate::kRight || std::ranges::find(taken, g) != taken.end()) continue;
      ++cell(*column_of(truths_[g].category_id), 0);
    }
  }

  const std::vector<io::CocoTruth>& truths_;
  const std::vector<io::CocoDetection>& detections_;
  const std::vector<int64_t>& ids_;  // ascending; every truth's is among them
  std::vector<Picture> pictures_;
  std::vector<size_t> matches_;  // of detections, whatever their score
  DetectionErrors result_;
};

size_t index_of(const CocoScores& scores, int64_t category_id) {
  return static_cast<size_t>(std::ranges::lower_bound(scores.category_ids(), category_id) - scores.category_ids().begin());
}

}  // namespace

void ErrorCounts::add(const ErrorCounts& other) {
  truths += other.truths;
  detections += other.detections;
  right += other.right;
  for (size_t i = 0; i < kErrorKinds; ++i) errors[i] += other.errors[i];
}

DetectionErrors find_errors(const CocoScores& scores) { return ErrorFinder(scores).run(); }

std::vector<ErrorCounts> errors_by_class(const CocoScores& scores, const DetectionErrors& errors) {
  std::vector<ErrorCounts> counts(scores.category_ids().size());
  for (size_t g = 0; g < errors.truths.size(); ++g) {
    if (errors.truths[g] == Fate::kLeftOut) continue;
    ErrorCounts& own = counts[index_of(scores, scores.truths()[g].category_id)];
    ++own.truths;
    if (errors.truths[g] == Fate::kMissed) ++own.errors[static_cast<size_t>(Fate::kMissed)];
  }
  for (size_t d = 0; d < errors.detections.size(); ++d) {
    const Fate fate = errors.detections[d];
    if (fate == Fate::kLeftOut) continue;
    ErrorCounts& own = counts[index_of(scores, scores.detections()[d].category_id)];
    ++own.detections;
    ++(fate == Fate::kRight ? own.right : own.errors[static_cast<size_t>(fate)]);
  }
  return counts;
}

std::vector<PictureErrors> worst_pictures(const CocoScores& scores, const DetectionErrors& errors, size_t keep) {
  std::unordered_map<int64_t, PictureErrors> of_picture;
  const auto count = [&](int64_t image_id, Fate fate, double weight) {
    PictureErrors& picture = of_picture[image_id];
    picture.image_id = image_id;
    picture.weight += weight;
    ++picture.errors[static_cast<size_t>(fate)];
  };
  for (size_t g = 0; g < errors.truths.size(); ++g) {
    if (errors.truths[g] == Fate::kMissed) count(scores.truths()[g].image_id, Fate::kMissed, 1);
  }
  for (size_t d = 0; d < errors.detections.size(); ++d) {
    if (is_error(errors.detections[d])) count(scores.detections()[d].image_id, errors.detections[d], scores.detections()[d].score);
  }
  std::vector<PictureErrors> worst;
  for (const auto& [id, picture] : of_picture) worst.push_back(picture);
  std::ranges::sort(worst, [](const PictureErrors& a, const PictureErrors& b) { return a.weight != b.weight ? a.weight > b.weight : a.image_id < b.image_id; });
  worst.resize(std::min(keep, worst.size()));
  return worst;
}

}  // namespace fovea::metrics
