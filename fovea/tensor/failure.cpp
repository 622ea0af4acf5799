#include "fovea/tensor/failure.h"

#include <c10/util/Exception.h>

#include <filesystem>
#include <new>
#include <string_view>

namespace fovea {
namespace {

// LibTorch's allocator of the CPU has no exception type of its own.
bool is_allocation_failure(std::string_view message) {
  return message.find("not enough memory") != std::string_view::npos || message.find("can't allocate memory") != std::string_view::npos ||
         message.find("out of memory") != std::string_view::npos;
}

Error path_error(const std::filesystem::filesystem_error& error) {  // names that are too long, folders that may not be looked into
  const std::string path = error.path1().string();
  return {ErrorCode::kIo, fmt::format("\"{}{}\": {}", path.substr(0, 200), path.size() > 200 ? "..." : "", error.code().message()),
          "check the path and its permissions"};
}

}  // namespace

Error as_error(const std::exception& exception) {
  if (const auto* error = dynamic_cast<const Error*>(&exception)) return *error;
  if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) return {ErrorCode::kMemory, "out of memory"};
  if (const auto* error = dynamic_cast<const std::filesystem::filesystem_error*>(&exception)) return path_error(*error);
  const auto* of_torch = dynamic_cast<const c10::Error*>(&exception);
  const std::string message = of_torch != nullptr ? of_torch->what_without_backtrace() : exception.what();
  return {of_torch != nullptr && is_allocation_failure(message) ? ErrorCode::kMemory : ErrorCode::kUnexpected, message};
}

}  // namespace fovea
