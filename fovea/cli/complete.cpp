#include "fovea/cli/complete.h"

#include "fovea/base/strings.h"
#include "fovea/compat/program.h"
#include "fovea/model/model.h"
#include "fovea/recipe/builtin.h"
#include "fovea/recipe/keys.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fovea::cli {

namespace {

using Words = std::vector<std::string>;

/// "one of same, symmetric" and "true or false" as words; empty for kinds that have no list.
Words choices(const recipe::Key& key) {
  std::string_view kind = key.field->kind;
  constexpr std::string_view list = "one of ", or_none = " or none";
  if (kind == FieldType<bool>::kind()) return {"true", "false"};
  if (!kind.starts_with(list)) return {};
  Words words;
  if (kind.ends_with(or_none)) {
    kind.remove_suffix(or_none.size());
    words.emplace_back("none");
  }
  for (const std::string& word : split(kind.substr(list.size()), ',')) words.emplace_back(trim(word));
  return words;
}

/// The names of networks stand behind a key of text.
Words values_of(const recipe::Key& key) { return key.name == "model.name" ? model::model_names() : choices(key); }

Words key_names() {
  Words names;
  for (const recipe::Key& key : recipe::keys()) names.push_back(key.name);
  return names;
}

/// "optim.lr=" as long as the key is typed, then its values behind it.
Words settings(std::string_view word) {
  const size_t equals = word.find('=');
  Words words;
  if (equals == std::string_view::npos) {
    for (const std::string& name : key_names()) words.push_back(name + "=");
    return words;
  }
  const recipe::Key* key = recipe::find_key(word.substr(0, equals));
  if (key == nullptr) return {};
  for (const std::string& value : values_of(*key)) words.push_back(fmt::format("{}{}", word.substr(0, equals + 1), value));
  return words;
}

/// What the value of an option is taken from, by the name of its type in the help.
struct Source {
  std::string_view type;
  Words (*words)();
};
constexpr std::array kSources{
    Source{"RECIPE", recipe::builtin_names},
    Source{"MODEL", model::model_names},
    Source{"KEY", key_names},
    Source{"PROGRAM",
           [] {
             Words words;
             for (const compat::Program& program : compat::programs()) words.emplace_back(program.file);
             return words;
           }},
    Source{"DEVICE",
           [] {
             return Words{"cpu", "cuda"};
           }},
    Source{"P", [] { return Words(kPrecisionNames.begin(), kPrecisionNames.end()); }},
};

Words values_of(const CLI::Option& option, std::string_view word) {
  const std::string type = option.get_type_name();  // "DEVICE", or with what its check allows "WHICH:{raw,ema}"
  if (const size_t begin = type.find('{'), end = type.find('}'); begin != std::string::npos && end != std::string::npos) {
    return split(std::string_view(type).substr(begin + 1, end - begin - 1), ',');
  }
  if (type == "KEY=VALUE") return settings(word);
  const std::string& text = option.get_description();  // flags of recipe keys carry the key in front
  if (const recipe::Key* key = recipe::find_key(text.substr(0, text.find(": ")))) return values_of(*key);
  const auto* source = std::find_if(kSources.begin(), kSources.end(), [&](const Source& each) { return each.type == type; });
  return source == kSources.end() ? Words() : source->words();
}

bool takes_value(const CLI::Option& option) { return option.get_type_size() != 0; }

const CLI::Option* find_flag(const CLI::App& app, std::string_view word) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() && option->check_name(std::string(word))) return option;
  }
  return nullptr;
}

/// Where the cursor stands.
struct Place {
  const CLI::App* app = nullptr;              ///< the sub-command's parser, or the command's
  const CLI::Option* awaits_value = nullptr;  ///< the flag right before the cursor
  size_t positionals = 0;                     ///< typed so far
};

Place place_of(const CLI::App& parser, const Arguments& before) {
  Place place{.app = &parser};
  for (const std::string& word : before) {
    if (std::exchange(place.awaits_value, nullptr) != nullptr) continue;  // this is its value
    if (word.size() > 1 && word.starts_with('-')) {
      const CLI::Option* flag = word.find('=') == std::string::npos ? find_flag(*place.app, word) : nullptr;
      if (flag != nullptr && takes_value(*flag)) place.awaits_value = flag;
      continue;
    }
    const std::vector<const CLI::App*> subs = place.app->get_subcommands([&](const CLI::App* each) { return each->get_name() == word; });
    if (!subs.empty()) {
      place.app = subs.front();
    } else {
      ++place.positionals;
    }
  }
  return place;
}

Words flags_of(const CLI::App& app) {
  Words words;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  return words;
}

Words words_at(const Place& place, const std::string& word) {
  Words words;
  for (const CLI::App* sub : place.app->get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); })) words.push_back(sub->get_name());
  std::vector<const CLI::Option*> positionals;
  for (const CLI::Option* option : place.app->get_options()) {
    if (option->get_positional()) positionals.push_back(option);
  }
  if (positionals.empty()) return words;
  const CLI::Option& option = *positionals[std::min(place.positionals, positionals.size() - 1)];  // the last may be repeated
  const bool is_full = place.positionals >= positionals.size() && option.get_expected_max() <= 1;
  if (!is_full) std::ranges::copy(values_of(option, word), std::back_inserter(words));
  return words;
}

}  // namespace

std::vector<std::string> beginning_with(std::string_view word, std::vector<std::string> candidates) {
  std::erase_if(candidates, [word](const std::string& each) { return !each.starts_with(word); });
  return candidates;
}

std::vector<std::string> completions(const CLI::App& parser, const Arguments& before, const std::string& word) {
  const Place place = place_of(parser, before);
  if (place.awaits_value != nullptr) return beginning_with(word, values_of(*place.awaits_value, word));
  if (!word.starts_with('-')) return beginning_with(word, words_at(place, word));
  const size_t equals = word.find('=');
  if (equals == std::string::npos) return beginning_with(word, flags_of(*place.app));
  const CLI::Option* flag = find_flag(*place.app, word.substr(0, equals));
  if (flag == nullptr || !takes_value(*flag)) return {};
  Words words = beginning_with(word.substr(equals + 1), values_of(*flag, word.substr(equals + 1)));
  for (std::string& each : words) each = word.substr(0, equals + 1) + each;
  return words;
}

}  // namespace fovea::cli
