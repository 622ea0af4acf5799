#include "fovea/recipe/builtin.h"
#include "fovea/recipe/keys.h"
#include "fovea/recipe/print.h"

namespace fovea::recipe {

namespace {

// A cell of a Markdown table: bars would end it.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string recipe_row(const BuiltinRecipe& builtin) {
  const Recipe recipe = load_recipe({.recipe = std::string(builtin.name)});
  const std::string result =
      recipe.expect.metric.empty() ? "" : fmt::format("{} {} on {}", recipe.expect.metric, recipe.expect.value, recipe.expect.measured_on);
  return fmt::format("| `{}` | {} | {} |\n", builtin.name, cell(recipe.description), cell(result));
}

}  // namespace

std::string reference_page() {
  std::string page =
      "# Recipes\n\n"
      "<!-- Written by `fovea recipes reference`; a test compares it with the program. -->\n\n"
      "A recipe is a YAML file with the sections below; `optim.lr` in this page is `lr:` under `optim:` in the file and `--set optim.lr=...` on the\n"
      "command line. Later sources win: defaults, the recipe, files given with `-c`, environment variables (`FOVEA_OPTIM_LR`), flags, `--set`.\n"
      "Unknown keys, wrong types and values out of range are errors. `fovea recipes show NAME` prints a whole recipe with these texts, and\n"
      "`fovea recipes explain KEY` one key. A file may build on one other recipe with `recipe: NAME` at its top; what that one\n"
      "reaches (`expect`) is not taken over.\n\n"
      "## Built-in recipes\n\n| name | what it is | result to reach |\n|---|---|---|\n";
  for (const BuiltinRecipe& builtin : builtin_recipes()) page += recipe_row(builtin);
  std::string section;
  for (const Key& key : keys()) {
    if (key.section != section) page += fmt::format("\n## {}\n\n| key | type | default | meaning |\n|---|---|---|---|\n", key.section);
    section = key.section;
    const std::string text = default_text(key);
    const std::string shown = text.empty() ? "(empty)" : fmt::format("`{}`", text);
    page += fmt::format("| `{}` | {} | {} | {} |\n", key.name, cell(type_text(*key.field)), shown, cell(key.field->text));
  }
  return page;
}

}  // namespace fovea::recipe
