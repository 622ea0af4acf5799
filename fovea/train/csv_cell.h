// A name in the tables that an evaluation leaves behind.
#pragma once

#include <string>
#include <string_view>

namespace fovea::train {

/// In quotes, its own quotes doubled (RFC 4180).
inline std::string csv_cell(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

}  // namespace fovea::train
