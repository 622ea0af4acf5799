// How a session begins: anew, where the last one stopped, or not at all.
#pragma once

#include "fovea/train/checkpoint.h"
#include "fovea/train/init_weights.h"
#include "fovea/train/run_parts.h"

#include <optional>
#include <string>

namespace fovea::train {

struct StartPoint {
  std::optional<Checkpoint> checkpoint;  ///< nothing: from the first step
  std::string sentence;                  ///< "new run", "continuing step 7360 of 58688 of RUN"
};

/// The newest checkpoint that verifies; damaged newer ones are warned about, and so is a session that was killed. Without one the first weights
/// are read into `parts` where the setup says so (--init), and RUN/init.txt says what became of each tensor; `now` gets the fingerprint of their file,
/// from then on that of the checkpoint.
/// throws kConfig with a diff when recipe or data changed and setup.resume_with_changes is false; kData when there are checkpoints and none
///        verifies; as init_weights
StartPoint start_point(const RunFolder& folder, Identity& now, RunParts& parts, Log& log);

/// Reads the first weights of a setup that has them from elsewhere; warns about what does not fit. throws as WeightFile and init_weights
InitReport read_first_weights(RunParts& parts, Log& log);

/// The result of a run that is done already with the same recipe; nothing when there is something left to do.
std::optional<TrainResult> finished_result(const RunFolder& folder, const TrainerSetup& setup);

/// config.yaml, env.json, command.txt, plan.txt, data.json and samples/, after a quick look at the data.
/// returns the sheet of samples/, PNG
/// throws kData when the quick look finds damage and the policy is stop; kCannotCreate, kIo
std::vector<std::byte> write_start_files(const RunFolder& folder, const TrainerSetup& setup, RunParts& parts, Log& log);

}  // namespace fovea::train
