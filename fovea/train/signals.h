// Requests to stop from outside: Ctrl-C, a scheduler's SIGTERM or SIGUSR1.
#pragma once

#include <string_view>

namespace fovea::train {

/// While one exists, SIGTERM, SIGINT and SIGUSR1 are remembered instead of ending the process, and SIGPIPE and SIGXFSZ are ignored (writing
/// then fails with an error). A second SIGINT leaves at once with status 130, after one line on standard error: the one place below cli that
/// may, because nothing else can answer it. The destructor restores what was there before. One at a time in a process.
class StopSignals {
 public:
  /// on_interrupt  written to standard error at the first SIGINT, from the handler; a literal
  explicit StopSignals(const char* on_interrupt = "\nstopping after this step, then saving; Ctrl-C again leaves at once and saves nothing\n");
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Safe to ask from any thread, costs nothing.
  [[nodiscard]] bool requested() const;

  /// "SIGTERM", "SIGINT", "SIGUSR1": the first that came; empty before.
  [[nodiscard]] std::string_view name() const;
};

}  // namespace fovea::train
