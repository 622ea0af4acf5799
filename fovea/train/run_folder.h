// The folder of a run: whose it is, who works in it, and how the run stands.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/json.h"
#include "fovea/train/score.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

enum class RunState { kRunning, kDone, kPreempted, kDiverged, kFailed };
inline constexpr std::array<std::string_view, 5> kRunStateNames{"running", "done", "preempted", "diverged", "failed"};
constexpr const auto& enum_names(RunState) { return kRunStateNames; }

/// status.json
struct RunStatus {
  RunState state = RunState::kRunning;
  int64_t step = 0;
  int64_t total_steps = 0;
  double epoch = 0;
  int exit_code = 0;
  std::string message;
  int64_t pid = 0;     ///< filled in by RunFolder
  std::string host;    ///< filled in by RunFolder
  double started = 0;  ///< seconds since 1970, of this session; filled in by RunFolder
  double updated = 0;  ///< filled in by RunFolder
  std::string last_checkpoint;
  std::optional<BestScore> best;
};

/// Nothing when there is no status.json. throws kData when it is damaged
std::optional<RunStatus> read_status(const fs::path& run_dir);

/// Does it hold a run of ours: a whole status.json, or a config.yaml that we wrote?
bool is_run(const fs::path& run_dir);

/// Does a process hold the run's lock now? Looks only; disturbs nobody.
bool is_running(const fs::path& run_dir);

/// A run folder claimed by this process until the object is destroyed.
class RunFolder {
 public:
  /// Makes `path`, or takes an empty one (a new run), or an earlier run of our own (to continue it): one with a status.json or config.yaml
  /// that we wrote. Locks it and clears up what a killed session left in checkpoints/.
  /// throws   kCannotCreate when it cannot be made or written, holds something else, or another process works in it (named)
  explicit RunFolder(const fs::path& path);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] bool is_new() const { return is_new_; }

  /// How the session before stood; nothing for a new run, or when status.json is missing or damaged.
  [[nodiscard]] const std::optional<RunStatus>& previous() const { return previous_; }

  /// A sentence when the session before was in state "running" although it runs no more: it was killed.
  [[nodiscard]] std::optional<std::string> killed_note() const;

  /// status.json, atomically. throws kCannotCreate, kIo, as the others do
  void write_status(RunStatus status) const;

  /// config.yaml, with a first line by which a continuing session knows the folder: write it first.
  void write_config(std::string_view yaml) const;

  /// env.json: version, LibTorch, processor, cores, memory limit, host.
  void write_environment(std::string_view fovea_version) const;

  /// Takes a new run back that failed before its first step: removes what was written so far, and the folders that this object made for it.
  void withdraw() const;

  /// Appends one line to command.txt: time and the words of the command, quoted for a shell.
  void append_command(std::span<const std::string> words) const;
  /// Appends to a file of the folder. throws kIo
  void append(std::string_view name, std::string_view text) const;

 private:
  fs::path path_;
  int lock_ = -1;
  bool is_new_ = false;
  std::vector<fs::path> made_;  ///< the folder and those above it that did not exist, innermost first
  double started_ = 0;
  std::optional<RunStatus> previous_;
};

}  // namespace fovea::train
