#include "fovea/train/checkpoint_store.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/io/json.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/score.h"

#include <algorithm>
#include <functional>
#include <set>
#include <system_error>
#include <utility>

namespace fovea::train {
namespace {

constexpr std::string_view kReplaced = ".replaced-";  // see put_in_place() in checkpoint.cpp

fs::path store_of(const fs::path& run_dir) { return run_dir / "checkpoints"; }

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;  // a folder that is not there has no names in it
  for (const auto& entry : fs::directory_iterator(folder, error)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct Step {
  int64_t step = 0;
  fs::path folder;
};

/// Oldest first, whatever they contain.
std::vector<Step> step_folders(const fs::path& run_dir) {
  std::vector<Step> steps;
  for (const std::string& name : names_in(store_of(run_dir))) {
    if (const std::optional<int64_t> step = step_of_name(name)) steps.push_back({.step = *step, .folder = store_of(run_dir) / name});
  }
  std::ranges::sort(steps, {}, &Step::step);
  return steps;
}

struct Measured {
  std::string metric;
  std::optional<double> score;
};

Measured measured(const fs::path& run_dir, const fs::path& folder, const io::Json& state) {
  const fs::path path = run_dir / "eval" / folder.filename() / "metrics.json";
  try {
    const io::Json metrics = fs::exists(path) ? io::read_json(path) : io::Json::object();
    for (const std::string_view metric : kMetrics) {
      if (metrics.contains(metric)) return {.metric = std::string(metric), .score = metrics.at(metric).get<double>()};
    }
  } catch (const std::exception&) {  // of the evaluation's files, not of the checkpoint: the state may still know
  }
  const io::Json best = state.value("best", io::Json());
  if (best.is_object() && best.at("step") == state.at("step")) return {.metric = best.at("metric"), .score = best.at("value").get<double>()};
  return {};
}

/// Nothing for a folder whose files do not tell.
std::optional<CheckpointInfo> described(const fs::path& run_dir, const Step& step) {
  try {
    const io::Json manifest = io::read_json(step.folder / "manifest.json");
    const io::Json state = io::read_json(step.folder / "state.json");
    CheckpointInfo info{.folder = step.folder,
                        .step = step.step,
                        .images = state.value("images", int64_t{0}),
                        .epoch = state.value("epoch", 0.0),
                        .model = manifest.at("model"),
                        .num_outputs = manifest.at("num_outputs")};
    for (const io::Json& file : manifest.at("files")) {
      const int64_t bytes = file.at("bytes");
      const std::optional<FileStamp> stamp = file_stamp(step.folder / file.at("name").get<std::string>());
      info.has_its_bytes = info.has_its_bytes && stamp && stamp->size == bytes;
      info.bytes += bytes;
    }
    const io::Json recipe = state.value("recipe", io::Json::object());
    if (recipe.value("train.steps", "none") == "none") info.epochs = parse_double(recipe.value("train.epochs", ""));
    const Measured result = measured(run_dir, step.folder, state);
    info.metric = result.metric;
    info.score = result.score;
    return info;
  } catch (const Error&) {
    return std::nullopt;
  } catch (const io::Json::exception&) {
    return std::nullopt;
  }
}

/// The first checkpoint at or after each multiple of `every`, the multiple 0 left out.
std::set<int64_t> milestones(const std::vector<CheckpointInfo>& checkpoints, int64_t every) {
  FOVEA_CHECK(every > 0, "every_steps is {}", every);
  std::set<int64_t> steps;
  int64_t reached = 0;
  for (const CheckpointInfo& checkpoint : checkpoints) {
    if (checkpoint.step / every > reached) steps.insert(checkpoint.step);
    reached = std::max(reached, checkpoint.step / every);
  }
  return steps;
}

std::set<int64_t> kept_steps(const std::vector<CheckpointInfo>& checkpoints, const KeepPolicy& policy) {
  std::set<int64_t> kept;
  if (policy.every_steps) kept = milestones(checkpoints, *policy.every_steps);
  const size_t last = static_cast<size_t>(std::max<int64_t>(1, policy.last));
  for (size_t i = checkpoints.size() - std::min(last, checkpoints.size()); i < checkpoints.size(); ++i) kept.insert(checkpoints[i].step);

  std::vector<CheckpointInfo> by_score;
  for (const CheckpointInfo& checkpoint : checkpoints) {
    if (checkpoint.is_best) kept.insert(checkpoint.step);
    if (checkpoint.score) by_score.push_back(checkpoint);
  }
  // of equal ones the earlier counts, as for the run's best
  std::ranges::stable_sort(by_score, std::greater(), [](const CheckpointInfo& checkpoint) { return *checkpoint.score; });
  for (size_t i = 0; i < by_score.size() && std::cmp_less(i, policy.best); ++i) kept.insert(by_score[i].step);
  return kept;
}

void remove_checkpoint(const fs::path& folder) {
  // under another name first: half a folder must never look like a checkpoint
  const fs::path doomed = folder.parent_path() / (".tmp-remove-" + folder.filename().string());
  std::error_code error;
  fs::rename(folder, doomed, error);
  if (!error) fs::remove_all(doomed, error);
  if (error) fail(ErrorCode::kIo, "cannot remove \"{}\": {}", folder.string(), error.message());
}

}  // namespace

std::optional<fs::path> pointed_at(const fs::path& pointer) {
  constexpr uintmax_t kMaxBytes = 256;  // a name has 13
  std::error_code unknown;
  if (const uintmax_t bytes = fs::file_size(pointer, unknown); unknown || bytes > kMaxBytes) return std::nullopt;
  const std::string name(trim(read_text(pointer, kMaxBytes)));
  const fs::path folder = pointer.parent_path() / name;
  if (!step_of_name(name) || !fs::is_directory(folder)) return std::nullopt;
  return folder;
}

std::vector<CheckpointInfo> list_checkpoints(const fs::path& run_dir) {
  const std::optional<fs::path> best = best_checkpoint(run_dir);
  const std::optional<fs::path> latest = pointed_at(store_of(run_dir) / "latest");
  std::vector<CheckpointInfo> checkpoints;
  for (const Step& step : step_folders(run_dir)) {
    std::optional<CheckpointInfo> info = described(run_dir, step);
    if (!info) continue;
    info->is_best = best == step.folder;
    info->is_latest = latest == step.folder;
    checkpoints.push_back(std::move(*info));
  }
  return checkpoints;
}

std::vector<fs::path> checkpoint_folders(const fs::path& run_dir) {
  std::vector<fs::path> folders;
  for (const Step& step : step_folders(run_dir)) folders.push_back(step.folder);
  return folders;
}

LatestCheckpoint latest_checkpoint(const fs::path& run_dir) {
  LatestCheckpoint latest;
  std::vector<Step> steps = step_folders(run_dir);
  std::ranges::reverse(steps);
  for (const Step& step : steps) {
    std::vector<std::string> problems = verify_checkpoint(step.folder);
    if (problems.empty()) {
      latest.folder = step.folder;
      break;
    }
    latest.damaged.push_back({.folder = step.folder, .problems = std::move(problems)});
  }
  return latest;
}

int64_t clear_up_checkpoints(const fs::path& run_dir) {
  const fs::path store = store_of(run_dir);
  int64_t cleared = 0;
  for (const std::string& name : names_in(store)) {
    std::error_code error;
    const bool is_replaced = name.starts_with(kReplaced);
    const fs::path original = store / name.substr(is_replaced ? kReplaced.size() : 0);
    if (is_replaced && !fs::exists(original)) {
      fs::rename(store / name, original, error);
    } else if (is_replaced || name.find(".tmp-") != std::string::npos) {
      fs::remove_all(store / name, error);
    } else {
      continue;
    }
    if (error) fail(ErrorCode::kIo, "cannot clear up \"{}\": {}", (store / name).string(), error.message());
    ++cleared;
  }
  return cleared;
}

void mark_best(const fs::path& run_dir, int64_t step, std::string_view metric) {
  write_atomically(store_of(run_dir) / fmt::format("best-{}", metric), checkpoint_name(step) + "\n");
}

std::optional<fs::path> best_checkpoint(const fs::path& run_dir) {
  for (const std::string_view metric : kMetrics) {
    if (auto folder = pointed_at(store_of(run_dir) / fmt::format("best-{}", metric))) return folder;
  }
  return std::nullopt;
}

std::vector<fs::path> prune_checkpoints(const fs::path& run_dir, const KeepPolicy& policy) {
  const std::vector<CheckpointInfo> checkpoints = list_checkpoints(run_dir);
  if (checkpoints.empty() || !verify_checkpoint(checkpoints.back().folder).empty()) return {};
  const std::set<int64_t> kept = kept_steps(checkpoints, policy);
  std::vector<fs::path> removed;
  for (const CheckpointInfo& checkpoint : checkpoints) {
    if (kept.contains(checkpoint.step)) continue;
    remove_checkpoint(checkpoint.folder);
    removed.push_back(checkpoint.folder);
  }
  return removed;
}

}  // namespace fovea::train
