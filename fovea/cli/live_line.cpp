#include "fovea/cli/live_line.h"

namespace fovea::cli {

LiveLine::LiveLine(Console& console) : console_(console), lines_(console_log(console)) {}

LiveLine::~LiveLine() { clear(); }

void LiveLine::clear() {
  if (!shown_) return;
  console_.err << "\r\x1b[K" << std::flush;
  shown_ = false;
}

Log LiveLine::log() {
  return Log([this](LogLevel level, std::string_view line) {
    const std::scoped_lock lock(mutex_);
    clear();
    const std::string_view name = level == LogLevel::kInfo ? "" : level == LogLevel::kWarning ? "warning: " : "error: ";
    lines_.line(LogLevel::kInfo, fmt::format("{} {}{}", clock_time(), name, line));  // the time first, as in train.log
  });
}

void LiveLine::show(std::string_view line) {
  if (!console_.is_terminal) return;
  const std::scoped_lock lock(mutex_);
  const size_t width = static_cast<size_t>(console_.columns > 1 ? console_.columns - 1 : 1);
  console_.err << "\r\x1b[K" << line.substr(0, width) << std::flush;
  shown_ = true;
}

}  // namespace fovea::cli
