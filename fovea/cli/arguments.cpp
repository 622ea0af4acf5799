#include "fovea/cli/arguments.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/cli/complete.h"
#include "fovea/cli/help_format.h"
#include "fovea/recipe/keys.h"

#include <CLI/Error.hpp>

#include <algorithm>

namespace fovea::cli {

namespace {

// The subcommand that was given, else the parser itself.
CLI::App& innermost(CLI::App& parser) {
  const std::vector<CLI::App*> given = parser.get_subcommands();
  return given.empty() ? parser : *given.front();
}

std::string full_name(const CLI::App& parser) {
  const CLI::App* parent = parser.get_parent();
  return parent == nullptr ? parser.get_name() : full_name(*parent) + " " + parser.get_name();
}

std::vector<std::string> flag_names(const CLI::App& parser) {
  std::vector<std::string> names;
  for (const CLI::Option* option : parser.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(fmt::format("--{}", name));
    for (const std::string& name : option->get_snames()) names.push_back(fmt::format("-{}", name));
  }
  return names;
}

std::vector<std::string> subcommand_names(CLI::App& parser) {
  std::vector<std::string> names;
  for (const CLI::App* sub : parser.get_subcommands([](CLI::App* each) { return !each->get_group().empty(); })) names.push_back(sub->get_name());
  return names;
}

[[noreturn]] void refuse(CLI::App& parser, const std::string& argument) {
  const Advice advice{full_name(parser) + " --help"};
  if (argument.starts_with("-") && argument.size() > 1) {
    const std::string flag = argument.substr(0, argument.find('='));
    const std::vector<std::string> known = flag_names(parser);
    // a key of a recipe that is no flag of its own: its spelling as a setting
    const recipe::Key* key = recipe::find_key(std::string_view(flag).substr(std::min(flag.find_first_not_of('-'), flag.size())));
    const bool takes_settings = std::ranges::find(known, "--set") != known.end();
    if (key != nullptr && takes_settings) fail(ErrorCode::kUsage, Advice{fmt::format("--set {}=VALUE", key->name)}, "the flag {} is not known", flag);
    fail(ErrorCode::kUsage, advice, "the flag {} is not known{}", flag, suggestion(flag, known));
  }
  const std::vector<std::string> known = subcommand_names(parser);
  if (!known.empty()) fail(ErrorCode::kUsage, advice, "{} has no \"{}\"{}", full_name(parser), argument, suggestion(argument, known));
  fail(ErrorCode::kUsage, advice, "the argument \"{}\" is one too many", argument);
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  while (text.ends_with('.') || text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

std::unique_ptr<CLI::App> make_parser(const std::string& name, const std::string& text) {
  auto parser = std::make_unique<CLI::App>(text, "fovea " + name);
  parser->set_help_flag("-h,--help", "this help");
  parser->set_help_all_flag("--help-all", "all of it, with the ranges of values");
  parser->formatter(std::make_shared<HelpFormat>());
  parser->require_subcommand(0, 1);
  return parser;
}

bool parse(CLI::App& parser, const Arguments& arguments, Console& console, HelpAll help_all) {
  if (console.completing) {
    for (const std::string& word : completions(parser, arguments, *console.completing)) console.print("{}\n", word);
    return false;
  }
  const auto help_as = [&](bool is_all) {
    const auto format = std::dynamic_pointer_cast<HelpFormat>(parser.get_formatter());
    FOVEA_CHECK(format != nullptr, "the parser is not one of make_parser");
    format->prepare(console.columns, is_all, help_all == HelpAll::kArgumentsAndKeys);  // subcommands share it
  };
  parser.allow_extras();
  for (CLI::App* sub : parser.get_subcommands([](CLI::App*) { return true; })) sub->allow_extras();
  try {
    parser.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::CallForAllHelp&) {
    help_as(true);
    console.out << parser.help("", CLI::AppFormatMode::All);
    if (help_all == HelpAll::kArgumentsAndKeys) console.out << '\n' << key_reference();
    return false;
  } catch (const CLI::CallForHelp&) {
    CLI::App& asked = innermost(parser);
    help_as(false);
    console.out << asked.help(&asked == &parser ? "" : parser.get_name());
    return false;
  } catch (const CLI::ParseError& error) {
    CLI::App& asked = innermost(parser);
    // A misspelt flag is the likelier cause of something missing.
    if (const std::vector<std::string> extras = asked.remaining(); !extras.empty() && extras.front().starts_with("-")) refuse(asked, extras.front());
    const std::string message = lower_first(error.what());
    const bool lacks_recipe = message.starts_with("recipe is required");  // the help says that one is needed, not which there are
    fail(ErrorCode::kUsage, Advice{lacks_recipe ? std::string("fovea recipes list") : full_name(asked) + " --help"}, "{}: {}", full_name(asked), message);
  }
  if (const std::vector<std::string> extras = parser.remaining(); !extras.empty()) refuse(parser, extras.front());
  CLI::App& inner = innermost(parser);
  if (const std::vector<std::string> extras = inner.remaining(); !extras.empty()) refuse(inner, extras.front());
  return true;
}

std::string key_reference() {
  std::string result = "Keys of a recipe (--set KEY=VALUE, or in YAML, or FOVEA_SECTION_NAME in the environment):\n";
  for (const recipe::Key& key : recipe::keys()) {
    const std::string text = recipe::default_text(key);
    result += fmt::format("  {:<30} {} [{}]{}\n", key.name, key.field->text, recipe::type_text(*key.field),
                          text.empty() ? std::string() : fmt::format(" default {}", text));
  }
  return result;
}

}  // namespace fovea::cli
