// One kind of error out of every exception that can reach the top.
#pragma once

#include "fovea/base/error.h"

#include <exception>

namespace fovea {

/// An Error as it is; kMemory when memory ran out (std::bad_alloc, LibTorch's allocators); kIo for a path that the system refuses; kUnexpected,
/// with the whole message, for everything else.
Error as_error(const std::exception& exception);

}  // namespace fovea
