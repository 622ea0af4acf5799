// How a run stands, in words and figures: the first thing on its page and a row of a comparison.
#pragma once

#include "fovea/report/run_data.h"

#include <string>
#include <string_view>

namespace fovea::report {

enum class State { kRunning, kDone, kPreempted, kDiverged, kFailed, kKilled, kSilent, kUnknown };

/// kKilled: the run says that it is running, but no process of this machine works in it. kSilent: it may run elsewhere, but has written nothing for
/// half an hour.
State state_of(const RunData& run, double now);

/// "running", "interrupted", ...: one word for people; also the class of its colour.
std::string_view state_word(State state);

/// One sentence: how it stands, the best result against the promised one, what to do. Not escaped.
std::string verdict(const RunData& run, double now);

/// The step that was reached, and of how many (0: not known).
struct Progress {
  int64_t step = 0, total_steps = 0;
  double epoch = 0;
};
Progress progress_of(const RunData& run);

/// Median of a tag's finite values; not a number when there is none.
double median_of(const RunData& run, std::string_view tag);

}  // namespace fovea::report
