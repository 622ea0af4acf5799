// Made-up truths and detections, the same as in tests/goldens/make_coco_goldens.py.
#pragma once

#include "fovea/io/coco_json.h"
#include "fovea/io/json.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace fovea::test {

struct CocoCase {
  std::vector<int64_t> category_ids;
  std::vector<io::CocoTruth> truths;
  std::vector<io::CocoDetection> detections;
};

/// numbers  an element of tests/goldens/coco.json
inline CocoCase make_coco_case(const io::Json& numbers) {
  const auto number = [&](const char* name) { return numbers.at(name).get<int64_t>(); };
  auto state = static_cast<uint64_t>(number("seed"));
  const auto draw = [&](int64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;  // Knuth, MMIX
    return static_cast<int64_t>((state >> 33) % static_cast<uint64_t>(below));
  };
  const auto quarters = [&](int64_t below) { return static_cast<double>(draw(below)) / 4; };
  const auto any_box = [&] {  // in this order
    const double x = quarters(800), y = quarters(800), width = quarters(number("quarters")), height = quarters(number("quarters"));
    return io::CocoBox{x, y, width, height};
  };

  CocoCase made;
  for (int64_t k = number("classes") - 1; k >= 0; --k) made.category_ids.push_back(k * k + 1);
  for (int64_t i = 0; i < number("images"); ++i) {
    const int64_t image_id = (i * 7919 + 13) % 1000003;
    std::vector<std::pair<int64_t, io::CocoBox>> own;
    for (int64_t left = draw(number("truths") + 1); left > 0; --left) {
      const int64_t k = draw(number("classes"));
      const io::CocoBox box = any_box();
      const bool is_crowd = draw(100) < number("crowds");
      if (k == 0) continue;  // has detections only
      own.emplace_back(k, box);
      made.truths.push_back({image_id, k * k + 1, box, box.width * box.height * 0.75, is_crowd});
    }
    for (int64_t left = draw(number("detections") + 1); left > 0; --left) {
      int64_t k = draw(number("classes"));
      io::CocoBox box = any_box();
      if (!own.empty() && draw(4) > 0) {
        const auto& [near, around] = own[static_cast<size_t>(draw(static_cast<int64_t>(own.size())))];
        if (draw(5) > 0) k = near;
        box = around;
        for (double* value : {&box.x, &box.y, &box.width, &box.height}) {
          *value += static_cast<double>(draw(2 * number("jitter") + 1) - number("jitter")) / 4;
        }
      }
      made.detections.push_back({image_id, k * k + 1, box, static_cast<double>(draw(number("levels"))) / static_cast<double>(number("levels"))});
    }
  }
  const size_t n = made.detections.size();
  if (n % 7919 != 0) {
    const std::vector<io::CocoDetection> in_order = made.detections;
    for (size_t i = 0; i < n; ++i) made.detections[i] = in_order[i * 7919 % n];
  }
  return made;
}

}  // namespace fovea::test
