// What a checkpoint remembers beside tensors: enough to go on as if nothing had happened.
#pragma once

#include "fovea/base/settings.h"
#include "fovea/data/dataset.h"
#include "fovea/io/json.h"
#include "fovea/train/score.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

/// Moves with every step.
struct Progression {
  int64_t step = 0;
  std::optional<BestScore> best;
  int64_t evaluations_without_better = 0;
  int64_t last_evaluation = -1;  ///< step of it; -1 = none yet
  bool evaluation_owed = false;  ///< it was due at this step, but the session was stopped
  int64_t skipped_samples = 0;
  std::vector<int64_t> passed_over;  ///< steps whose update was left out because loss or gradient were not finite
  double trained_seconds = 0;
};

/// Stays the same through a run; compared when it continues.
struct Identity {
  std::string model;
  int64_t num_outputs = 0;
  int64_t global_batch = 0;
  int64_t seed = 0;
  std::string data_where;
  std::string data_source;
  std::string data_fingerprint;
  int64_t data_size = 0;
  std::string validation_source;       ///< empty when nothing is evaluated
  std::string validation_fingerprint;  ///< the same
  std::vector<std::string> classes;
  Settings recipe;
  std::string init;              ///< file or checkpoint that the first weights came from, and the part: "r50.pth:backbone"; empty = none
  std::string init_fingerprint;  ///< of its bytes when they were read; empty: not known
  std::string compute;           ///< "cpu, fused kernels, 2 threads": another one adds in another order
};

/// An absolute path without "." and without a slash at the end, so that a run finds its data from everywhere; "synthetic..." as it is.
std::string absolute_place(const std::string& where);

io::Json state_json(const Progression& progression, const Identity& identity);

/// throws kData naming the key that is missing or of another type
Progression progression_from(const io::Json& state, std::string_view where);
Identity identity_from(const io::Json& state, std::string_view where);

/// "optim.lr: 0.1 -> 0.2", one line each; empty when the run may simply go on. What it is computed with is no difference of this kind.
std::vector<std::string> differences(const Identity& before, const Identity& now);

}  // namespace fovea::train
