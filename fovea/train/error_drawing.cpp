#include "fovea/train/error_drawing.h"

#include "fovea/image/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fovea::train {
namespace {

using metrics::Fate;

// Chosen: apart for the common forms of colour blindness, in brightness too.
constexpr image::Colour kWhite{255, 255, 255}, kGreen{0, 158, 115}, kOrange{230, 110, 0}, kRed{208, 0, 60};

/// One box to draw, later ones over earlier ones.
struct Mark {
  int layer = 0;
  double score = 0;
  io::CocoBox box;
  bool is_truth = false;
  image::Colour colour;
  std::string label;
};

std::string name_of(const metrics::DetectionScores& scores, int64_t category_id) {
  const std::vector<int64_t>& ids = scores.coco().category_ids();
  return scores.class_names()[static_cast<size_t>(std::ranges::lower_bound(ids, category_id) - ids.begin()) + 1];
}

std::vector<Mark> marks_of(const metrics::DetectionScores& scores, int64_t image_id) {
  std::vector<Mark> marks;
  for (size_t g = 0; g < scores.truths().size(); ++g) {
    const io::CocoTruth& truth = scores.truths()[g];
    if (truth.image_id != image_id) continue;
    const bool is_missed = scores.errors().truths[g] == Fate::kMissed;
    marks.push_back({.layer = is_missed ? 3 : 0,
                     .box = truth.box,
                     .is_truth = true,
                     .colour = is_missed ? kRed : kWhite,
                     .label = is_missed ? "missed " + name_of(scores, truth.category_id) : std::string()});
  }
  for (size_t d = 0; d < scores.detections().size(); ++d) {
    const io::CocoDetection& seen = scores.detections()[d];
    const Fate fate = scores.errors().detections[d];
    if (seen.image_id != image_id || fate == Fate::kLeftOut) continue;
    const bool is_wrong = fate != Fate::kRight;
    marks.push_back({.layer = is_wrong ? 2 : 1, .score = seen.score, .box = seen.box, .colour = is_wrong ? kOrange : kGreen, .label = {}});
    if (is_wrong)
      marks.back().label = fmt::format("{} {:.0f} % {}", name_of(scores, seen.category_id), 100 * seen.score, metrics::kErrorNames[static_cast<size_t>(fate)]);
  }
  std::ranges::stable_sort(marks, [](const Mark& a, const Mark& b) { return std::pair(a.layer, a.score) < std::pair(b.layer, b.score); });
  return marks;
}

}  // namespace

std::function<void(image::Image& picture, double scale)> error_drawing(const metrics::DetectionScores& scores, int64_t image_id) {
  return [marks = marks_of(scores, image_id)](image::Image& picture, double scale) {
    for (const Mark& mark : marks) {
      const io::CocoBox& box = mark.box;
      const image::Rect area = image::whole_pixels(picture, {.x = box.x * scale, .y = box.y * scale, .width = box.width * scale, .height = box.height * scale});
      (mark.is_truth ? image::labelled_dashes : image::labelled_frame)(picture, area, mark.label, mark.colour);
    }
  };
}

}  // namespace fovea::train
