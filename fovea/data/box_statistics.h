// What the boxes of a data set are like, and how well SSD's default boxes fit them.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/io/json.h"

#include <cstdint>
#include <map>
#include <stop_token>
#include <vector>

namespace fovea::data {

/// Boxes that have something in common, as training matches them to the 8,732 default boxes of SSD at 300 pixels (spec 3.3, 3.4).
struct BoxGroup {
  int64_t boxes = 0;
  int64_t crowds = 0;
  int64_t matches = 0;  ///< default boxes that answer for them
  int64_t forced = 0;   ///< boxes that only their best default box answers for, with an IoU below 0.5
  int64_t lost = 0;     ///< boxes that no default box answers for: another box of the picture has it
};

struct BoxStatistics {
  int64_t pictures = 0;                    ///< looked at
  std::map<int64_t, int64_t> per_picture;  ///< lower bound of boxes in a picture: 0 or a power of two -> pictures
  int64_t most = 0;                        ///< boxes in one picture
  BoxGroup all;
  std::vector<BoxGroup> classes;        ///< [num_outputs]; 0, the background, has none
  std::map<int64_t, BoxGroup> by_side;  ///< lower bound of sqrt(width * height), a power of two, pixels of the 300 x 300 that the network sees

  [[nodiscard]] io::OrderedJson json(const DatasetInfo& info) const;
};

/// most_pictures  looks at this many, evenly spread; 0 = all
/// cost           about 60 million IoU for 1,000 of COCO's pictures, on `threads` threads (0 = one a core)
BoxStatistics box_statistics(const Dataset& dataset, int64_t most_pictures, int64_t threads, const std::stop_token& stop = {});

}  // namespace fovea::data
