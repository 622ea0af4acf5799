// The arguments that say what to train: RECIPE, -c, --set, and flags for the keys that people change most.
#pragma once

#include "fovea/cli/arguments.h"
#include "fovea/recipe/recipe.h"

#include <deque>
#include <string>
#include <vector>

namespace fovea::cli {

/// Must outlive the parser that it was added to.
class RecipeFlags {
 public:
  void add_to(CLI::App& parser);

  /// After parse(): the recipe with environment, flags and settings on it. throws as recipe::load_recipe
  [[nodiscard]] recipe::Recipe load(const Console& console) const;
  [[nodiscard]] recipe::Sources sources(const Console& console) const;

 private:
  struct Value {
    std::string flag;
    std::string key;
    std::string text;
    CLI::Option* option = nullptr;
  };
  std::string recipe_;
  std::vector<std::string> files_;
  std::vector<std::string> settings_;
  std::deque<Value> values_;  // addresses stay valid: the parser writes into them
  bool deterministic_ = true;
  CLI::Option* deterministic_option_ = nullptr;
};

}  // namespace fovea::cli
