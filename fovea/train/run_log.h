// The figures of a run: metrics.jsonl and TensorBoard event files. A full disk does not stop training.
#pragma once

#include "fovea/base/log.h"
#include "fovea/io/event_file.h"
#include "fovea/io/json.h"
#include "fovea/train/run_folder.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

/// Where a run stands.
struct Position {
  int64_t step = 0;  ///< optimiser steps done
  int64_t images = 0;
  double epoch = 0;
};

/// A figure under its TensorBoard tag: {"train/loss", 6.9}.
struct Scalar {
  std::string tag;
  double value = 0;
};

/// Names of the figures in event files. metrics.jsonl has ours always.
enum class TagScheme {
  kFovea,
  kTf,  ///< those of the reference's ResNet (spec 2.10) and SSD (3.11), evaluations in a file of their own in RUN/eval, as it has them
};

/// The reference's names of one of our tags ("train/lr": "learning_rate"; AP has two); the tag itself where the reference has no such figure.
std::vector<std::string_view> tf_tags(std::string_view tag);

enum class RunEvent { kStart, kResume, kCheckpoint, kSkip, kRollback, kStop };
inline constexpr std::array<std::string_view, 6> kRunEventNames{"start", "resume", "checkpoint", "skip", "rollback", "stop"};
constexpr const auto& enum_names(RunEvent) { return kRunEventNames; }

/// Appends to RUN/metrics.jsonl, one object and one write per line, and to an event file of this session under the same keys, or those of `tags`.
/// A write that fails is lost, not the run: a warning at the first one, a message with the number lost when writing works again, and at the end of the
/// session a warning with the number of all.
/// What is torn is cut off, so that the file is always whole lines. A value that is not finite is null in metrics.jsonl.
class RunLog {
 public:
  /// log must live longer. Opens at the first line; does not throw for a disk that is full.
  RunLog(const fs::path& run_dir, TagScheme tags, Log& log);

  void train(const Position& at, std::span<const Scalar> values);
  void evaluation(const Position& at, std::span<const Scalar> values);
  /// kResume begins a new session at `at`: readers and TensorBoard drop what was written before for steps beyond at.step.
  /// Going back to a checkpoint is a kRollback (where it went wrong) followed by a kResume (where it goes on).
  void event(const Position& at, RunEvent event, std::string_view text);
  /// The last line of a run.
  void end(const Position& at, RunState state, std::string_view text);
  /// Event file only: a text such as the plan, and a picture (encoded).
  void text(std::string_view tag, std::string_view markdown, int64_t step);
  void image(std::string_view tag, std::span<const std::byte> png, int64_t step);

 private:
  /// The event files of one folder, one for each session; made by the first event.
  struct Events {
    fs::path folder;
    std::optional<io::EventFile> file;
    std::optional<int64_t> session_step;  ///< to be said to TensorBoard before anything else
  };

  void figures(const Position& at, std::string_view kind, std::span<const Scalar> values, Events& events);
  bool line(const Position& at, std::string_view kind, const io::OrderedJson& content);
  /// A warning when anything was lost: the last word of a session.
  void say_lost();
  void to_events(Events& events, const std::function<void(io::EventFile&)>& write);
  /// Runs a write; counts, says and forgives its failure. Gives whether it worked.
  bool forgiving(const std::function<void()>& write);

  fs::path run_dir_;
  TagScheme tags_;
  Log& log_;
  bool is_whole_ = false;  ///< metrics.jsonl is known to end with a whole line
  Events events_, evaluation_events_;
  int64_t lost_ = 0;         ///< entries that could not be written: lines, and what belongs to one line in the event file
  int64_t lost_lately_ = 0;  ///< since the last write that worked
};

}  // namespace fovea::train
