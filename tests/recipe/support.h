// Shared by the tests of recipes: the error that an action throws, and a recipe read from a text.
#pragma once

#include "fovea/recipe/recipe.h"

#include <optional>
#include <string>

namespace fovea::recipe {

/// Nothing when `action` throws nothing; other exceptions pass through and fail the test.
template <class Action>
std::optional<Error> error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

/// what() of the error, or "no error".
template <class Action>
std::string message_of(Action action) {
  const std::optional<Error> error = error_of(action);
  return error ? error->what() : "no error";
}

inline Recipe read(const std::string& text) {
  Recipe recipe;
  apply_yaml(recipe, text, "x.yaml");
  return recipe;
}

}  // namespace fovea::recipe
