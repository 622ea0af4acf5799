// One line of metrics.jsonl, read fast: a long run has hundreds of thousands, and the page is written after every evaluation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fovea::report {

/// A JSON object without objects or lists in it. Keys are borrowed from the line.
struct FlatObject {
  struct Number {
    std::string_view key;
    double value = 0;  ///< not a number for null, NaN, Infinity and what does not fit a double; 1 and 0 for true and false
  };
  struct Text {
    std::string_view key;
    std::string value;
  };
  std::vector<Number> numbers;
  std::vector<Text> texts;
};

/// Replaces `object`. False when the line is not a whole flat object (cut off, damaged): then its content is undefined.
bool read_flat_object(std::string_view line, FlatObject& object);

}  // namespace fovea::report
