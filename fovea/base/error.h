// The one exception type of the project: what went wrong, where in the input, and what to do next.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace fovea {

/// Category of a failure; the value is the exit code of the program (see docs/quickstart.md, "Exit codes").
enum class ErrorCode {
  kUnexpected = 1,     ///< what nobody foresaw, such as an exception of a library
  kUsage = 2,          ///< wrong command line
  kData = 65,          ///< data damaged or wrong: corrupt record, label out of range
  kMissing = 66,       ///< an input does not exist
  kDevice = 69,        ///< device or driver not usable
  kInternal = 70,      ///< a check of our own failed
  kCannotCreate = 73,  ///< an output cannot be created
  kIo = 74,            ///< reading or writing failed, disk full
  kInterrupted = 75,   ///< stopped by request and saved
  kConfig = 78,        ///< recipe or option wrong
  kDiverged = 80,      ///< loss is not finite
  kMemory = 81,        ///< out of memory
};

/// what() is the message (lower case, no final full stop); `advice` is the next step, or empty.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string advice = {}) : std::runtime_error(message), code_(code), advice_(std::move(advice)) {}

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& advice() const { return advice_; }

 private:
  ErrorCode code_;
  std::string advice_;
};

/// Throws Error with a formatted message: fail(ErrorCode::kData, "{}: record {} ...", path, index).
template <class... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

/// The same with a next step, printed as the line "try: ADVICE".
struct Advice {
  std::string text;
};
template <class... Args>
[[noreturn]] void fail(ErrorCode code, const Advice& advice, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...), advice.text);
}

}  // namespace fovea

/// A programmer's error, never reachable by input: throws Error kInternal naming the place.
#define FOVEA_CHECK(condition, ...)                                                                                                           \
  do {                                                                                                                                        \
    if (!(condition)) {                                                                                                                       \
      ::fovea::fail(::fovea::ErrorCode::kInternal, "{}:{}: check failed: {} ({})", __FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)); \
    }                                                                                                                                         \
  } while (false)
