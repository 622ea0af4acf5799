#include "fovea/cli/recipe_flags.h"

#include "fovea/cli/help_format.h"
#include "fovea/recipe/keys.h"

#include <array>
#include <string_view>

namespace fovea::cli {

namespace {

struct Flag {
  std::string_view names;  ///< as CLI11 takes them
  std::string_view flag;   ///< for messages
  std::string_view key;
  bool is_further = false;  ///< stands in --help-all only
};

constexpr std::array kFlags{
    Flag{"--model", "--model", "model.name", true},
    Flag{"--epochs", "--epochs", "train.epochs"},
    Flag{"--steps", "--steps", "train.steps", true},
    Flag{"--max-hours", "--max-hours", "train.max_hours", true},
    Flag{"--batch-size", "--batch-size", "train.batch_size"},
    Flag{"--lr", "--lr", "optim.lr"},
    Flag{"--optimizer", "--optimizer", "optim.algorithm", true},
    Flag{"--precision", "--precision", "train.precision"},
    Flag{"--seed", "--seed", "train.seed"},
    Flag{"--log-every", "--log-every", "train.log_every", true},
    Flag{"--eval-every", "--eval-every", "train.eval_every", true},
    Flag{"--save-every", "--save-every", "train.save_every", true},
    Flag{"--keep", "--keep", "train.keep_last", true},
    Flag{"--stop-target", "--stop-target", "train.stop_target", true},
    Flag{"-j,--threads", "--threads", "data.threads"},
};

}  // namespace

void RecipeFlags::add_to(CLI::App& parser) {
  parser.add_option("recipe", recipe_, "built-in recipe (fovea recipes list) or a YAML file")->required()->type_name("RECIPE");
  parser.add_option("-c,--config", files_, "YAML file with changes to the recipe; may be repeated")->type_name("FILE")->expected(1)->take_all();
  parser.add_option("--set", settings_, "set any key of the recipe; may be repeated")->type_name("KEY=VALUE")->expected(1)->take_all();
  for (const Flag& flag : kFlags) {
    Value& value = values_.emplace_back(Value{.flag = std::string(flag.flag), .key = std::string(flag.key)});
    const recipe::Key* key = recipe::find_key(flag.key);
    FOVEA_CHECK(key != nullptr, "the flag {} is for a key that does not exist: {}", flag.flag, flag.key);
    value.option = parser.add_option(std::string(flag.names), value.text, fmt::format("{}: {}", key->name, key->field->text))->type_name("VALUE");
    if (flag.is_further) value.option->group(kFurtherOptions);
  }
  deterministic_option_ =
      parser.add_flag("--deterministic,!--no-deterministic", deterministic_, "train.deterministic: the same sums on every run")->group(kFurtherOptions);
}

recipe::Sources RecipeFlags::sources(const Console& console) const {
  recipe::Sources sources{.recipe = recipe_, .files = {files_.begin(), files_.end()}, .overrides = recipe::environment_overrides(console.environment)};
  for (const Value& value : values_) {
    if (value.option->count() > 0) sources.overrides.push_back({.key = value.key, .text = value.text, .origin = value.flag});
  }
  if (deterministic_option_->count() > 0) {
    sources.overrides.push_back({.key = "train.deterministic", .text = deterministic_ ? "true" : "false", .origin = "--deterministic"});
  }
  for (const std::string& setting : settings_) sources.overrides.push_back(recipe::parse_setting(setting));
  return sources;
}

recipe::Recipe RecipeFlags::load(const Console& console) const { return recipe::load_recipe(sources(console)); }

}  // namespace fovea::cli
