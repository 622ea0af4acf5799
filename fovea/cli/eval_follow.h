// `fovea eval RUN --follow`: scores the checkpoints of a run as they appear, until the run is over.
#pragma once

#include "fovea/cli/checkpoint_scorer.h"

namespace fovea::cli {

/// Each checkpoint once, in the order of steps; those that have results already, those that vanish and damaged ones are passed over. Ends after the last
/// checkpoint of a run whose status says done, failed or diverged, after wanted.stop_hours, or at a signal.
///
/// returns  0; 65 when a checkpoint was damaged; 75 when a signal cut an evaluation short (the same command makes it up)
/// throws   kMissing when there is no such folder; kData when it is no run
int eval_follow(const EvalArguments& wanted, Console& console);

}  // namespace fovea::cli
