// The profile of a few steps: a trace for a viewer and a summary that needs none, in RUN/profile/steps-A-B.
#pragma once

#include "fovea/base/file.h"
#include "fovea/base/log.h"
#include "fovea/base/trace.h"
#include "fovea/train/profile_summary.h"
#include "fovea/train/trace_file.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace fovea::train {

/// Steps as the log counts them, from 1; both ends belong to it (spec 2.10, `profile_steps=a,b`).
struct ProfileWindow {
  int64_t first = 1, last = 1;
};

/// "50,53". throws kUsage for anything else, and when the first comes after the last
ProfileWindow profile_window(std::string_view text);

/// throws kUsage when the run ends before the window does
void check_profile_window(const ProfileWindow& window, int64_t total_steps);

class Profile {
 public:
  /// steps_done  where the run goes on: says so when (part of) the window lies behind it
  Profile(const ProfileWindow& window, const ProfileFacts& facts, fs::path run_dir, int64_t steps_done, Log& log);

  /// Records between step_begins(first) and step_begins(last + 1) or end().
  [[nodiscard]] Trace& trace() { return trace_; }

  /// Step `step` begins, which ends the recording unless it is the next one of the window: after a rollback no step is recorded twice; all that the one before
  /// brought with it, evaluating and saving too, is over.
  void step_begins(int64_t step);
  /// There will be no further step. Writes what there is of a window that was cut short, and says so when there is nothing.
  void end();

 private:
  void end_step();
  void write();

  const ProfileWindow window_;
  const ProfileFacts facts_;
  const fs::path folder_;
  Log& log_;
  Trace trace_;
  TraceFile file_;
  ProfileTotals totals_;
  int64_t step_ = 0;  // that is being recorded; 0: none
  int64_t first_recorded_ = 0, last_recorded_ = 0;
  int64_t lost_ = 0;  // spans that there was no room for
  Trace::Clock::time_point step_began_;
  bool is_over_ = false;
};

}  // namespace fovea::train
