// The lines about training and evaluation that people read in a log (user-experience (c), "Progress output").
#pragma once

#include "fovea/metrics/figure.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

/// The progress line of a run that is not watched (user-experience (c)); absent values are left out.
struct Progress {
  int64_t epoch = 0;  ///< the present one, from 1
  int64_t epochs = 0;
  int64_t step = 0;
  int64_t total_steps = 0;
  double loss = 0;
  std::optional<double> top1;  ///< classification: fraction
  struct Parts {
    double classes = 0, boxes = 0;
  };
  std::optional<Parts> parts;  ///< detection: of the loss
  double lr = 0;
  double images_per_second = 0;
  double wait_fraction = 0;
  std::optional<int64_t> device_bytes;  ///< with device_limit_bytes; not on the CPU
  std::optional<int64_t> device_limit_bytes;
  int64_t host_bytes = 0;
  double eta_seconds = 0;
};

/// "epoch 3/64 step 2750/58688 loss 4.812 top1 0.1234 lr 2.1e-3 1893 img/s wait 2% mem 31.2/139G host 18.4G eta 7h41m"; G is 2^30 bytes.
std::string progress_line(const Progress& progress);

/// "epoch 3/64 step 2750/58688 loss 4.812 1893 img/s": what a terminal refreshes between the lines of the log.
std::string live_line(const Progress& progress);

struct EvaluationSummary {
  int64_t step = 0;
  std::vector<metrics::Figure> figures;  ///< the first few are shown
  double loss = 0;
  std::optional<double> other;  ///< the first figure of the weights that do not count
  std::string_view other_name;  ///< "ema" or "raw"
  int64_t images = 0;
  double seconds = 0;
  int64_t best_step = 0;
};

/// "eval step 7360 top1 0.2312 top5 0.4021 loss 4.021 (ema 0.2351) 5000 images 4.9s best step 7360"; of a detector "AP 0.2312 AP50 0.4021 AP75 0.2340 loss ..."
std::string evaluation_line(const EvaluationSummary& summary);

}  // namespace fovea::train
