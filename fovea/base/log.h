// Messages of a run: passed in, never global. What the console shows and what the log file keeps are the same lines.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace fovea {

enum class LogLevel { kInfo, kWarning, kError };

/// Thread-safe: one line at a time. Lines go to the sink given (the console, by cli) and, once attached, to a file with a time stamp.
class Log {
 public:
  using Sink = std::function<void(LogLevel, std::string_view line)>;
  Log();
  explicit Log(Sink sink);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Appends every further line to `path`, as "HH:MM:SS text", warnings and errors with their level. throws kCannotCreate
  void attach_file(const std::filesystem::path& path);

  void line(LogLevel level, std::string_view text);

  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    line(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    line(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  struct File;
  std::mutex mutex_;
  Sink sink_;
  std::unique_ptr<File> file_;
};

/// "12:04:31" of now, local time.
std::string clock_time();

}  // namespace fovea
