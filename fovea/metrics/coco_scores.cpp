#include "fovea/metrics/coco_scores.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <numeric>
#include <span>
#include <utility>

namespace fovea::metrics {

namespace {

// The arithmetic below is that of pycocotools 2.0 and numpy, operation by operation; this file is compiled without fused multiply-adds.

/// numpy.linspace(first, last, count)[i]
constexpr double linspace(double first, double last, int64_t count, int64_t i) {
  const double step = (last - first) / static_cast<double>(count - 1);
  return i == count - 1 ? last : static_cast<double>(i) * step + first;
}
constexpr double iou_threshold(int64_t t) { return linspace(0.5, 0.95, kCocoIous, t); }
constexpr double recall_level(int64_t r) { return linspace(0, 1, kCocoRecalls, r); }

struct AreaRange {
  std::string_view name;
  double least, most;
  [[nodiscard]] bool contains(double area) const { return area >= least && area <= most; }
};
constexpr std::array<AreaRange, kCocoAreas> kAreas{{{"all", 0, 1e10}, {"small", 0, 1024}, {"medium", 1024, 9216}, {"large", 9216, 1e10}}};
constexpr double kEpsilon = 0x1p-52;  // numpy.spacing(1)

/// numpy.add.reduce of a contiguous array: pairwise, in blocks of at most 128 with eight running sums.
double pairwise_sum(std::span<const double> values) {
  const size_t n = values.size();
  if (n > 128) {
    const size_t half = n / 2 - n / 2 % 8;
    return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
  }
  if (n < 8) return std::accumulate(values.begin(), values.end(), 0.0);
  std::array<double, 8> sums;
  std::copy_n(values.begin(), 8, sums.begin());
  size_t i = 8;
  for (; i < n - n % 8; i += 8) {
    for (size_t j = 0; j < 8; ++j) sums[j] += values[i + j];
  }
  const double sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(i), values.end(), sum);
}

double mean(std::span<const double> values) { return values.empty() ? kNoTruth : pairwise_sum(values) / static_cast<double>(values.size()); }

constexpr uint32_t kEveryIou = (1U << kCocoIous) - 1;

/// What became of a detection, one bit for each IoU, for each range of areas.
struct Outcome {
  double score = 0;
  int64_t rank = 0;                                     // among those of its class in its picture
  std::array<uint16_t, kCocoAreas> right{}, ignored{};  // in neither: wrong
};

/// Precisions at the recall levels and the final recall, from the outcomes by descending score.
void accumulate(std::span<const Outcome> outcomes, int64_t area, int64_t limit, int64_t truths, double* precision, double* recall) {
  // counted[t][n]: detections, right or wrong, up to the n-th that is right. Between two of these precision only falls.
  std::array<std::vector<double>, kCocoIous> counted;
  int64_t shared = 0;  // right or wrong at every IoU
  std::array<int64_t, kCocoIous> others{};
  for (const Outcome& each : outcomes) {
    if (each.rank >= limit) continue;
    const uint32_t ignored = each.ignored[static_cast<size_t>(area)];
    if (ignored == 0) {
      ++shared;
    } else {
      for (uint32_t left = kEveryIou & ~ignored; left != 0; left &= left - 1) ++others[static_cast<size_t>(std::countr_zero(left))];
    }
    for (uint32_t left = each.right[static_cast<size_t>(area)]; left != 0; left &= left - 1) {
      const auto t = static_cast<size_t>(std::countr_zero(left));
      counted[t].push_back(static_cast<double>(shared + others[t]));
    }
  }
  for (size_t t = 0; t < kCocoIous; ++t, precision += kCocoRecalls, ++recall) {
    std::vector<double>& best = counted[t];
    const size_t right = best.size();
    *recall = static_cast<double>(right) / static_cast<double>(truths);
    for (size_t n = right; n-- > 0;) {
      best[n] = static_cast<double>(n + 1) / (best[n] + kEpsilon);
      if (n + 1 < right) best[n] = std::max(best[n], best[n + 1]);
    }
    size_t n = 0;
    for (int64_t r = 0; r < kCocoRecalls; ++r) {
      while (n < right && static_cast<double>(n + 1) / static_cast<double>(truths) < recall_level(r)) ++n;
      precision[r] = n < right ? best[n] : 0;
    }
  }
}

bool all_finite(std::initializer_list<double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

template <class Item>
void append(std::vector<Item>& all, std::vector<Item>&& more) {
  if (all.empty()) {
    all = std::move(more);
  } else {
    all.insert(all.end(), more.begin(), more.end());
  }
}

/// Indices of items by class; those of one class in the order of pictures, those of one picture in the order of adding.
template <class Item>
class ByClass {
 public:
  ByClass(const std::vector<Item>& items, const std::unordered_map<int64_t, size_t>& classes) : items_(items), begin_(classes.size() + 2) {
    std::vector<size_t> class_of;
    class_of.reserve(items.size());
    for (const Item& item : items) {
      const auto found = classes.find(item.category_id);
      class_of.push_back(found == classes.end() ? classes.size() : found->second);  // one more class, for those of none
      ++begin_[class_of.back() + 1];
    }
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    std::vector<size_t> next = begin_;
    order_.resize(items.size());
    for (size_t i = 0; i < items.size(); ++i) order_[next[class_of[i]]++] = i;
  }

  [[nodiscard]] size_t size(size_t class_index) const { return begin_[class_index + 1] - begin_[class_index]; }
  /// To be called once for a class.
  std::span<const size_t> in_order_of_pictures(size_t class_index) {
    const std::span<size_t> own = std::span(order_).subspan(begin_[class_index], size(class_index));
    const auto image_id = [&](size_t i) { return items_[i].image_id; };
    if (!std::ranges::is_sorted(own, {}, image_id)) std::ranges::stable_sort(own, {}, image_id);
    return own;
  }

 private:
  const std::vector<Item>& items_;
  std::vector<size_t> begin_, order_;
};

}  // namespace

double coco_iou(const io::CocoBox& detection, const io::CocoBox& truth, bool is_crowd) {
  const double width = std::min(detection.width + detection.x, truth.width + truth.x) - std::max(detection.x, truth.x);
  if (width <= 0) return 0;
  const double height = std::min(detection.height + detection.y, truth.height + truth.y) - std::max(detection.y, truth.y);
  if (height <= 0) return 0;
  const double both = width * height, area = detection.width * detection.height;
  return both / (is_crowd ? area : area + truth.width * truth.height - both);
}

std::string coco_line(const CocoNumber& number, double value) {
  const std::string iou = number.iou == 0 ? "0.50:0.95" : fmt::format("{:.2f}", number.iou);
  return fmt::format(" {:<18} {} @[ IoU={:<9} | area={:>6} | maxDets={:>3} ] = {:.3f}", number.is_recall ? "Average Recall" : "Average Precision",
                     number.is_recall ? "(AR)" : "(AP)", iou, kAreas[static_cast<size_t>(number.area)].name,
                     kCocoMaxDetections[static_cast<size_t>(number.limit)], value);
}

CocoResult::CocoResult(int64_t classes)
    : classes_(classes),
      precision_(static_cast<size_t>(classes * kCocoAreas * kCocoLimits * kCocoIous * kCocoRecalls), kNoTruth),
      recall_(static_cast<size_t>(classes * kCocoAreas * kCocoLimits * kCocoIous), kNoTruth) {}

std::array<double, 12> CocoResult::numbers() const {
  std::array<double, 12> result{};
  for (size_t i = 0; i < result.size(); ++i) {
    const CocoNumber& number = kCocoNumbers[i];
    std::vector<double> values;  // in numpy's order: t, then r, then k
    for (int64_t t = 0; t < kCocoIous; ++t) {
      if (number.iou != 0 && iou_threshold(t) != number.iou) continue;
      for (int64_t r = 0; r < (number.is_recall ? 1 : kCocoRecalls); ++r) {
        for (int64_t k = 0; k < classes_; ++k) {
          const double value = number.is_recall ? recall(t, k, number.area, number.limit) : precision(t, r, k, number.area, number.limit);
          if (value > kNoTruth) values.push_back(value);
        }
      }
    }
    result[i] = mean(values);
  }
  return result;
}

double CocoResult::class_ap(int64_t class_index) const {
  const size_t first = place(0, class_index, 0, kCocoLimits - 1) * kCocoRecalls;
  return recall_[first / kCocoRecalls] == kNoTruth ? kNoTruth : mean(std::span(precision_).subspan(first, kCocoIous * kCocoRecalls));
}

std::vector<double> CocoResult::curve(int64_t class_index) const {
  const size_t first = place(0, class_index, 0, kCocoLimits - 1);
  if (recall_[first] == kNoTruth) return {};
  const auto begin = precision_.begin() + static_cast<std::ptrdiff_t>(first * kCocoRecalls);
  return {begin, begin + kCocoRecalls};
}

double CocoResult::class_ap50(int64_t class_index) const { return mean(curve(class_index)); }

std::vector<double> CocoResult::mean_curve(double iou) const {
  std::vector<double> result;
  for (int64_t r = 0; r < kCocoRecalls; ++r) {
    std::vector<double> values;
    for (int64_t t = 0; t < kCocoIous; ++t) {
      if (iou != 0 && iou_threshold(t) != iou) continue;
      for (int64_t k = 0; k < classes_; ++k) {
        if (const double value = precision(t, r, k, 0, kCocoLimits - 1); value > kNoTruth) values.push_back(value);
      }
    }
    if (values.empty()) return {};
    result.push_back(mean(values));
  }
  return result;
}

// What became of the detections of one class, picture by picture: matched with truths at every IoU for every range of areas at once.
class ClassOutcomes {
 public:
  /// Indices in the order of pictures.
  ClassOutcomes(std::span<const io::CocoTruth> truths, std::span<const size_t> own_truths, std::span<const io::CocoDetection> detections,
                std::span<const size_t> own_detections)
      : all_truths_(truths), all_detections_(detections) {
    outcomes_.reserve(own_detections.size());
    const auto of_picture = [](const auto& items, std::span<const size_t> own, size_t& at, int64_t id) {
      while (at < own.size() && items[own[at]].image_id < id) ++at;
      const size_t first = at;
      while (at < own.size() && items[own[at]].image_id == id) ++at;
      return own.subspan(first, at - first);
    };
    for (size_t truth = 0, detection = 0; detection < own_detections.size();) {
      const int64_t id = detections[own_detections[detection]].image_id;
      const std::span<const size_t> found = of_picture(detections, own_detections, detection, id);
      match(found, of_picture(truths, own_truths, truth, id));
    }
    for (const size_t i : own_truths) {
      for (size_t a = 0; a < kCocoAreas; ++a) truths_[a] += is_ignored(truths[i], a) ? 0 : 1;
    }
    sort_by_score();
  }

  void accumulate(size_t class_index, CocoResult& result) const {
    for (int64_t a = 0; a < kCocoAreas; ++a) {
      const int64_t truths = truths_[static_cast<size_t>(a)];
      if (truths == 0) continue;
      for (int64_t m = 0; m < kCocoLimits; ++m) {
        const size_t place = CocoResult::place(0, static_cast<int64_t>(class_index), a, m);
        metrics::accumulate(outcomes_, a, kCocoMaxDetections[static_cast<size_t>(m)], truths, &result.precision_[place * kCocoRecalls], &result.recall_[place]);
      }
    }
  }

 private:
  using Bits = std::array<uint16_t, kCocoAreas>;  // one bit for each IoU
  struct Candidate {
    const io::CocoTruth* truth;
    Bits* matched;
    double iou;
  };

  static bool is_ignored(const io::CocoTruth& truth, size_t area) { return truth.is_crowd || !kAreas[area].contains(truth.area); }

  // Those of one picture, in the order of adding.
  void match(std::span<const size_t> detections, std::span<const size_t> truths) {
    order_.assign(detections.begin(), detections.end());
    std::ranges::stable_sort(order_, std::ranges::greater{}, [&](size_t i) { return all_detections_[i].score; });
    matched_.assign(truths.size(), {});
    const size_t kept = std::min(order_.size(), static_cast<size_t>(kCocoMaxDetections.back()));
    for (size_t rank = 0; rank < kept; ++rank) {
      const io::CocoDetection& detection = all_detections_[order_[rank]];
      candidates_.clear();
      for (size_t g = 0; g < truths.size(); ++g) {
        const io::CocoTruth& truth = all_truths_[truths[g]];
        const double iou = coco_iou(detection.box, truth.box, truth.is_crowd);
        if (iou >= iou_threshold(0)) candidates_.push_back({&truth, &matched_[g], iou});
      }
      Outcome outcome{detection.score, static_cast<int64_t>(rank)};
      const double box_area = detection.box.width * detection.box.height;
      for (size_t a = 0; a < kCocoAreas; ++a) {
        if (!candidates_.empty()) take_truths(a, outcome);
        if (!kAreas[a].contains(box_area)) outcome.ignored[a] |= static_cast<uint16_t>(kEveryIou & ~outcome.right[a]);
      }
      outcomes_.push_back(outcome);
    }
  }

  // At each IoU the best truth that is free; one that is ignored only when no other is.
  void take_truths(size_t area, Outcome& outcome) {
    for (int64_t t = 0; t < kCocoIous; ++t) {
      const uint32_t bit = 1U << t;
      const Candidate* best = nullptr;
      bool is_best_ignored = false;
      double iou = std::min(iou_threshold(t), 1 - 1e-10);
      for (const bool among_ignored : {false, true}) {
        if (best != nullptr) break;
        for (const Candidate& each : candidates_) {
          if (is_ignored(*each.truth, area) != among_ignored) continue;
          if (((*each.matched)[area] & bit) != 0 && !each.truth->is_crowd) continue;
          if (each.iou < iou) continue;  // at equal IoU the later one
          iou = each.iou;
          best = &each;
          is_best_ignored = among_ignored;
        }
      }
      if (best == nullptr) continue;
      (*best->matched)[area] |= static_cast<uint16_t>(bit);
      (is_best_ignored ? outcome.ignored : outcome.right)[area] |= static_cast<uint16_t>(bit);
    }
  }

  // Of equal scores the earlier picture, in it the earlier detection.
  void sort_by_score() {
    std::vector<std::pair<double, size_t>> keys;
    keys.reserve(outcomes_.size());
    for (size_t i = 0; i < outcomes_.size(); ++i) keys.emplace_back(-outcomes_[i].score, i);
    std::ranges::sort(keys);
    std::vector<Outcome> sorted;
    sorted.reserve(keys.size());
    for (const auto& [score, i] : keys) sorted.push_back(outcomes_[i]);
    outcomes_ = std::move(sorted);
  }

  std::span<const io::CocoTruth> all_truths_;
  std::span<const io::CocoDetection> all_detections_;
  std::vector<Outcome> outcomes_;
  std::array<int64_t, kCocoAreas> truths_{};  // not ignored
  std::vector<size_t> order_;                 // of one picture, as the next two
  std::vector<Candidate> candidates_;
  std::vector<Bits> matched_;
};

CocoScores::CocoScores(std::vector<int64_t> category_ids) : category_ids_(std::move(category_ids)) {
  std::ranges::sort(category_ids_);
  for (size_t k = 0; k < category_ids_.size(); ++k) classes_.emplace(category_ids_[k], k);
  FOVEA_CHECK(classes_.size() == category_ids_.size(), "a category stands twice");
}

void CocoScores::add(std::vector<io::CocoTruth> truths) {
  for (const auto& [image_id, category_id, box, area, is_crowd] : truths) {
    if (!classes_.contains(category_id)) fail(ErrorCode::kData, "a truth of picture {} has the category {}, which is not listed", image_id, category_id);
    if (!all_finite({box.x, box.y, box.width, box.height, area})) fail(ErrorCode::kData, "a truth of picture {} has a number that is not finite", image_id);
  }
  append(truths_, std::move(truths));
}

void CocoScores::add(std::vector<io::CocoDetection> detections) {
  for (const auto& [image_id, category_id, box, score] : detections) {
    if (!all_finite({box.x, box.y, box.width, box.height, score}))
      fail(ErrorCode::kData, "a detection of picture {} has a number that is not finite", image_id);
  }
  append(detections_, std::move(detections));
}

CocoResult CocoScores::compute(int64_t threads) const {
  const size_t classes = category_ids_.size();
  ByClass truths(truths_, classes_);
  ByClass detections(detections_, classes_);
  std::vector<size_t> order(classes);  // the largest first, so that no thread is left with it at the end
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](size_t k) { return detections.size(k); });
  CocoResult result(static_cast<int64_t>(classes));
  result.left_out_ = static_cast<int64_t>(detections.size(classes));
  for_each_index(result.classes(), threads, {}, [&](int64_t i) {
    const size_t k = order[static_cast<size_t>(i)];
    ClassOutcomes(truths_, truths.in_order_of_pictures(k), detections_, detections.in_order_of_pictures(k)).accumulate(k, result);
  });
  return result;
}

}  // namespace fovea::metrics
