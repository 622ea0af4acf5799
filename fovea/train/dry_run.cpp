#include "fovea/train/dry_run.h"

#include "fovea/base/strings.h"
#include "fovea/train/memory.h"
#include "fovea/train/run_parts.h"
#include "fovea/train/start.h"

#include <chrono>

namespace fovea::train {

namespace {

/// Lines of the plan about time and memory, from three steps of which two are timed.
std::string measured(RunParts& parts) {
  data::Loader loader = data::Loader::train(*parts.train, parts.loader_options(), 0);
  StepParts step = parts.step_parts();
  double seconds = 0;
  for (int64_t i = 0; i < 3; ++i) {  // the first one warms up: memory is taken, primitives are made
    const std::optional<data::Batch> batch = loader.next();
    const auto begun = std::chrono::steady_clock::now();
    (void)train_step(step, *batch, parts.schedule->lr(0), i, parts.step);
    if (i > 0) seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() / 2;
  }
  const double all = seconds * static_cast<double>(parts.plan.total_steps);
  return fmt::format("  {:<16} {} a step ({:.1f} img/s, two steps measured): {} in all, without evaluations\n", "time", format_duration(seconds),
                     static_cast<double>(parts.setup.train.batch_size) / seconds, format_duration(all)) +
         fmt::format("  {:<16} {} resident in these steps\n", "memory measured", format_bytes(static_cast<double>(process_memory().peak_bytes)));
}

}  // namespace

std::string dry_run(const TrainerSetup& setup, const TrainerHooks& hooks, Measure measure) {
  RunParts parts(setup, {}, hooks.log);
  if (setup.profile) check_profile_window(*setup.profile, parts.plan.total_steps);
  try {
    check_fit(parts.plan, parts.plan_input, setup.run_dir);
  } catch (const Error& error) {
    if (measure == Measure::kTwoSteps) throw;
    hooks.log.warning("it does not fit here: {}", error.what());  // a plan for another machine may be looked at on this one
  }
  const std::string first_weights = setup.init ? fmt::format("  {:<16} {}\n", "first weights", read_first_weights(parts, hooks.log).sentence()) : "";
  return parts.plan.text + first_weights + (measure == Measure::kTwoSteps ? measured(parts) : "");
}

}  // namespace fovea::train
