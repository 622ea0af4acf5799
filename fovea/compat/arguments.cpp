#include "fovea/compat/arguments.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <algorithm>

namespace fovea::compat {

namespace {

bool is_among(std::string_view value, std::string_view choices) {
  return std::ranges::any_of(split(choices, '|'), [&](const std::string& choice) { return choice == value; });
}

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string lower = normal_name(text);
  if (is_among(lower, "true|t|1|yes|y")) return true;
  if (is_among(lower, "false|f|0|no|n")) return false;
  return std::nullopt;
}

std::string_view expected(const Flag& flag) {
  switch (flag.kind) {
    case Kind::kSwitch: return "no value";
    case Kind::kBoolean: return "True or False";
    case Kind::kWorkers: return "True, False or a number of workers";
    case Kind::kInteger: return "an integer";
    case Kind::kNumber: return "a number";
    case Kind::kText: break;
  }
  return "a value";
}

// The value in one form: "1" and "True" of a boolean are "true".
std::string checked_value(const std::string& place, const Flag& flag, const std::string& value) {
  const auto wrong = [&] { fail(ErrorCode::kUsage, "{}: expected {}, found \"{}\"", place, expected(flag), value); };
  if (!flag.choices.empty() && !is_among(value, flag.choices)) {
    fail(ErrorCode::kUsage, "{}: expected one of {}, found \"{}\"", place, join(split(flag.choices, '|'), ", "), value);
  }
  switch (flag.kind) {
    case Kind::kSwitch: wrong(); break;
    case Kind::kWorkers:
      if (parse_int(value).value_or(0) > 1) return value;
      [[fallthrough]];
    case Kind::kBoolean: {
      const std::optional<bool> is_on = parse_boolean(value);
      if (!is_on) wrong();
      return *is_on ? "true" : "false";
    }
    case Kind::kInteger:
      if (!parse_int(value)) wrong();
      break;
    case Kind::kNumber:
      if (!parse_double(value)) wrong();
      break;
    case Kind::kText: break;
  }
  return value;
}

// Takes one value by the fate of its flag.
void take(const std::string& place, const Program& program, const Flag& flag, const std::string& value, Given& given, std::vector<std::string>& notes) {
  const bool asks_for_nothing = value == flag.standard || (!flag.harmless.empty() && is_among(value, flag.harmless));
  if (flag.fate == Fate::kRefused && !asks_for_nothing) {
    fail(ErrorCode::kUsage, Advice{"leave it out; docs/migrating.md has what becomes of every flag"}, "{}={}: {}", place, value, flag.text);
  }
  // the programs' flags are often all written out, with their defaults; a launcher's are typed because they are meant
  if (flag.fate == Fate::kNoted && (value != flag.standard || program.style == Style::kShell)) notes.push_back(fmt::format("{}: {}", place, flag.text));
  given.set(flag.name, value);
}

struct Found {
  const Flag* flag = nullptr;
  bool is_negated = false;  // absl's --noflag
};

Found find_flag(const Program& program, std::string_view name) {
  const auto lookup = [&](std::string_view wanted) -> const Flag* {
    for (const Flag& flag : program.flags) {
      if (wanted.empty()) break;  // flags without a short name have an empty one
      if (wanted == flag.short_name || normal_name(wanted) == normal_name(flag.name)) return &flag;
    }
    return nullptr;
  };
  if (const Flag* flag = lookup(name)) return {flag};
  if (program.style == Style::kAbsl && name.starts_with("no")) {
    const Flag* flag = lookup(name.substr(2));
    if (flag != nullptr && (flag->kind == Kind::kBoolean || flag->kind == Kind::kWorkers)) return {flag, true};
  }
  return {};
}

Advice help_of(const Program& program) { return Advice{fmt::format("fovea compat {} --help", program.file)}; }

}  // namespace

std::optional<std::string> Given::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<int64_t> Given::integer(std::string_view name) const {
  const std::optional<std::string> value = text(name);
  return value ? parse_int(*value) : std::nullopt;
}

std::optional<double> Given::number(std::string_view name) const {
  const std::optional<std::string> value = text(name);
  return value ? parse_double(*value) : std::nullopt;
}

std::vector<std::string> spellings(const Program& program) {
  std::vector<std::string> result;
  for (const Flag& flag : program.flags) {
    result.push_back(fmt::format("--{}", flag.name));
    if (!flag.short_name.empty()) result.push_back(fmt::format("-{}", flag.short_name));
  }
  return result;
}

std::string spelling(const Program& program, std::string_view name) {
  const bool is_variable = std::ranges::find(program.variables, name, &Flag::name) != program.variables.end();
  return fmt::format("{}{}", is_variable ? "" : "--", name);
}

Given read_arguments(const Program& program, const std::vector<std::string>& arguments, std::vector<std::string>& notes) {
  Given given;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with('-') || argument.find_first_not_of('-') == std::string::npos) {
      fail(ErrorCode::kUsage, help_of(program), "{}: the argument \"{}\" is one too many{}", program.file, argument,
           program.style == Style::kEnvironment ? "; it reads the environment" : "; a value of a switch is written --flag=VALUE");
    }
    const std::string_view body = std::string_view(argument).substr(argument.starts_with("--") ? 2 : 1);
    const size_t equals = body.find('=');
    const Found found = find_flag(program, body.substr(0, equals));
    if (found.flag == nullptr) {
      const std::string typed = argument.substr(0, argument.find('='));
      fail(ErrorCode::kUsage, help_of(program), "{}: the flag {} is not known{}", program.file, typed, suggestion(typed, spellings(program)));
    }
    const Flag& flag = *found.flag;
    const std::string place = spelling(program, flag.name);
    const bool stands_alone = flag.kind == Kind::kSwitch || flag.kind == Kind::kBoolean || flag.kind == Kind::kWorkers;
    std::string value;
    if (found.is_negated || (stands_alone && equals == std::string_view::npos)) {
      if (equals != std::string_view::npos) fail(ErrorCode::kUsage, help_of(program), "{}: {} takes no value", program.file, argument);
      value = found.is_negated ? "false" : "true";
    } else if (equals != std::string_view::npos) {
      value = checked_value(place, flag, std::string(body.substr(equals + 1)));
    } else {
      if (i + 1 == arguments.size()) fail(ErrorCode::kUsage, help_of(program), "{}: {} needs a value", program.file, argument);
      value = checked_value(place, flag, arguments[++i]);
    }
    take(place, program, flag, value, given, notes);
  }
  return given;
}

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::optional<std::string> variable(const std::vector<std::string>& environment, std::string_view name) {
  std::optional<std::string> result;
  for (const std::string& line : environment) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=') result = line.substr(name.size() + 1);
  }
  return result && result->empty() ? std::nullopt : result;
}

void read_variables(const Program& program, const std::vector<std::string>& environment, Given& given, std::vector<std::string>& notes) {
  for (const Flag& flag : program.variables) {
    const std::optional<std::string> value = variable(environment, flag.name);
    if (value) take(std::string(flag.name), program, flag, checked_value(std::string(flag.name), flag, *value), given, notes);
  }
}

}  // namespace fovea::compat
