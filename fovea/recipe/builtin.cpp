#include "fovea/recipe/builtin.h"

#include "fovea/base/strings.h"

namespace fovea::recipe {

const BuiltinRecipe* find_builtin(std::string_view name) {
  for (const BuiltinRecipe& recipe : builtin_recipes()) {
    if (normal_name(recipe.name) == normal_name(name)) return &recipe;
  }
  return nullptr;
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const BuiltinRecipe& recipe : builtin_recipes()) names.emplace_back(recipe.name);
  return names;
}

}  // namespace fovea::recipe
