#include "fovea/recipe/keys.h"
#include "fovea/recipe/recipe.h"

#include <algorithm>

namespace fovea::recipe {

void apply_override(Recipe& recipe, const Override& override) {
  const Key* key = find_key(override.key);
  if (key == nullptr) {
    fail(override.code, Advice{"fovea recipes explain shows every key"}, "{}: {} is not known{}", override.origin, override.key, key_suggestion(override.key));
  }
  try {
    assign(recipe, *key, trim(override.text));
  } catch (const Error& error) {
    fail(override.code, Advice{fmt::format("fovea recipes explain {}", key->name)}, "{}: {}: {}", override.origin, key->name, error.what());
  }
  recipe.origins[key->name] = override.origin;
}

Override parse_setting(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || trim(text.substr(0, equals)).empty()) {
    fail(ErrorCode::kUsage, Advice{"--set optim.lr=0.1"}, "--set {}: expected KEY=VALUE", text);
  }
  return {.key = std::string(trim(text.substr(0, equals))), .text = std::string(trim(text.substr(equals + 1))), .origin = "--set"};
}

std::vector<Override> environment_overrides(const std::vector<std::string>& environment) {
  constexpr std::string_view kPrefix = "FOVEA_";
  constexpr std::string_view kInternal = "FOVEA_INTERNAL_";  // what the program hands to itself
  std::vector<Override> result;
  for (const std::string& line : environment) {
    if (!line.starts_with(kPrefix) || line.starts_with(kInternal)) continue;
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string variable = line.substr(0, equals);
    std::string key = normal_name(std::string_view(variable).substr(kPrefix.size()));
    // no section has an underscore in its name, so that the first one separates it from the option
    if (const size_t underscore = key.find('_'); underscore != std::string::npos) key[underscore] = '.';
    if (find_key(key) == nullptr) {
      fail(ErrorCode::kConfig, Advice{fmt::format("unset {}", variable)}, "the environment variable {} is not known: there is no key {}{}", variable, key,
           key_suggestion(key));
    }
    result.push_back({.key = std::move(key), .text = line.substr(equals + 1), .origin = variable, .code = ErrorCode::kConfig});
  }
  // the same order every time, whatever the order of the environment
  std::ranges::sort(result, {}, &Override::key);
  return result;
}

}  // namespace fovea::recipe
