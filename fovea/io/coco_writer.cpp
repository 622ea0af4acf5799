#include "fovea/base/error.h"
#include "fovea/io/coco_json.h"

#include <cmath>
#include <iterator>

namespace fovea::io {

void write_coco_results(const fs::path& path, std::span<const CocoDetection> detections) {
  const auto hundredths = [](double pixels) { return std::round(pixels * 100) / 100 + 0.0; };  // + 0.0: no "-0"
  fmt::memory_buffer text;
  const auto out = std::back_inserter(text);
  text.push_back('[');
  for (const CocoDetection& each : detections) {
    const CocoBox& box = each.box;
    FOVEA_CHECK(std::isfinite(box.x + box.y + box.width + box.height + each.score), "a detection of picture {} is not finite", each.image_id);
    fmt::format_to(out, "{}\n{{\"image_id\": {}, \"category_id\": {}, \"bbox\": [{}, {}, {}, {}], \"score\": ", &each == detections.data() ? "" : ",",
                   each.image_id, each.category_id, hundredths(box.x), hundredths(box.y), hundredths(box.width), hundredths(box.height));
    const float single = static_cast<float>(each.score);  // what a network gives takes 9 digits at most, not 17
    if (single == each.score) {
      fmt::format_to(out, "{}}}", single);
    } else {
      fmt::format_to(out, "{}}}", each.score);
    }
  }
  fmt::format_to(out, "\n]\n");
  write_atomically(path, std::string_view(text.data(), text.size()));
}

}  // namespace fovea::io
