#include "fovea/optim/schedule.h"

#include "fovea/base/strings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace fovea::optim {
namespace {

/// LARS by batch (spec 2.4). Below the first band lr and warmup_epochs are those of the options.
/// differs from the reference: the batch is the global one, not a worker's (D-4)
struct LarsBand {
  int64_t batch_below;
  double peak_lr;
  double warmup_epochs;
};
constexpr int64_t kFirstBand = 8192;
constexpr std::array kLarsBands{
    LarsBand{16384, 10, 5},
    LarsBand{32768, 25, 5},
    LarsBand{std::numeric_limits<int64_t>::max(), 32, 14},
};

bool decays(ScheduleKind kind) { return kind != ScheduleKind::kConstant && kind != ScheduleKind::kPiecewise; }

/// Replaces lr, lr_batch and warmup_epochs by the row of the table.
OptimOptions with_band(OptimOptions options, int64_t global_batch) {
  if (!options.lars_bands || global_batch < kFirstBand) return options;
  const LarsBand& band = *std::find_if(kLarsBands.begin(), kLarsBands.end(), [&](const LarsBand& b) { return global_batch < b.batch_below; });
  options.lr = band.peak_lr;
  options.lr_batch = 0;
  options.warmup_epochs = band.warmup_epochs;
  return options;
}

/// Peak as a multiple of lr when the batch is `ratio` times lr_batch. In proportion; for LARS with bands only up to 1, then in a straight line to 3.8 at
/// 8 and no further: the reference's launcher has 2.5 for one card and 9.5 for eight, and up to the first band the same 9.5 (spec 2.4).
double peak_factor(double ratio, bool lars_bands) {
  constexpr double kCards = 8, kFactor = 9.5 / 2.5;
  if (!lars_bands || ratio <= 1) return ratio;
  return 1 + (kFactor - 1) * (std::min(ratio, kCards) - 1) / (kCards - 1);
}

void check_algorithm(const OptimOptions& options) {
  const bool lars = options.algorithm == Algorithm::kLars;
  const Advice advice{"set optim.algorithm=lars, or leave the other key out"};
  if (options.lars_bands && !lars)
    fail(ErrorCode::kConfig, advice, "optim.lars_bands is on, but optim.algorithm is {}", FieldType<Algorithm>::print(options.algorithm));
  if (options.lars_double_decay && !lars) {
    fail(ErrorCode::kConfig, advice, "optim.lars_double_decay is on, but optim.algorithm is {}", FieldType<Algorithm>::print(options.algorithm));
  }
}

void check_drops(const OptimOptions& options) {
  const auto& epochs = options.drop_epochs;
  const auto& factors = options.drop_factors;
  if (epochs.size() != factors.size()) {
    fail(ErrorCode::kConfig, "optim.drop_epochs has {}, optim.drop_factors has {}; expected a factor for each drop",
         format_count(static_cast<int64_t>(epochs.size()), "value"), factors.size());
  }
  for (size_t i = 0; i < epochs.size(); ++i) {
    if (i > 0 && epochs[i] <= epochs[i - 1]) fail(ErrorCode::kConfig, "optim.drop_epochs has {} after {}; expected growing values", epochs[i], epochs[i - 1]);
    if (factors[i] < 0) fail(ErrorCode::kConfig, "optim.drop_factors has {}; expected 0 or more", factors[i]);
  }
  if (!epochs.empty() && epochs.front() < options.warmup_epochs) {
    fail(ErrorCode::kConfig, "the first of optim.drop_epochs is {}, inside optim.warmup_epochs, {}", epochs.front(), options.warmup_epochs);
  }
}

double steps_of(double epochs, const OptimOptions& options, const ScheduleFacts& facts) {
  const int64_t images = facts.dataset_size, batch = facts.global_batch;
  switch (options.epoch_steps) {
    case EpochSteps::kExact: break;
    case EpochSteps::kDown: return epochs * static_cast<double>(images / batch);
    case EpochSteps::kUp: return epochs * static_cast<double>((images + batch - 1) / batch);
  }
  return epochs * static_cast<double>(images) / static_cast<double>(batch);  // divided last: exact when the quotient is whole
}

int64_t whole_steps(double steps) { return static_cast<int64_t>(std::floor(steps)); }

struct Decay {
  double begin = 0, end = 0;      ///< steps
  double top_lr = 0, end_lr = 0;  ///< after warm-up, and where it ends
};

std::string describe(const OptimOptions& options, const ScheduleSummary& summary, const Decay& decay, int64_t total_steps) {
  std::string text = summary.warmup_steps > 0 ? fmt::format("{} of warm-up (to epoch {}) from 0 to {}, then ", format_count(summary.warmup_steps, "step"),
                                                            format_number(options.warmup_epochs), format_number(decay.top_lr))
                                              : fmt::format("{} from the first step, ", format_number(decay.top_lr));
  const std::string end = fmt::format("to {} at step {}", format_number(decay.end_lr), format_count(whole_steps(decay.end))) +
                          (options.decay_epochs > 0 ? fmt::format(" (epoch {})", format_number(options.decay_epochs)) : "") +
                          (whole_steps(decay.end) < total_steps ? ", then constant" : "");
  switch (options.schedule) {
    case ScheduleKind::kConstant: return text + "constant";
    case ScheduleKind::kCosine: return text + "cosine (begun at step 0) " + end;
    case ScheduleKind::kPolynomial: return text + fmt::format("polynomial of power {} ", format_number(options.power)) + end;
    case ScheduleKind::kPlateauCosine:
      return text +
             fmt::format("constant to step {} (epoch {}), then cosine {}", format_count(whole_steps(decay.begin)), format_number(options.plateau_epochs), end);
    case ScheduleKind::kPiecewise: break;
  }
  std::vector<std::string> drops;
  for (size_t i = 0; i < summary.drop_steps.size(); ++i) {
    drops.push_back(fmt::format("x{} after step {} (epoch {})", format_number(options.drop_factors[i]), format_count(summary.drop_steps[i]),
                                format_number(options.drop_epochs[i])));
  }
  return text + (drops.empty() ? "constant" : join(drops, ", "));
}

}  // namespace

void check_options(const OptimOptions& options, int64_t global_batch) {
  check_algorithm(options);
  const OptimOptions used = with_band(options, global_batch);
  if (used.schedule == ScheduleKind::kPiecewise) check_drops(used);
  if (decays(used.schedule) && used.decay_epochs > 0 && used.decay_epochs <= used.warmup_epochs) {
    fail(ErrorCode::kConfig, "optim.decay_epochs, {}, is not after optim.warmup_epochs, {}", used.decay_epochs, used.warmup_epochs);
  }
  if (used.schedule != ScheduleKind::kPlateauCosine) return;
  if (used.plateau_epochs < used.warmup_epochs) {
    fail(ErrorCode::kConfig, "optim.plateau_epochs, {}, is inside optim.warmup_epochs, {}", used.plateau_epochs, used.warmup_epochs);
  }
  if (used.decay_epochs > 0 && used.decay_epochs <= used.plateau_epochs) {
    fail(ErrorCode::kConfig, "optim.decay_epochs, {}, is not after optim.plateau_epochs, {}", used.decay_epochs, used.plateau_epochs);
  }
}

Schedule::Schedule(const OptimOptions& options, const ScheduleFacts& facts) : options_(with_band(options, facts.global_batch)) {
  FOVEA_CHECK(facts.dataset_size > 0 && facts.global_batch > 0 && facts.total_steps > 0, "{} images, batch {}, {} steps", facts.dataset_size,
              facts.global_batch, facts.total_steps);
  check_options(options, facts.global_batch);
  if (options.epoch_steps == EpochSteps::kDown && facts.dataset_size < facts.global_batch) {
    fail(ErrorCode::kConfig, "optim.epoch_steps is down, but train.batch_size, {}, is more than the {} images: an epoch has no whole step", facts.global_batch,
         facts.dataset_size);
  }
  const auto batch = static_cast<double>(facts.global_batch);
  summary_.peak_lr = options_.lr_batch == 0 ? options_.lr : options_.lr * peak_factor(batch / static_cast<double>(options_.lr_batch), options_.lars_bands);
  warmup_end_ = steps_of(options_.warmup_epochs, options_, facts);
  plateau_end_ = steps_of(options_.plateau_epochs, options_, facts);
  summary_.warmup_steps = whole_steps(warmup_end_);
  if (options_.schedule == ScheduleKind::kPiecewise) {
    for (const double epoch : options_.drop_epochs) summary_.drop_steps.push_back(whole_steps(steps_of(epoch, options_, facts)));
  }
  if (decays(options_.schedule)) {
    decay_end_ = options_.decay_epochs > 0 ? steps_of(options_.decay_epochs, options_, facts) : static_cast<double>(facts.total_steps);
    if (options_.end_lr > summary_.peak_lr) {
      fail(ErrorCode::kConfig, "optim.end_lr, {}, is above the peak, {} (optim.lr, optim.lr_batch)", options_.end_lr, summary_.peak_lr);
    }
  }
  const double peak = summary_.peak_lr, floor = options_.floor_factor;
  const Decay decay = options_.schedule == ScheduleKind::kPlateauCosine
                          ? Decay{.begin = plateau_end_, .end = decay_end_, .top_lr = peak * (1 + floor), .end_lr = peak * floor}
                          : Decay{.end = decay_end_, .top_lr = peak, .end_lr = options_.end_lr};
  summary_.text = facts.total_steps < summary_.warmup_steps
                      ? fmt::format("the run ends inside its warm-up, {} from 0 to {}: the last step has {}", format_count(summary_.warmup_steps, "step"),
                                    format_number(decay.top_lr), format_number(lr(facts.total_steps - 1)))
                      : describe(options_, summary_, decay, facts.total_steps);
}

double Schedule::plateau_cosine(double step) const {
  const double peak = summary_.peak_lr, floor = options_.floor_factor;
  if (step < warmup_end_) return peak * (1 + floor) * step / warmup_end_;
  if (step < plateau_end_) return peak * (1 + floor);
  if (step < decay_end_) return peak * (0.5 * (1 + std::cos(std::numbers::pi * (step - plateau_end_) / (decay_end_ - plateau_end_))) + floor);
  return peak * floor;
}

double Schedule::lr(int64_t step) const {
  const double peak = summary_.peak_lr;
  const auto at = static_cast<double>(step);
  if (options_.schedule == ScheduleKind::kPlateauCosine) return plateau_cosine(at);
  const auto warmup = static_cast<double>(summary_.warmup_steps);
  const bool polynomial = options_.schedule == ScheduleKind::kPolynomial;
  if (step < summary_.warmup_steps || (polynomial && step == summary_.warmup_steps && step > 0)) return peak * at / warmup;
  switch (options_.schedule) {
    case ScheduleKind::kPlateauCosine: break;
    case ScheduleKind::kConstant: return peak;
    case ScheduleKind::kPiecewise: {
      const auto passed = std::lower_bound(summary_.drop_steps.begin(), summary_.drop_steps.end(), step) - summary_.drop_steps.begin();
      return passed == 0 ? peak : peak * options_.drop_factors[passed - 1];
    }
    case ScheduleKind::kCosine: {
      const double end = std::max(1.0, std::floor(decay_end_));
      return options_.end_lr + (peak - options_.end_lr) * 0.5 * (1 + std::cos(std::numbers::pi * std::min(at, end) / end));
    }
    case ScheduleKind::kPolynomial: {
      const double length = decay_end_ - warmup + 1;
      const double passed = std::min(std::max(1.0, at - warmup), length);
      return options_.end_lr + (peak - options_.end_lr) * std::pow(1 - passed / length, options_.power);
    }
  }
  FOVEA_CHECK(false, "schedule {}", static_cast<int>(options_.schedule));
}

}  // namespace fovea::optim
