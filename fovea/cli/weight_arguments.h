// --weights and --latest: which of a run's weights a command applies or writes.
#pragma once

#include "fovea/cli/arguments.h"
#include "fovea/train/checkpoint_path.h"
#include "fovea/train/weights.h"

#include <optional>
#include <string>

namespace fovea::cli {

/// Must outlive the parser that it was added to.
struct WeightArguments {
  std::string name;     ///< "raw", "ema", or empty: those that the recipe evaluates
  bool latest = false;  ///< the newest checkpoint of a run, not its best

  /// returns  --latest, for what excludes it
  CLI::Option* add_to(CLI::App& parser);

  [[nodiscard]] std::optional<train::Weights> weights() const;
  [[nodiscard]] train::Pick pick() const { return latest ? train::Pick::kLatest : train::Pick::kBest; }
};

}  // namespace fovea::cli
