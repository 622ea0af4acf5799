// What a run would do and need, from its plan and two measured steps.
#pragma once

#include "fovea/train/trainer.h"

#include <string>

namespace fovea::train {

/// The plan of a run, with time and memory of two measured steps. Looks at no run folder and writes nothing.
/// throws as opening the data and making the plan do; kMemory, kIo when it does not fit
std::string dry_run(const TrainerSetup& setup, const TrainerHooks& hooks);

}  // namespace fovea::train
