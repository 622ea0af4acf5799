// All keys of a recipe, from the tables of its sections: "optim.lr" with its type, range, default and text.
#pragma once

#include "fovea/base/settings.h"
#include "fovea/recipe/recipe.h"

#include <string>
#include <string_view>
#include <vector>

namespace fovea::recipe {

struct Key {
  std::string name;  ///< "optim.lr"
  std::string section;
  const Field* field = nullptr;
};

/// In the order of the sections and their tables.
const std::vector<Key>& keys();
const std::vector<std::string>& section_names();

/// Nothing when there is no such key. Hyphens are as good as underscores.
const Key* find_key(std::string_view name);

/// What to append to "KEY is not known": the nearest key, also by the names that other programs use, or the known ones.
std::string key_suggestion(std::string_view name);

std::string value_text(const Recipe& recipe, const Key& key);
std::string default_text(const Key& key);
/// throws kConfig "expected ..., found ..."
void assign(Recipe& recipe, const Key& key, std::string_view text);

/// "number, at least 0", "integer from 1 to 4096", "one of same, symmetric".
std::string type_text(const Field& field);

/// Every key with its value. Name, description and origins are not part of it.
Settings flat(const Recipe& recipe);

}  // namespace fovea::recipe
