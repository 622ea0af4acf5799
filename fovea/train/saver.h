// Saving a run: weights, averages, momentum and state; patient with a full disk, never with a damaged weight.
#pragma once

#include "fovea/base/log.h"
#include "fovea/optim/ema.h"
#include "fovea/optim/optimizer.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/options.h"
#include "fovea/train/run_state.h"

#include <optional>
#include <string>

namespace fovea::train {

class Saver {
 public:
  struct Parts {
    nn::Parameters& parameters;
    optim::Optimizer& optimizer;
    optim::Ema* ema = nullptr;
  };
  Saver(fs::path run_dir, Parts parts, KeepPolicy keep, Log& log);

  /// Writes a checkpoint and removes what the policy does not keep. A disk that is full is a warning: training goes on and the next call
  /// tries again; returns whether it was written.
  /// throws kIo when it failed for the kPatience-th time in a row, naming the last good checkpoint; kDiverged when a weight is not finite
  bool save(const Progression& progression, const Identity& identity);
  /// The same with no patience: a few tries, then throws kIo. For the last checkpoint of a run.
  void save_or_throw(const Progression& progression, const Identity& identity);

  /// Puts a checkpoint's tensors into the live ones. throws kData
  void restore(const Checkpoint& checkpoint);

  [[nodiscard]] const std::string& last_good() const { return last_good_; }  ///< "step-00000160"; empty before the first
  /// For messages: the name, or "none".
  [[nodiscard]] std::string last_good_or_none() const { return last_good_.empty() ? "none" : last_good_; }

 private:
  [[nodiscard]] std::vector<NamedTensor> rows(std::string_view part);
  void expect_finite(int64_t step);
  void write(const Progression& progression, const Identity& identity);

  static constexpr int kPatience = 5;  // tries in a row; chosen: at one a save interval, time enough to free some space
  fs::path run_dir_;
  Parts parts_;
  KeepPolicy keep_;
  Log& log_;
  std::string last_good_;
  int failures_ = 0;
};

}  // namespace fovea::train
