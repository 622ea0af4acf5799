// Shared by the tests of recipes: a recipe read from a text, and the helpers for errors.
#pragma once

#include "fovea/recipe/recipe.h"
#include "tests/support/errors.h"

#include <string>

namespace fovea::recipe {

using test::error_of;
using test::message_of;

inline Recipe read(const std::string& text) {
  Recipe recipe;
  apply_yaml(recipe, text, "x.yaml");
  return recipe;
}

}  // namespace fovea::recipe
