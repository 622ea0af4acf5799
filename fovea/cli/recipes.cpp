// fovea recipes list | show NAME | explain [KEY] | diff A B | reference
#include "fovea/cli/arguments.h"
#include "fovea/io/json.h"
#include "fovea/recipe/builtin.h"
#include "fovea/recipe/keys.h"
#include "fovea/recipe/print.h"

#include <algorithm>

namespace fovea::cli {

namespace {

/// A recipe by name or file, or that of a run by its folder.
recipe::Recipe load(const std::string& name) {
  std::error_code ignored;
  const bool is_run = recipe::find_builtin(name) == nullptr && fs::is_directory(name, ignored);
  return recipe::load_recipe({.recipe = is_run ? (fs::path(name) / "config.yaml").string() : name});
}

void list(Console& console, bool as_json) {
  if (as_json) {
    io::OrderedJson rows = io::OrderedJson::array();
    for (const std::string& name : recipe::builtin_names()) {
      const recipe::Recipe each = load(name);
      rows.push_back({{"name", name}, {"description", each.description}, {"expect", {{"metric", each.expect.metric}, {"value", each.expect.value}}}});
    }
    console.out << io::json_text(rows, 2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : recipe::builtin_names()) {
    const recipe::Recipe each = load(name);
    rows.push_back({name, each.expect.metric.empty() ? "" : fmt::format("{} {}", each.expect.metric, each.expect.value), each.description});
  }
  console.out << format_table(std::vector<Column>{{"recipe"}, {"to reach"}, {"what it is"}}, rows);
}

void explain_one(Console& console, const recipe::Key& key, const recipe::Recipe* in) {
  console.print("{}\n  {}\n  {}, default {}\n", key.name, key.field->text, recipe::type_text(*key.field), recipe::default_text(key));
  if (in == nullptr) {
    for (const std::string& name : recipe::builtin_names()) {
      const recipe::Recipe each = load(name);
      const auto origin = each.origins.find(key.name);
      if (origin != each.origins.end()) console.print("  {} in {} ({})\n", recipe::value_text(each, key), name, origin->second);
    }
    return;
  }
  const auto origin = in->origins.find(key.name);
  console.print("  {} in {} ({})\n", recipe::value_text(*in, key), in->name, origin == in->origins.end() ? "default" : origin->second);
}

void explain(Console& console, const std::string& name, const std::string& in) {
  if (name.empty()) {
    console.out << key_reference();
    return;
  }
  const std::vector<std::string>& sections = recipe::section_names();
  if (std::find(sections.begin(), sections.end(), name) != sections.end()) {
    for (const recipe::Key& each : recipe::keys()) {
      if (each.section == name) explain_one(console, each, nullptr);
    }
    return;
  }
  const recipe::Key* key = recipe::find_key(name);
  if (key == nullptr) fail(ErrorCode::kUsage, Advice{"fovea recipes explain"}, "{} is not known{}", name, recipe::key_suggestion(name));
  if (in.empty()) return explain_one(console, *key, nullptr);
  const recipe::Recipe recipe = load(in);
  explain_one(console, *key, &recipe);
}

void print_difference(Console& console, const std::string& before, const std::string& after, bool as_json) {
  const std::vector<SettingChange> differences = changes(recipe::flat(load(before)), recipe::flat(load(after)));
  if (as_json) {
    io::OrderedJson result = io::OrderedJson::object();
    for (const SettingChange& each : differences) result[each.key] = {each.before, each.after};
    console.out << io::json_text(result, 2) << '\n';
    return;
  }
  if (differences.empty()) return console.print("the same values in every key\n");
  std::vector<std::vector<std::string>> rows;
  for (const SettingChange& each : differences) rows.push_back({each.key, each.before, each.after});
  console.out << format_table(std::vector<Column>{{"key"}, {before}, {after}}, rows);
}

}  // namespace

int run_recipes(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("recipes", "Recipes: everything that decides a result, as YAML.");
  std::string name, key, in, before, after;
  bool list_json = false, diff_json = false, origins = false;
  parser->add_subcommand("list", "the built-in recipes")->add_flag("--json", list_json, "as JSON");
  CLI::App* show_command = parser->add_subcommand("show", "a whole recipe as YAML, with the meaning of every key");
  show_command->add_option("name", name, "recipe, YAML file or run folder")->required()->type_name("RECIPE");
  show_command->add_flag("--origins", origins, "say where each value comes from instead of what it means");
  CLI::App* explain_command = parser->add_subcommand("explain", "one key: meaning, type, range, default, and its values in the recipes");
  explain_command->add_option("key", key, "such as optim.lr; without it, every key")->type_name("KEY");
  explain_command->add_option("--in", in, "its value in this recipe, YAML file or run folder, and where that comes from")->type_name("RECIPE");
  CLI::App* diff_command = parser->add_subcommand("diff", "the keys in which two recipes or runs differ");
  diff_command->add_option("a", before, "recipe, YAML file or run folder")->required()->type_name("A");
  diff_command->add_option("b", after, "the other one")->required()->type_name("B");
  diff_command->add_flag("--json", diff_json, "as JSON");
  CLI::App* reference_command = parser->add_subcommand("reference", "the text of docs/recipes.md");
  if (!parse(*parser, arguments, console)) return 0;

  if (show_command->parsed()) {
    console.out << recipe::effective_yaml(load(name), origins ? recipe::Comments::kOrigin : recipe::Comments::kFull);
  } else if (explain_command->parsed()) {
    explain(console, key, in);
  } else if (diff_command->parsed()) {
    print_difference(console, before, after, diff_json);
  } else if (reference_command->parsed()) {
    console.out << recipe::reference_page();
  } else {
    list(console, list_json);
  }
  return 0;
}

}  // namespace fovea::cli
