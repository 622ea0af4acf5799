// A log with one line below it that is refreshed in place on a terminal; plain lines with the time elsewhere.
#pragma once

#include "fovea/cli/console.h"

#include <mutex>
#include <string>
#include <string_view>

namespace fovea::cli {

class LiveLine {
 public:
  /// console must outlive it
  explicit LiveLine(Console& console);
  ~LiveLine();
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  /// Lines go above the refreshed one, from any thread; "HH:MM:SS " stands before the first line of each message.
  [[nodiscard]] Log log();

  /// Replaces the refreshed line, cut to the terminal's width; does nothing without a terminal.
  void show(std::string_view line);

 private:
  void clear();
  Console& console_;
  Log lines_;
  std::mutex mutex_;  // what the console shows and whether it does
  bool shown_ = false;
};

}  // namespace fovea::cli
