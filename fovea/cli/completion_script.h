// The text of completion.bash, as it is installed.
#pragma once

#include <string_view>

namespace fovea::cli {

extern const std::string_view kBashCompletion;

}  // namespace fovea::cli
