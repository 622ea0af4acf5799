#include "fovea/cli/eval_follow.h"

#include "fovea/base/shell.h"
#include "fovea/base/strings.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/near_zero.h"
#include "fovea/train/run_folder.h"
#include "fovea/train/signals.h"

#include <chrono>
#include <set>
#include <thread>

namespace fovea::cli {

namespace {

using Clock = std::chrono::steady_clock;

class Follower {
 public:
  Follower(const EvalArguments& wanted, Console& console)
      : wanted_(wanted), console_(console), options_(wanted.model_options()), scorer_(wanted, console, [this] { return signals_.requested(); }) {}

  int run() {
    while (true) {
      // The status first: what a run saved before it ended is then seen by the look that follows.
      const std::optional<train::RunStatus> status = current_status();
      if (!score_new_ones()) return interrupted();
      if (is_over(status)) return finished(fmt::format("the run is {}: {}", train::kRunStateNames[static_cast<size_t>(status->state)], status->message));
      if (is_time_up()) return finished(fmt::format("{:g} h are over", *wanted_.stop_hours));
      say_waiting(status);
      if (!wait()) return finished(fmt::format("stopped by {}", signals_.name()));
    }
  }

 private:
  /// A status that cannot be read counts as none while a process works in the run, which will write another.
  [[nodiscard]] std::optional<train::RunStatus> current_status() const {
    try {
      return train::read_status(wanted_.path);
    } catch (const Error& error) {
      if (train::is_running(wanted_.path)) return std::nullopt;
      fail(error.code(), Advice{fmt::format("fovea eval {} --all, or the command of the training again", shell_quoted(wanted_.path))},
           "whether more checkpoints will come is not known, no process works in the run: {}", error.what());
    }
  }

  [[nodiscard]] static bool is_over(const std::optional<train::RunStatus>& status) {
    if (!status) return false;
    // a preempted one is queued again
    return status->state == train::RunState::kDone || status->state == train::RunState::kFailed || status->state == train::RunState::kDiverged;
  }

  [[nodiscard]] bool is_time_up() const {
    return wanted_.stop_hours && std::chrono::duration<double>(Clock::now() - begun_).count() > *wanted_.stop_hours * 3600;
  }

  /// Where the results of a checkpoint of this step stand or will stand; nothing when they are only printed.
  [[nodiscard]] std::optional<fs::path> details_of(int64_t step, const train::TrainOptions& options) const {
    if (!wanted_.out.empty()) return fs::path(wanted_.out) / train::checkpoint_name(step);
    return scorer_.own_details(wanted_.path, step, options);
  }

  /// false when a signal left some without a score
  bool score_new_ones() {
    for (const fs::path& folder : train::checkpoint_folders(wanted_.path)) {
      if (seen_.contains(folder.filename())) continue;
      if (signals_.requested()) return false;
      if (!score(folder)) return false;
      seen_.insert(folder.filename());
    }
    return true;
  }

  bool score(const fs::path& folder) {
    const std::string name = folder.filename().string();
    std::optional<apply::TrainedModel> trained;
    try {
      const train::Checkpoint checkpoint = train::load_checkpoint(folder);
      trained = apply::load_trained(checkpoint, options_);
    } catch (const Error& error) {
      if (!fs::exists(folder)) {
        note("{} was removed before its turn", name);
        return true;
      }
      if (error.code() != ErrorCode::kData) throw;
      console_.err << fmt::format("warning: {}\n", error.what()) << std::flush;
      code_ = static_cast<int>(ErrorCode::kData);
      return true;
    }
    const std::optional<fs::path> details = details_of(trained->step, trained->recipe.train);
    if (details && fs::exists(*details / "metrics.json")) {
      note("{} has its results already: {}", name, details->string());
      return true;
    }
    const std::optional<Scored> scored = scorer_.score(std::move(*trained), details);
    if (!scored) return false;
    if (wanted_.as_json) {
      console_.print("{}\n", io::json_text(scored->json));  // one line each: a stream that others can read
    } else {
      console_.print("{}  {} in {}{}\n", name, scores_text(scored->evaluation.scores), format_duration(scored->evaluation.seconds),
                     scored->details ? "   details: " + scored->details->string() : "");
      Log log = console_log(console_);
      train::warn_of_near_zero(scored->evaluation.scores, scored->trained.step, log);
    }
    console_.out << std::flush;
    return true;
  }

  /// Said again only when what is waited for has changed.
  void say_waiting(const std::optional<train::RunStatus>& status) {
    std::string state = train::is_running(wanted_.path) ? "is beginning" : "has not begun";
    if (status && status->state == train::RunState::kPreempted) {
      state = fmt::format("was stopped at step {} of {} and can go on", status->step, status->total_steps);
    } else if (status) {
      state = train::is_running(wanted_.path) ? fmt::format("is training to step {}", status->total_steps)
                                              : fmt::format("says that it is running, but no process of this machine works in it");
    }
    const std::string last = seen_.empty() ? "its first checkpoint" : fmt::format("a checkpoint after {}", seen_.rbegin()->string());
    const std::string text = fmt::format("waiting for {}: {} {} (a look every {:g} s; Ctrl-C ends)", last, wanted_.path, state, wanted_.poll_seconds);
    if (text != said_) note("{}", text);
    said_ = text;
  }

  /// false when a signal came
  [[nodiscard]] bool wait() const {
    using namespace std::chrono_literals;
    const auto until = Clock::now() + std::chrono::duration<double>(wanted_.poll_seconds);
    while (Clock::now() < until) {
      if (signals_.requested()) return false;
      std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(until - Clock::now(), 50ms));  // chosen: nobody notices it
    }
    return !signals_.requested();
  }

  int finished(const std::string& why) {
    note("{}", why);
    return code_;
  }

  int interrupted() {
    note("stopped by {} with checkpoints left to score; the same command makes them up", signals_.name());
    return static_cast<int>(ErrorCode::kInterrupted);
  }

  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    console_.err << clock_time() << ' ' << fmt::format(format, std::forward<Args>(args)...) << '\n' << std::flush;
  }

  const EvalArguments& wanted_;
  Console& console_;
  apply::TrainedModelOptions options_;
  train::StopSignals signals_{"\nending; Ctrl-C again leaves at once\n"};
  CheckpointScorer scorer_;
  std::set<fs::path> seen_;  // names of folders
  std::string said_;
  Clock::time_point begun_ = Clock::now();
  int code_ = 0;
};

}  // namespace

int eval_follow(const EvalArguments& wanted, Console& console) {
  const fs::path run = wanted.path;
  if (!fs::exists(run)) fail(ErrorCode::kMissing, Advice{"begin the training first; its run folder is there at once"}, "there is no \"{}\"", run.string());
  if (!fs::exists(run / "config.yaml") && !fs::exists(run / "status.json") && !fs::is_directory(run / "checkpoints")) {
    fail(ErrorCode::kData, Advice{"name the folder that was given to --run-dir"}, "\"{}\" is no run: it has neither config.yaml nor checkpoints/",
         run.string());
  }
  return Follower(wanted, console).run();
}

}  // namespace fovea::cli
