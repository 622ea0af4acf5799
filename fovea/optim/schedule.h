// Learning rates as pure functions of the step, defined by images seen: the same curve for any batch size.
#pragma once

#include "fovea/optim/options.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::optim {

/// What contradicts itself whatever the data is; a Schedule checks it too.
/// throws kConfig naming the keys
void check_options(const OptimOptions& options, int64_t global_batch);

/// Facts of the run that turn epochs into steps: an epoch is N / G steps, rounded as options.epoch_steps says.
struct ScheduleFacts {
  int64_t dataset_size = 1281167;
  int64_t global_batch = 256;
  int64_t total_steps = 0;
};

/// Derived numbers, for the plan that is printed.
struct ScheduleSummary {
  double peak_lr = 0;
  int64_t warmup_steps = 0;
  std::vector<int64_t> drop_steps;  ///< piecewise: the last step before each drop
  std::string text;                 ///< "15,013 steps of warm-up (to epoch 3) from 0 to 0.128, then x0.1 after step 150,136 (epoch 30), x0.01 after ..."
};

/// Spec 2.4, 2.6 and 3.6, in doubles. With ws steps of warm-up, peak P, end rate E:
///   constant     step < ws: P step / ws; then P
///   piecewise    step < ws: P step / ws; then P times the factor of the last drop whose step is below `step` (spec 1.5)
///   cosine       step < ws: P step / ws; then E + (P - E) (1 + cos(pi min(step, T) / T)) / 2, T = floor of the decay's end in steps: the cosine
///                runs from step 0, so there is a small jump down at the end of warm-up
///   plateau_cosine  with f the floor factor, e = step in epochs, warm-up to epoch u, plateau to b, decay to c (spec 3.6): e < u: P (1 + f) e / u;
///                e < b: P (1 + f); e < c: P ((1 + cos(pi (e - b) / (c - b))) / 2 + f); then P f
///   polynomial   step <= ws: P step / ws; then E + (P - E) (1 - min(s, D) / D)^power with s = max(1, step - ws), D = end - ws + 1
class Schedule {
 public:
  /// throws kConfig when options contradict each other (naming both keys)
  Schedule(const OptimOptions& options, const ScheduleFacts& facts);

  /// Rate of the update number `step`, counted from 0.
  [[nodiscard]] double lr(int64_t step) const;
  [[nodiscard]] const ScheduleSummary& summary() const { return summary_; }

 private:
  [[nodiscard]] double plateau_cosine(double step) const;

  OptimOptions options_;
  double warmup_end_ = 0, plateau_end_ = 0, decay_end_ = 0;  // steps, real
  ScheduleSummary summary_;
};

}  // namespace fovea::optim
