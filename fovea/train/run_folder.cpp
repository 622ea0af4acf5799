#include "fovea/train/run_folder.h"

#include "fovea/base/error.h"
#include "fovea/base/file_lock.h"
#include "fovea/base/shell.h"
#include "fovea/base/strings.h"
#include "fovea/tensor/tensor.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/machine.h"
#include "fovea/train/memory.h"

#include <fmt/chrono.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <thread>

namespace fovea::train {
namespace {

using io::Json;

constexpr std::string_view kConfigMark = "# The effective recipe of a run of Fovea";
constexpr const char* kLock = ".lock";
constexpr int64_t kMaxStatusBytes = int64_t{1} << 20;   // chosen: a status has less than a thousandth
constexpr int64_t kMaxConfigBytes = int64_t{16} << 20;  // chosen: larger than any recipe

double unix_time() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

// ---- the lock

std::string lock_holder(const fs::path& lock_file) {
  constexpr int64_t kMaxBytes = 1024;
  const std::string text = read_text(lock_file, kMaxBytes);
  return text.empty() ? "another process" : std::string(trim(text));
}

int take_lock(const fs::path& run_dir) {
  const fs::path file = run_dir / kLock;
  const int descriptor = lock_file(file);
  if (descriptor < 0) {
    const int reason = errno;
    if (is_locked(file))
      fail(ErrorCode::kCannotCreate, Advice{"wait for it, stop it, or choose another --run-dir"}, "\"{}\" is in use by {}", run_dir.string(),
           lock_holder(file));
    fail(ErrorCode::kCannotCreate, Advice{"choose a run folder that you may write to"}, "cannot write to the run folder \"{}\": {}", run_dir.string(),
         std::strerror(reason));
  }
  const std::string holder = fmt::format("process {} on {}\n", ::getpid(), host_name());
  // only for the message above: a full disk is no reason not to train
  if (::ftruncate(descriptor, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(descriptor, holder.data(), holder.size(), 0);
  return descriptor;
}

// ---- whose folder it is

bool has_our_config(const fs::path& run_dir) {
  const fs::path config = run_dir / "config.yaml";
  return fs::is_regular_file(config) && read_text(config, kMaxConfigBytes).starts_with(kConfigMark);
}

std::optional<RunStatus> whole_status(const fs::path& run_dir) {
  try {
    return read_status(run_dir);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kData) throw;
    return std::nullopt;
  }
}

/// A session that was killed right after claiming leaves its lock and perhaps temporary files.
bool is_unused(const fs::path& run_dir) {
  return std::all_of(fs::directory_iterator(run_dir), fs::directory_iterator(), [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return name == kLock || name.find(".tmp-") != std::string::npos;
  });
}

enum class Owner { kNobody, kRun, kSomebodyElse };

Owner owner_of(const fs::path& run_dir) {
  if (is_unused(run_dir)) return Owner::kNobody;
  return is_run(run_dir) ? Owner::kRun : Owner::kSomebodyElse;
}

}  // namespace

std::optional<RunStatus> read_status(const fs::path& run_dir) {
  const fs::path path = run_dir / "status.json";
  if (!fs::exists(path)) return std::nullopt;
  const Json json = io::read_json(path, kMaxStatusBytes);
  try {
    const std::string state = json.at("state");
    const auto* name = std::find(kRunStateNames.begin(), kRunStateNames.end(), state);
    if (name == kRunStateNames.end()) fail(ErrorCode::kData, "\"{}\": state \"{}\" is not known", path.string(), state);
    RunStatus status{.state = static_cast<RunState>(name - kRunStateNames.begin()),
                     .step = json.at("step"),
                     .total_steps = json.at("total_steps"),
                     .epoch = json.at("epoch"),
                     .exit_code = json.at("exit_code"),
                     .message = json.at("message"),
                     .pid = json.at("pid"),
                     .host = json.at("host"),
                     .started = json.at("started"),
                     .updated = json.at("updated"),
                     .last_checkpoint = json.at("last_checkpoint")};
    for (const std::string_view metric : kMetrics) {
      if (json.contains("best") && json["best"].contains(metric))
        status.best = BestScore{.metric = std::string(metric), .value = json["best"].at(metric), .step = json["best"].at("step")};
    }
    return status;
  } catch (const Json::exception&) {
    fail(ErrorCode::kData, "\"{}\" is not the status of a run: a field is missing or of the wrong type", path.string());
  }
}

bool is_run(const fs::path& run_dir) { return whole_status(run_dir) || has_our_config(run_dir); }

bool is_running(const fs::path& run_dir) { return is_locked(run_dir / kLock); }

RunFolder::RunFolder(const fs::path& path) : path_(path), started_(unix_time()) {
  if (fs::exists(path) && !fs::is_directory(path)) {
    fail(ErrorCode::kCannotCreate, Advice{"choose another --run-dir"}, "the run folder \"{}\" is a file", path.string());
  }
  made_ = make_directories(path);
  const Owner owner = owner_of(path);  // before the lock: nothing may be written into a folder of somebody else's
  if (owner == Owner::kSomebodyElse) {
    fail(ErrorCode::kCannotCreate, Advice{"choose another --run-dir, or move away what is there"},
         "\"{}\" is not empty and holds no run of Fovea (status.json or config.yaml)", path.string());
  }
  lock_ = take_lock(path);
  try {
    is_new_ = owner_of(path) == Owner::kNobody;
    previous_ = whole_status(path);
    clear_up_checkpoints(path);
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

RunFolder::~RunFolder() { ::close(lock_); }

std::optional<std::string> RunFolder::killed_note() const {
  if (!previous_ || previous_->state != RunState::kRunning) return std::nullopt;
  return fmt::format("the session before (process {} on {}) was killed at step {} or later: its state says running, but it runs no more", previous_->pid,
                     previous_->host, previous_->step);
}

void RunFolder::write_status(RunStatus status) const {
  Json json{{"state", kRunStateNames[static_cast<size_t>(status.state)]},
            {"step", status.step},
            {"total_steps", status.total_steps},
            {"epoch", status.epoch},
            {"exit_code", status.exit_code},
            {"message", status.message},
            {"pid", ::getpid()},
            {"host", host_name()},
            {"started", started_},
            {"updated", unix_time()},
            {"last_checkpoint", status.last_checkpoint}};
  if (status.best) json["best"] = {{status.best->metric, status.best->value}, {"step", status.best->step}};
  write_atomically(path_ / "status.json", io::json_text(json, 1) + "\n");
}

void RunFolder::write_config(std::string_view yaml) const { write_atomically(path_ / "config.yaml", fmt::format("{}\n{}", kConfigMark, yaml)); }

void RunFolder::withdraw() const {
  FOVEA_CHECK(is_new_, "\"{}\" is not a new run", path_.string());
  std::error_code ignored;  // what cannot be removed stays; the failure that led here is the one to report
  for (const char* name : {"config.yaml", "train.log", "index.cache", "index.cache.labels", "index.cache.boxes", "env.json", "command.txt", "plan.txt",
                           "data.json", "init.txt", kLock})
    fs::remove(path_ / name, ignored);
  fs::remove_all(path_ / "samples", ignored);
  for (const fs::path& folder : made_) fs::remove(folder, ignored);  // those that somebody else uses by now are not empty and stay
}

void RunFolder::write_environment(std::string_view fovea_version) const {
  const MemoryLimit limit = memory_limit();
  const Json json{{"fovea", fovea_version},
                  {"tensors", tensor_library_summary()},
                  {"processor", processor().name},
                  {"cores", std::thread::hardware_concurrency()},
                  {"memory_limit_bytes", limit.bytes},
                  {"memory_limit_source", limit.source},
                  {"host", host_name()}};
  write_atomically(path_ / "env.json", io::json_text(json, 1) + "\n");
}

void RunFolder::append_command(std::span<const std::string> words) const {
  std::vector<std::string> parts;
  for (const std::string& word : words) parts.push_back(shell_quoted(word));
  const std::tm now = fmt::localtime(std::time(nullptr));
  append("command.txt", fmt::format("{:%Y-%m-%d %H:%M:%S}  {}\n", now, join(parts, " ")));
}

void RunFolder::append(std::string_view name, std::string_view text) const {
  OutputFile file(path_ / name, OutputFile::Mode::kAppend);
  file.write(text);
  file.finish();
}

}  // namespace fovea::train
