#include "fovea/data/detect_augment.h"

#include <algorithm>
#include <array>

namespace fovea::data {
namespace {

constexpr int kRounds = 200;     // (6/7)^200 = 4e-14
constexpr int kCandidates = 50;  // this and what follows: spec 3.7
constexpr std::array<float, 6> kMinIous{0, 0.1F, 0.3F, 0.5F, 0.7F, 0.9F};
constexpr double kMinSide = 0.3;
constexpr float kMaxAspect = 2;

box::Box candidate(Random& random) {
  const double width = random.uniform(kMinSide, 1), height = random.uniform(kMinSide, 1);
  const double x0 = random.uniform(0, 1 - width), y0 = random.uniform(0, 1 - height);
  return {.y0 = static_cast<float>(y0), .x0 = static_cast<float>(x0), .y1 = static_cast<float>(y0 + height), .x1 = static_cast<float>(x0 + width)};
}

bool will_do(const box::Box& crop, std::span<const Object> objects, float min_iou) {
  return crop.height() / crop.width() < kMaxAspect && crop.width() / crop.height() < kMaxAspect &&
         std::ranges::all_of(objects, [&](const Object& object) { return box::iou(crop, object.box) > min_iou; }) &&
         std::ranges::any_of(objects, [&](const Object& object) { return box::is_centre_inside(object.box, crop); });
}

}  // namespace

box::Box iou_biased_crop(std::span<const Object> objects, Random random) {
  constexpr box::Box kWhole{.y0 = 0, .x0 = 0, .y1 = 1, .x1 = 1};
  if (objects.empty()) return kWhole;
  for (int round = 0; round < kRounds; ++round) {
    const int64_t choice = random.integer(0, static_cast<int64_t>(kMinIous.size()));  // one of seven
    if (choice == 0) return kWhole;
    const float min_iou = kMinIous[static_cast<size_t>(choice - 1)];
    // The reference draws all candidates and takes the last one that will do. They are independent of each other: the first is as good.
    for (int i = 0; i < kCandidates; ++i) {
      const box::Box crop = candidate(random);
      if (will_do(crop, objects, min_iou)) return crop;
    }
  }
  return kWhole;
}

std::vector<Object> cut_to(std::span<const Object> objects, const box::Box& window) {
  std::vector<Object> inside;
  for (Object object : objects) {
    if (!box::is_centre_inside(object.box, window)) continue;
    const box::Box part = box::intersection(object.box, window);
    object.box = {.y0 = (part.y0 - window.y0) / window.height(),
                  .x0 = (part.x0 - window.x0) / window.width(),
                  .y1 = (part.y1 - window.y0) / window.height(),
                  .x1 = (part.x1 - window.x0) / window.width()};
    inside.push_back(object);
  }
  return inside;
}

void mirror(std::vector<Object>& objects) {
  for (Object& object : objects) {
    const box::Box box = object.box;
    object.box.x0 = 1 - box.x1;
    object.box.x1 = 1 - box.x0;
  }
}

}  // namespace fovea::data
