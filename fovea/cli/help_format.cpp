#include "fovea/cli/help_format.h"

#include "fovea/base/strings.h"
#include "fovea/recipe/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fovea::cli {

namespace {

constexpr size_t kNameColumns = 29;                 // chosen: holds nearly all names, and leaves 50 of 80 columns for the text
constexpr int kMinColumns = 60, kMaxColumns = 120;  // chosen: narrower is no table any more, wider is hard to read

int help_width(int columns) { return std::clamp(columns, kMinColumns, kMaxColumns); }

std::string wrapped(const std::string& text, size_t width, size_t indent) {
  std::string result;
  size_t length = 0;
  for (const std::string& word : split(text, ' ')) {
    if (length > 0 && length + 1 + word.size() > width) {
      result += "\n" + std::string(indent, ' ');
      length = 0;
    }
    if (length > 0) result += ' ';
    result += word;
    length += (length > 0 ? 1 : 0) + word.size();
  }
  return result;
}

// CLI11 puts what a check allows behind the type: "N:INT in [1 - 64]", "PATH:{a,b}".
std::string value_name(const CLI::Option& option, bool is_all) {
  if (option.get_type_size() == 0) return "";
  const std::string type = option.get_type_name();
  return " " + (is_all ? type : type.substr(0, type.find(':')));
}

// "--x,--no-x{false}" as people type it.
std::string flag_names(const CLI::Option& option) {
  std::vector<std::string> names = split(option.get_name(false, true), ',');
  for (std::string& name : names) name = name.substr(0, name.find('{'));
  return join(names, ", ");
}

// Flags of recipe keys carry the key in front: "train.seed: of order, ...".
std::string without_key(const std::string& text) {
  const size_t colon = text.find(": ");
  return colon != std::string::npos && recipe::find_key(text.substr(0, colon)) != nullptr ? text.substr(colon + 2) : text;
}

}  // namespace

std::string wrapped_lines(std::string_view text, int columns) {
  std::vector<std::string> lines = split(text, '\n');
  for (std::string& line : lines) {
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    line = line.substr(0, indent) + wrapped(line.substr(indent), static_cast<size_t>(help_width(columns)) - indent, indent);
  }
  return join(lines, "\n");
}

HelpFormat::HelpFormat() { column_width(kNameColumns); }

void HelpFormat::prepare(int columns, bool is_all, bool has_keys) {
  columns_ = help_width(columns);
  is_all_ = is_all;
  has_keys_ = has_keys;
}

std::string HelpFormat::row(const std::string& name, const std::string& text) const {
  std::string line = "  " + name;
  if (line.size() + 2 > kNameColumns) {
    line += "\n" + std::string(kNameColumns, ' ');
  } else {
    line.resize(kNameColumns, ' ');
  }
  return line + wrapped(text, static_cast<size_t>(columns_) - kNameColumns, kNameColumns) + "\n";
}

std::string HelpFormat::make_description(const CLI::App* app) const { return wrapped(app->get_description(), static_cast<size_t>(columns_), 0) + "\n"; }

std::string HelpFormat::make_group(std::string group, bool is_positional, std::vector<const CLI::Option*> options) const {
  if (group == kFurtherOptions && !is_all_) return "";
  return CLI::Formatter::make_group(std::move(group), is_positional, std::move(options));
}

std::string HelpFormat::make_option(const CLI::Option* option, bool is_positional) const {
  const std::string name = is_positional ? option->get_name(true, false) : flag_names(*option);
  const std::string needed = option->get_required() && !is_positional ? " (required)" : "";
  return row(name + value_name(*option, is_all_), (is_all_ ? option->get_description() : without_key(option->get_description())) + needed);
}

std::string HelpFormat::make_subcommand(const CLI::App* sub) const { return row(sub->get_name(), sub->get_description()); }

std::string HelpFormat::make_footer(const CLI::App* app) const {
  if (is_all_) return "";
  std::vector<std::string> more;
  if (!app->get_subcommands([](const CLI::App*) { return true; }).empty()) more.emplace_back("the arguments of each");
  if (!app->get_options([](const CLI::Option* option) { return option->get_group() == kFurtherOptions; }).empty()) more.emplace_back("more flags");
  if (has_keys_) more.emplace_back("all recipe keys");
  const CLI::App* command = app;
  while (command->get_parent() != nullptr) command = command->get_parent();
  return more.empty() ? "" : fmt::format("{}: {} --help-all\n", join(more, " and "), command->get_name());
}

}  // namespace fovea::cli
