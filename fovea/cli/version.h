// The version of the program, from the project's CMake file.
#pragma once

#include <string_view>

namespace fovea::cli {

extern const std::string_view kVersion;  ///< "0.1.0"

}  // namespace fovea::cli
