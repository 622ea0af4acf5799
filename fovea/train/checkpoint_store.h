// The checkpoints of a run: listing, the newest good one, the best one, clearing up and removing old ones.
#pragma once

#include "fovea/base/file.h"
#include "fovea/train/score.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

struct CheckpointInfo {
  fs::path folder;
  int64_t step = 0;
  int64_t images = 0;
  double epoch = 0;
  std::optional<double> epochs;  ///< of the whole run; nothing when the recipe counts steps
  std::string model;
  int64_t num_outputs = 0;
  int64_t bytes = 0;            ///< of all its files, from the manifest
  std::string metric;           ///< of the score: one of kMetrics; empty without one
  std::optional<double> score;  ///< from RUN/eval/step-N/metrics.json, or the state's best when that is of this step
  bool has_its_bytes = true;    ///< every file is there with the size that the manifest says
  bool is_best = false;
  bool is_latest = false;
};

/// Folders step-N with a readable manifest, oldest first; contents are not verified. Empty when there are none.
std::vector<CheckpointInfo> list_checkpoints(const fs::path& run_dir);

/// The folder that a pointer file (RUN/checkpoints/latest, best-top1) names; nothing when it is none, or names what is not there.
std::optional<fs::path> pointed_at(const fs::path& pointer);

/// All folders step-N, oldest first, whatever they contain.
std::vector<fs::path> checkpoint_folders(const fs::path& run_dir);

struct DamagedCheckpoint {
  fs::path folder;
  std::vector<std::string> problems;  ///< as verify_checkpoint gives them
};

struct LatestCheckpoint {
  std::optional<fs::path> folder;          ///< the newest that verifies
  std::vector<DamagedCheckpoint> damaged;  ///< newer ones that do not, newest first: to be warned about
};

/// Looks at the folders, not at the file `latest`: that one is for people and may be older after a crash.
LatestCheckpoint latest_checkpoint(const fs::path& run_dir);

/// What a killed session left behind: removes temporary folders and files, puts back a checkpoint whose replacement was cut short.
/// Only for the holder of the run's lock. returns how many things were cleared up
int64_t clear_up_checkpoints(const fs::path& run_dir);

/// Writes RUN/checkpoints/best-METRIC, atomically. throws kCannotCreate, kIo
void mark_best(const fs::path& run_dir, int64_t step, std::string_view metric);

/// The folder that such a file names, if it exists.
std::optional<fs::path> best_checkpoint(const fs::path& run_dir);

struct KeepPolicy {
  int64_t last = 2;                    ///< newest ones to keep; at least 1
  int64_t best = 1;                    ///< best ones by their score to keep; what best-METRIC names is always kept
  std::optional<int64_t> every_steps;  ///< keeps the first checkpoint at or after each multiple for good
};

/// Removes what the policy does not keep. Removes nothing at all while the newest checkpoint does not verify.
/// returns the folders removed, oldest first; one that cannot be removed throws kIo
std::vector<fs::path> prune_checkpoints(const fs::path& run_dir, const KeepPolicy& policy);

}  // namespace fovea::train
