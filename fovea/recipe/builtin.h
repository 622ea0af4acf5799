// The recipes that are compiled into the program, from recipes/*.yaml.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::recipe {

struct BuiltinRecipe {
  std::string_view name;  ///< "resnet50-sgd"
  std::string_view text;  ///< its YAML
};

/// Sorted by name; defined in the source file that CMake writes from recipes/.
std::span<const BuiltinRecipe> builtin_recipes();

/// nullptr when there is none of this name. Hyphens are as good as underscores.
const BuiltinRecipe* find_builtin(std::string_view name);

std::vector<std::string> builtin_names();

}  // namespace fovea::recipe
