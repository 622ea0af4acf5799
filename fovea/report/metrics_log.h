// metrics.jsonl read back: figures over steps as the run finally went, events as they happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::report {

/// One figure at one step; `value` may be not a number (the loss of a step that went wrong).
struct Sample {
  int64_t step = 0;
  double epoch = 0;
  double seconds = 0;  ///< of all sessions up to it, what was lost included
  double value = 0;
};

struct Event {
  std::string kind;  ///< start, resume, checkpoint, skip, rollback, stop, or end
  std::string text;
  int64_t step = 0;
  double epoch = 0;
  double time = 0;             ///< seconds since 1970
  bool was_undone = false;     ///< the run began again before this step, in a later session or after a rollback
  bool continues_run = false;  ///< a resume by another session; the one that completes a rollback is none
};

struct MetricsLog {
  struct Column {
    std::string tag;              ///< "train/loss"
    std::vector<Sample> samples;  ///< in the order of steps
  };
  std::vector<Column> columns;
  std::vector<Event> events;
  int64_t last_step = 0;
  double last_epoch = 0;
  double last_time = 0;                    ///< seconds since 1970; 0 when no line has a time
  double seconds = 0;                      ///< of all sessions together, what was lost included
  std::optional<double> seconds_per_step;  ///< of the last session
  int64_t damaged_lines = 0;

  /// The samples under `tag`; empty when there are none.
  [[nodiscard]] const std::vector<Sample>& samples(std::string_view tag) const;
};

/// Never throws for what the text holds: lines that are not whole flat objects with a kind and a step are counted and left out.
/// A "resume" event at step s undoes the figures that were written before it for steps after s.
MetricsLog read_metrics(std::string_view text);

}  // namespace fovea::report
