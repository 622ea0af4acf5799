#include "fovea/box/detect.h"

#include "fovea/base/error.h"
#include "fovea/box/nms.h"

#include <cmath>

namespace fovea::box {
namespace {

struct Candidate {
  float score;
  int64_t anchor;
};
bool is_better(const Candidate& a, const Candidate& b) { return a.score != b.score ? a.score > b.score : a.anchor < b.anchor; }

}  // namespace

std::vector<Detection> detect(std::span<const float> scores, std::span<const Box> boxes, const DetectOptions& options) {
  const auto anchors = static_cast<int64_t>(boxes.size());
  const int64_t columns = anchors > 0 ? static_cast<int64_t>(scores.size()) / anchors : 1;
  FOVEA_CHECK(columns >= 1 && columns * anchors == static_cast<int64_t>(scores.size()), "{} scores for {} boxes", scores.size(), anchors);

  // One pass over all scores: nearly all are below the limit.
  std::vector<std::vector<Candidate>> candidates(static_cast<size_t>(columns));
  for (int64_t a = 0; a < anchors; ++a) {
    const std::span<const float> row = scores.subspan(static_cast<size_t>(a * columns), static_cast<size_t>(columns));
    for (int64_t c = 1; c < columns; ++c) {
      if (row[static_cast<size_t>(c)] > options.score_min) candidates[static_cast<size_t>(c)].push_back({row[static_cast<size_t>(c)], a});
    }
  }

  std::vector<Detection> found;
  for (int64_t c = 1; c < columns; ++c) {
    std::vector<Candidate>& own = candidates[static_cast<size_t>(c)];
    std::sort(own.begin(), own.end(), is_better);
    if (std::cmp_greater(own.size(), options.per_class)) own.resize(static_cast<size_t>(options.per_class));
    std::vector<Box> ordered;
    for (const Candidate& candidate : own) ordered.push_back(boxes[static_cast<size_t>(candidate.anchor)]);
    for (const int32_t kept : suppress(ordered, options.iou_max)) {
      const Box& box = ordered[static_cast<size_t>(kept)];
      if (!std::isfinite(box.y0 + box.x0 + box.y1 + box.x1)) continue;  // the exponential of a size overflowed
      found.push_back({.box = box, .score = own[static_cast<size_t>(kept)].score, .class_id = c});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Detection& a, const Detection& b) { return a.score > b.score; });
  if (std::cmp_greater(found.size(), options.per_image)) found.resize(static_cast<size_t>(options.per_image));
  return found;
}

}  // namespace fovea::box
