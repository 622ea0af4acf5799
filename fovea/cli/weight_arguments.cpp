#include "fovea/cli/weight_arguments.h"

#include "fovea/base/fields.h"

#include <vector>

namespace fovea::cli {

CLI::Option* WeightArguments::add_to(CLI::App& parser) {
  const std::vector<std::string> names(train::kWeightsNames.begin(), train::kWeightsNames.end());
  parser.add_option("--weights", name, "raw or ema (default: what the recipe evaluates)")->check(CLI::IsMember(names))->type_name("WHICH");
  return parser.add_flag("--latest", latest, "the newest checkpoint of the run instead of the best");
}

std::optional<train::Weights> WeightArguments::weights() const { return name.empty() ? std::nullopt : std::optional(*FieldType<train::Weights>::parse(name)); }

}  // namespace fovea::cli
