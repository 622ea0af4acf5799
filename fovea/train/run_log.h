// The figures of a run: metrics.jsonl, TensorBoard event files, and the line that people read. A full disk does not stop training.
#pragma once

#include "fovea/base/log.h"
#include "fovea/io/event_file.h"
#include "fovea/io/json.h"
#include "fovea/train/run_folder.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

enum class RunEvent { kStart, kResume, kCheckpoint, kSkip, kRollback, kStop };
inline constexpr std::array<std::string_view, 6> kRunEventNames{"start", "resume", "checkpoint", "skip", "rollback", "stop"};
constexpr const auto& enum_names(RunEvent) { return kRunEventNames; }

/// Appends to RUN/metrics.jsonl, one object and one write per line, and to an event file of this session under the same keys.
/// A write that fails is lost, not the run: a warning at the first one, a message with the number lost when writing works again.
/// What is torn is cut off, so that the file is always whole lines. A value that is not finite is null in metrics.jsonl.
class RunLog {
 public:
  /// log must live longer. Opens at the first line; does not throw for a disk that is full.
  RunLog(const fs::path& run_dir, Log& log);

  void train(const Position& at, std::span<const Scalar> values);
  void evaluation(const Position& at, std::span<const Scalar> values);
  /// kResume begins a new session at `at`: readers and TensorBoard drop what was written before for steps beyond at.step.
  /// Going back to a checkpoint is a kRollback (where it went wrong) followed by a kResume (where it goes on).
  void event(const Position& at, RunEvent event, std::string_view text);
  /// The last line of a run.
  void end(const Position& at, RunState state, std::string_view text);
  /// Event file only: a text such as the plan, and a picture (png: encoded).
  void text(std::string_view tag, std::string_view markdown, int64_t step);
  void image(std::string_view tag, std::string_view png, int width, int height, int64_t step);

  /// Lines and event records that could not be written so far.
  [[nodiscard]] int64_t lost() const { return lost_; }

 private:
  void line(const Position& at, std::string_view kind, const io::OrderedJson& rest);
  template <class Write>
  void to_events(const Write& write);
  void note_failure(const Error& error);
  void note_success();

  fs::path run_dir_;
  Log& log_;
  std::optional<io::EventFile> events_;
  std::optional<int64_t> session_step_;  // to be said before anything else
  int64_t lost_ = 0;
  int64_t lost_since_success_ = 0;
};

/// The progress line of a run that is not watched (user-experience (c)); absent values are left out.
struct Progress {
  int64_t epoch = 0;  ///< the present one, from 1
  int64_t epochs = 0;
  int64_t step = 0;
  int64_t total_steps = 0;
  double loss = 0;
  std::optional<double> top1;  ///< fraction
  double lr = 0;
  double images_per_second = 0;
  double wait_fraction = 0;
  std::optional<int64_t> device_bytes;  ///< with device_limit_bytes; not on the CPU
  std::optional<int64_t> device_limit_bytes;
  int64_t host_bytes = 0;
  double eta_seconds = 0;
};

/// "epoch 3/64 step 2750/58688 loss 4.812 top1 0.1234 lr 2.1e-3 1893 img/s wait 2% mem 31.2/139G host 18.4G eta 7h41m"; G is 2^30 bytes.
std::string progress_line(const Progress& progress);

struct EvaluationSummary {
  int64_t step = 0;
  double top1 = 0;
  double top5 = 0;
  double loss = 0;
  std::optional<double> other_top1;  ///< of the weights that do not count
  std::string_view other_name;       ///< "ema" or "raw"
  int64_t images = 0;
  double seconds = 0;
  int64_t best_step = 0;
};

/// "eval step 7360 top1 0.2312 top5 0.4021 loss 4.021 (ema 0.2351) 5000 images 4.9s best step 7360"
std::string evaluation_line(const EvaluationSummary& summary);

}  // namespace fovea::train
