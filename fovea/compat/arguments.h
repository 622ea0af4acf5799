// The reference's arguments and variables, read by the tables of program.h.
#pragma once

#include "fovea/compat/program.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fovea::compat {

/// The values that were given, by the name of the flag; what is left out is not in it. Booleans are "true" or "false".
class Given {
 public:
  void set(std::string_view name, std::string value) { values_.insert_or_assign(std::string(name), std::move(value)); }

  [[nodiscard]] bool is_on(std::string_view name) const { return text(name) == "true"; }
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<int64_t> integer(std::string_view name) const;
  [[nodiscard]] std::optional<double> number(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Reads a command line by the program's table; the last of several values of a flag counts, as in the reference.
///
/// notes   get a line for each flag that was given and has no meaning here
/// throws  kUsage for unknown flags (with the nearest), values of the wrong kind, refused flags (with the reason), superfluous arguments
Given read_arguments(const Program& program, const std::vector<std::string>& arguments, std::vector<std::string>& notes);

/// The same for the environment variables of the program's table, from lines "NAME=VALUE"; empty ones count as unset.
void read_variables(const Program& program, const std::vector<std::string>& environment, Given& given, std::vector<std::string>& notes);

/// Every flag as it can be typed: "--batch-size", "-b".
std::vector<std::string> spellings(const Program& program);

/// The flag as it is typed: "--batch-size"; a variable as it is.
std::string spelling(const Program& program, std::string_view name);

/// One that the name of an environment variable can have.
bool is_name_char(char c);

/// The value of a variable in lines "NAME=VALUE"; nothing when it is unset or empty.
std::optional<std::string> variable(const std::vector<std::string>& environment, std::string_view name);

}  // namespace fovea::compat
