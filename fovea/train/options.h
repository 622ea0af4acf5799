// What a recipe says about a run: length, batch, precision, when to look, save and stop, and what to do when it goes wrong.
#pragma once

#include "fovea/tensor/tensor.h"
#include "fovea/train/interval.h"
#include "fovea/train/weights.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fovea::train {

enum class OnNonFinite { kStop, kSkip, kRollback };
inline constexpr std::array<std::string_view, 3> kOnNonFiniteNames{"stop", "skip", "rollback"};
constexpr const auto& enum_names(OnNonFinite) { return kOnNonFiniteNames; }

struct TrainOptions {
  double epochs = 90;               ///< total
  std::optional<int64_t> steps;     ///< total; overrides epochs
  std::optional<double> max_hours;  ///< of this session; then saved, exit 75
  int64_t batch_size = 256;         ///< global
  int64_t micro_batch = 0;          ///< images a pass; 0 = the whole batch; gradients are accumulated over passes
  Precision precision = Precision::kBFloat16;
  int64_t seed = 0;
  double label_smoothing = 0;
  Interval log_every{20, Interval::Unit::kSteps};
  std::optional<Interval> eval_every{Interval{1, Interval::Unit::kEpochs}};  ///< none: no evaluation at all, not even at the end
  std::optional<Interval> eval_offset;                                       ///< evaluations at offset + n eval_every, n = 1, 2, ...
  std::optional<int64_t> eval_images;                                        ///< only the first ones of the validation set; none = all
  Interval save_every{1, Interval::Unit::kEpochs};
  int64_t keep_last = 2;
  int64_t keep_best = 1;
  std::optional<Interval> keep_every;  ///< checkpoints that are never removed
  Weights evaluate = Weights::kRaw;    ///< which weights the result counts for; with averaging both are evaluated
  int64_t eval_batch = 0;              ///< 0 = the training batch
  std::optional<double> stop_target;   ///< top-1 at which training is done
  int64_t patience = 0;                ///< evaluations without a better top-1 after which training stops; 0 = off
  OnNonFinite on_nonfinite = OnNonFinite::kStop;
  int64_t max_nonfinite = 10;  ///< skipped or rolled back steps after which training stops all the same
  bool deterministic = true;

  static const std::vector<Field>& fields();
};

}  // namespace fovea::train
