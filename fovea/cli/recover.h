// Running a training again until it is done: what the reference's launchers call --recover (spec 2.7).
#pragma once

#include "fovea/base/log.h"
#include "fovea/cli/child.h"

#include <functional>

namespace fovea::cli {

/// Would the same command end the same way? Usage, data, missing input, device, output, recipe, divergence.
bool repeats_itself(int exit_code);

/// Calls `run` until it ends with 0, with a code that repeats itself, or because this process was asked to stop; and no more after three
/// failures in a row without a newer checkpoint in `run_dir`.
///
/// returns  the last exit code
int run_until_done(const fs::path& run_dir, const std::function<ChildEnd()>& run, Log& log);

}  // namespace fovea::cli
