// A recipe as text: the effective YAML of a run, and the reference page of all keys.
#pragma once

#include "fovea/recipe/recipe.h"

#include <string>

namespace fovea::recipe {

enum class Comments {
  kOrigin,  ///< behind each value: where it came from
  kFull,    ///< above each value: its text, type, range and default
};

/// The whole recipe as YAML; reading it back gives the same recipe.
std::string effective_yaml(const Recipe& recipe, Comments comments = Comments::kOrigin);

/// docs/recipes.md: the built-in recipes and every key.
std::string reference_page();

}  // namespace fovea::recipe
