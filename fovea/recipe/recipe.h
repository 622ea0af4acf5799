// A recipe: everything that decides a result, as option structs that YAML, files, environment and flags fill. Data paths never appear in it.
#pragma once

#include "fovea/base/fields.h"
#include "fovea/base/file.h"
#include "fovea/base/settings.h"
#include "fovea/data/options.h"
#include "fovea/model/options.h"
#include "fovea/optim/options.h"
#include "fovea/train/options.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::recipe {

/// The result that a recipe must reach.
struct Expectation {
  std::string metric;       ///< "top1"; empty when the recipe promises nothing
  double value = 0;         ///< a fraction
  std::string measured_on;  ///< "ImageNet validation, 50,000 pictures, after 90 epochs"
  std::string source;       ///< where the value comes from

  static const std::vector<Field>& fields();
};

struct Recipe {
  std::string name;
  std::string description;
  model::ModelOptions model;
  data::DataOptions data;
  optim::OptimOptions optim;
  train::TrainOptions train;
  Expectation expect;
  /// "optim.lr" -> "recipes/x.yaml:7", "FOVEA_OPTIM_LR", "--set": where the value was given. A key that is not in it has its default.
  std::map<std::string, std::string, std::less<>> origins;
};

/// One value from the environment or the command line.
struct Override {
  std::string key;                     ///< "optim.lr"; hyphens are as good as underscores
  std::string text;                    ///< "0.2"
  std::string origin;                  ///< "--set", "--batch-size", "FOVEA_OPTIM_LR"
  ErrorCode code = ErrorCode::kUsage;  ///< what a wrong key or value is reported as
};

/// Every key of a recipe with its value, as checkpoints and files of weights keep it.
struct KeptRecipe {
  Settings settings;
  std::string where;  ///< for messages and origins
};

/// In rising precedence; every later source wins over the earlier ones, and over the defaults.
struct Sources {
  std::string recipe;               ///< name of a built-in recipe, or path of a YAML file
  KeptRecipe kept;                  ///< in place of `recipe` when it says where it comes from
  std::vector<fs::path> files;      ///< further YAML files (-c)
  std::vector<Override> overrides;  ///< environment, then flags, then --set
};

/// Reads and checks a whole recipe.
///
/// throws kUsage when `sources.recipe` names nothing; kMissing, kIo, kData (above 1 MiB) for files;
///        kConfig "FILE:LINE: ..." for what is not YAML, unknown or repeated keys, wrong types and ranges; kConfig for settings that conflict
Recipe load_recipe(const Sources& sources);

/// Applies a kept recipe. throws kData for a key that this version does not know; kConfig for a value out of its range
void apply_kept(Recipe& recipe, const KeptRecipe& kept);

/// Applies one YAML text over `recipe`; `file` is its name in messages and origins. throws as load_recipe
void apply_yaml(Recipe& recipe, std::string_view text, const std::string& file);

/// throws override.code "ORIGIN: KEY is not known; did you mean ...?" or "ORIGIN: KEY: expected ..., found ..."
void apply_override(Recipe& recipe, const Override& override);

/// Splits "KEY=VALUE" of --set. throws kUsage
Override parse_setting(std::string_view text);

/// Overrides from lines "FOVEA_OPTIM_LR=0.2" of an environment; other variables are passed over, also FOVEA_INTERNAL_*.
/// throws kConfig when a variable begins with FOVEA_ and names no key
std::vector<Override> environment_overrides(const std::vector<std::string>& environment);

/// throws kConfig naming both keys and where they came from when settings contradict each other
void check_conflicts(const Recipe& recipe);

}  // namespace fovea::recipe
