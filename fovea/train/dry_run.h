// What a run would do and need, from its plan and, if wanted, two measured steps.
#pragma once

#include "fovea/train/trainer.h"

#include <string>

namespace fovea::train {

enum class Measure { kNothing, kTwoSteps };

/// The plan of a run, with time and memory of two measured steps or without. Looks at no run folder and writes nothing.
/// throws as opening the data and making the plan do; kMemory, kIo when it is to be measured and does not fit; without measuring the log is warned
std::string dry_run(const TrainerSetup& setup, const TrainerHooks& hooks, Measure measure);

}  // namespace fovea::train
