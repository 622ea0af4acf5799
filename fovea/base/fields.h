// One table per option struct: name, member, text, range. Reading, checking, printing and the documentation of options all come from it.
#pragma once

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// Permitted values of a number, or of each number of a list; both ends included.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// How a type is read and written as an option. Specialise it beside a type of your own: parse gives nothing for what is not of the type.
template <class T>
struct FieldType;

/// One option of a struct, with the struct's type erased.
struct Field {
  std::string name;
  std::string text;  ///< what it means, one line
  std::string kind;  ///< "integer", "number", "true or false", "one of sgd, lars", ...
  Range range;
  std::function<std::string(const void* options)> print;
  /// throws kConfig with a message that begins with what was expected; the caller adds where
  std::function<void(void* options, std::string_view text)> assign;
};

/// The row of a table: field("lr", &Options::lr, "peak learning rate of the global batch", {.min = 0}).
template <class S, class T>
Field field(std::string name, T S::*member, std::string text, Range range = {}) {
  const auto print = [member](const void* options) { return FieldType<T>::print(static_cast<const S*>(options)->*member); };
  const auto assign = [member, range](void* options, std::string_view value) {
    const std::optional<T> parsed = FieldType<T>::parse(value);
    if (!parsed) fail(ErrorCode::kConfig, "expected {}, found \"{}\"", FieldType<T>::kind(), value);
    const auto is_outside = [range](double number) { return number < range.min || number > range.max; };
    if constexpr (requires { FieldType<T>::number(*parsed); }) {
      const std::optional<double> number = FieldType<T>::number(*parsed);
      if (number && is_outside(*number)) fail(ErrorCode::kConfig, "expected a value in [{}, {}], found {}", range.min, range.max, value);
    } else if constexpr (requires { FieldType<typename T::value_type>::number((*parsed)[0]); }) {
      for (const auto& element : *parsed) {
        const std::optional<double> number = FieldType<typename T::value_type>::number(element);
        if (number && is_outside(*number)) fail(ErrorCode::kConfig, "expected values in [{}, {}], found {}", range.min, range.max, *number);
      }
    }
    static_cast<S*>(options)->*member = *parsed;
  };
  return Field{.name = std::move(name), .text = std::move(text), .kind = FieldType<T>::kind(), .range = range, .print = print, .assign = assign};
}

template <>
struct FieldType<bool> {
  static std::string kind() { return "true or false"; }
  static std::string print(bool value) { return value ? "true" : "false"; }
  static std::optional<bool> parse(std::string_view text) {
    // YAML 1.1 spellings are accepted on purpose: people write them
    for (const std::string_view yes : {"true", "yes", "on"}) {
      if (normal_name(text) == yes) return true;
    }
    for (const std::string_view no : {"false", "no", "off"}) {
      if (normal_name(text) == no) return false;
    }
    return std::nullopt;
  }
};

template <>
struct FieldType<int64_t> {
  static std::string kind() { return "integer"; }
  static std::string print(int64_t value) { return fmt::format("{}", value); }
  static std::optional<int64_t> parse(std::string_view text) { return parse_int(text); }
  static std::optional<double> number(int64_t value) { return static_cast<double>(value); }
};

template <>
struct FieldType<double> {
  static std::string kind() { return "number"; }
  static std::string print(double value) { return fmt::format("{}", value); }
  static std::optional<double> parse(std::string_view text) { return parse_double(text); }
  static std::optional<double> number(double value) { return value; }
};

template <>
struct FieldType<std::string> {
  static std::string kind() { return "text"; }
  static std::string print(const std::string& value) { return value; }
  static std::optional<std::string> parse(std::string_view text) { return std::string(text); }
};

/// Unset is written "none".
template <class T>
struct FieldType<std::optional<T>> {
  static std::string kind() { return FieldType<T>::kind() + " or none"; }
  static std::string print(const std::optional<T>& value) { return value ? FieldType<T>::print(*value) : "none"; }
  static std::optional<std::optional<T>> parse(std::string_view text) {
    if (text == "none" || text.empty()) return std::optional<std::optional<T>>(std::in_place, std::nullopt);
    auto value = FieldType<T>::parse(text);
    if (!value) return std::nullopt;
    return std::optional<std::optional<T>>(std::in_place, std::move(value));
  }
  static std::optional<double> number(const std::optional<T>& value) {
    if constexpr (requires { FieldType<T>::number(*value); }) return value ? FieldType<T>::number(*value) : std::nullopt;
    return std::nullopt;
  }
};

/// A list is written "[a, b, c]"; on the command line the brackets may be left out.
template <class T>
struct FieldType<std::vector<T>> {
  static std::string kind() { return "list of " + FieldType<T>::kind(); }
  static std::string print(const std::vector<T>& values) {
    std::vector<std::string> parts;
    for (const T& value : values) parts.push_back(FieldType<T>::print(value));
    return "[" + join(parts, ", ") + "]";
  }
  static std::optional<std::vector<T>> parse(std::string_view text) {
    text = trim(text);
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    std::vector<T> values;
    if (trim(text).empty()) return values;
    for (const std::string& part : split(text, ',')) {
      auto value = FieldType<T>::parse(trim(part));
      if (!value) return std::nullopt;
      values.push_back(*value);
    }
    return values;
  }
};

/// An enumeration is an option when an overload `enum_names(E)` gives its names in the order of its values, from 0.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  enum_names(e).size();
};

template <NamedEnum E>
struct FieldType<E> {
  static std::string kind() {
    std::vector<std::string> names;
    for (const auto& name : enum_names(E{})) names.emplace_back(name);
    return "one of " + join(names, ", ");
  }
  static std::string print(E value) { return std::string(enum_names(value)[static_cast<size_t>(value)]); }
  static std::optional<E> parse(std::string_view text) {
    const auto& names = enum_names(E{});
    for (size_t i = 0; i < names.size(); ++i) {
      if (normal_name(text) == names[i]) return static_cast<E>(i);
    }
    return std::nullopt;
  }
};

}  // namespace fovea
