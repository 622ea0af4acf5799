// Command lines as text.
#pragma once

#include <string>
#include <string_view>

namespace fovea {

/// One argument as a POSIX shell reads it back: quoted only where it must be.
std::string shell_quoted(std::string_view text);

}  // namespace fovea
