#include "fovea/train/dry_run.h"

#include "fovea/base/strings.h"
#include "fovea/train/memory.h"
#include "fovea/train/run_parts.h"
#include "fovea/train/start.h"

#include <chrono>

namespace fovea::train {

std::string dry_run(const TrainerSetup& setup, const TrainerHooks& hooks) {
  RunParts parts(setup, {}, hooks.log);
  if (setup.profile) check_profile_window(*setup.profile, parts.plan.total_steps);
  check_fit(parts.plan, parts.plan_input, setup.run_dir);
  const std::string first_weights = setup.init ? fmt::format("  {:<16} {}\n", "first weights", read_first_weights(parts, hooks.log).sentence()) : std::string();
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
  return parts.plan.text + first_weights +
         fmt::format("  {:<16} {} a step ({:.1f} img/s, two steps measured): {} in all, without evaluations\n", "time", format_duration(seconds),
                     static_cast<double>(setup.train.batch_size) / seconds, format_duration(all)) +
         fmt::format("  {:<16} {} resident in these steps\n", "memory measured", format_bytes(static_cast<double>(process_memory().peak_bytes)));
}

}  // namespace fovea::train
