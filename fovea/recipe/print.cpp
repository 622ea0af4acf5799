#include "fovea/recipe/print.h"

#include "fovea/recipe/keys.h"

namespace fovea::recipe {

namespace {

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += fmt::format("\\{}", c);
    } else if (c == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + "\"";
}

// Plain where every YAML reader takes it for the same text, else in quotes.
std::string yaml_scalar(std::string_view text) {
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
  const bool is_plain = !text.empty() && text.find_first_not_of(kSafe) == std::string_view::npos && !text.starts_with("-") && normal_name(text) != "null";
  const bool is_number = parse_double(text).has_value();
  return is_plain || is_number ? std::string(text) : in_quotes(text);
}

std::string yaml_value(const Key& key, const std::string& text) {
  if (!key.field->kind.starts_with("list")) return yaml_scalar(text);
  const std::string_view inside = std::string_view(text).substr(1, text.size() - 2);
  if (inside.empty()) return "[]";
  std::vector<std::string> parts;
  for (const std::string& part : split(inside, ',')) parts.push_back(yaml_scalar(trim(part)));
  return fmt::format("[{}]", join(parts, ", "));
}

}  // namespace

std::string effective_yaml(const Recipe& recipe, Comments comments) {
  std::string result = fmt::format("name: {}\n", yaml_scalar(recipe.name));
  if (!recipe.description.empty()) result += fmt::format("description: {}\n", in_quotes(recipe.description));
  std::string section;
  for (const Key& key : keys()) {
    if (key.section != section) result += fmt::format("\n{}:\n", key.section);
    section = key.section;
    const std::string row = fmt::format("  {}: {}", key.field->name, yaml_value(key, value_text(recipe, key)));
    if (comments == Comments::kOrigin) {
      const auto origin = recipe.origins.find(key.name);
      result += fmt::format("{:<44}  # {}\n", row, origin == recipe.origins.end() ? "default" : origin->second);
    } else {
      result += fmt::format("  # {} ({}; default {})\n{}\n", key.field->text, type_text(*key.field), yaml_value(key, default_text(key)), row);
    }
  }
  return result;
}

}  // namespace fovea::recipe
