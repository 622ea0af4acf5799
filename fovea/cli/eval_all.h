// `fovea eval RUN --all`: every checkpoint of a run, or of a folder of the reference's detector, as a table.
#pragma once

#include "fovea/cli/checkpoint_scorer.h"

namespace fovea::cli {

/// wanted.path  a run; or a folder whose file "checkpoint" lists the reference's checkpoints (spec 3.8), of which those that are gone are passed over
/// returns      0, or 65 when a checkpoint is damaged: it is named, and the others are scored
int eval_all(const EvalArguments& wanted, Console& console);

}  // namespace fovea::cli
