// What the tables share that an evaluation leaves behind, of a classifier or a detector.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fovea::train {

/// A name in quotes, its own quotes doubled (RFC 4180).
inline std::string csv_cell(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

/// One row for each pair of outputs that was counted.
///
/// confusion  [outputs * outputs]: truth, predicted
inline std::string confusion_csv(std::span<const int64_t> confusion, size_t outputs) {
  std::string text = "truth,predicted,count\n";
  for (size_t i = 0; i < confusion.size(); ++i) {
    if (confusion[i] > 0) text += fmt::format("{},{},{}\n", i / outputs, i % outputs, confusion[i]);
  }
  return text;
}

}  // namespace fovea::train
