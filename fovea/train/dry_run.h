// What a run would do and need, from its plan and two measured steps.
#pragma once

#include "fovea/train/trainer.h"

#include <string>

namespace fovea::train {

/// What run_training would do: the plan, with time and memory of two measured steps. Writes nothing.
/// throws as run_training does before its first step
std::string dry_run(const TrainerSetup& setup, const TrainerHooks& hooks);

}  // namespace fovea::train
