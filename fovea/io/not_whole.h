// What is said of a file of weights that was cut short or changed, whatever its format.
#pragma once

#include "fovea/base/error.h"
#include "fovea/base/file.h"
#include "fovea/base/strings.h"

#include <string_view>

namespace fovea::io {

inline constexpr std::string_view kGetItAnew = "copy or download the file again, or save it again where it was made";

/// Throws kData. what: "zip archive"   problem: may hold names out of the file; it becomes one line of bounded length
[[noreturn]] inline void not_whole(const fs::path& path, std::string_view what, std::string_view problem) {
  constexpr size_t kShown = 400;  // chosen: a sentence with two long names
  fail(ErrorCode::kData, Advice{std::string(kGetItAnew)}, "\"{}\" is not a whole {}: {}", path.string(), what, one_line(problem, kShown));
}

}  // namespace fovea::io
