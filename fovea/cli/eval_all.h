// `fovea eval RUN --all`: every checkpoint of a run, as a table.
#pragma once

#include "fovea/cli/checkpoint_scorer.h"

namespace fovea::cli {

/// returns  0, or 65 when a checkpoint is damaged: it is named, and the others are scored
int eval_all(const EvalArguments& wanted, Console& console);

}  // namespace fovea::cli
