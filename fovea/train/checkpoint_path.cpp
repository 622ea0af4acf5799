#include "fovea/train/checkpoint_path.h"

#include "fovea/base/error.h"
#include "fovea/base/shell.h"
#include "fovea/io/tf_bundle_path.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/run_folder.h"
#include "fovea/train/score.h"

namespace fovea::train {

namespace {

constexpr std::string_view kNameAFolder = "name the folder that was given to --run-dir, or a folder in its checkpoints/";

[[noreturn]] void no_checkpoint_yet(const fs::path& run) {
  fail(ErrorCode::kMissing, Advice{"wait for the first one, or give the command of the training again"}, "the run \"{}\" has no checkpoint yet", run.string());
}

}  // namespace

bool is_weight_file_name(const fs::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".safetensors" || ending == ".pth" || ending == ".pt" || is_tensorflow_name(path);
}

bool is_tensorflow_name(const fs::path& path) { return path.extension().string().starts_with(".ckpt"); }

bool is_tensorflow_checkpoint(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at does not exist for this purpose
  const bool is_ours = fs::is_directory(path / "checkpoints", ignored) || fs::exists(path / "manifest.json", ignored);
  return !is_ours && io::find_tf_bundle(path);
}

fs::path checkpoint_folder(const fs::path& path, Pick pick, Log& log) {
  std::error_code ignored;  // as above
  if (is_tensorflow_checkpoint(path)) {
    fail(ErrorCode::kData, Advice{fmt::format("fovea checkpoint convert {} FOLDER --recipe RECIPE makes one of fovea of it", shell_quoted(path.string()))},
         "\"{}\" is a checkpoint of TensorFlow", path.string());
  }
  if (!fs::exists(path, ignored)) fail(ErrorCode::kMissing, "there is no \"{}\"", path.string());
  if (!fs::is_directory(path, ignored)) {
    if (fs::is_regular_file(path, ignored)) {
      if (const auto named = pointed_at(path)) return *named;
    }
    const bool can_become_one = is_weight_file_name(path) && !fs::exists(fs::absolute(path).parent_path() / "manifest.json", ignored);
    fail(ErrorCode::kData,
         Advice{can_become_one ? fmt::format("fovea checkpoint convert {} FOLDER makes a checkpoint of it", shell_quoted(path.string()))
                               : std::string(kNameAFolder)},
         "\"{}\" is a file; runs and checkpoints are folders", path.string());
  }
  if (!fs::is_directory(path / "checkpoints", ignored)) {
    const bool looks_like_one = fs::exists(path / "manifest.json", ignored) || fs::exists(path / "state.json", ignored);
    if (looks_like_one) return path;  // whole, or refused by load_checkpoint with the reason
    if (is_run(path)) no_checkpoint_yet(path);
    fail(ErrorCode::kData, Advice{std::string(kNameAFolder)}, "\"{}\" is neither a run (no checkpoints/ in it) nor a checkpoint (no manifest.json)",
         path.string());
  }
  if (pick == Pick::kBest) {
    if (const auto best = best_checkpoint(path)) return *best;
    for (const std::string_view metric : kMetrics) {
      if (fs::exists(path / "checkpoints" / fmt::format("best-{}", metric), ignored)) log.warning("the best checkpoint is not there any more");
    }
  }
  const LatestCheckpoint latest = latest_checkpoint(path);
  for (const DamagedCheckpoint& damaged : latest.damaged) {
    log.warning("{} is damaged and passed over: {}", damaged.folder.string(), damaged.problems.front());
  }
  if (latest.folder) return *latest.folder;
  if (latest.damaged.empty()) no_checkpoint_yet(path);
  fail(ErrorCode::kData, Advice{fmt::format("fovea checkpoint verify {}", path.string())}, "every checkpoint of \"{}\" is damaged", path.string());
}

Checkpoint load_checkpoint(const fs::path& path, Pick pick, Log& log) {
  const fs::path folder = checkpoint_folder(path, pick, log);
  try {
    return load_checkpoint(folder);
  } catch (const Error& error) {
    const bool is_best = pick == Pick::kBest && best_checkpoint(path) == folder;  // the newest one is known to be whole
    if (error.code() != ErrorCode::kData || !is_best) throw;
    throw Error(error.code(), error.what(), fmt::format("--latest, or {} as the path: the newest checkpoint", (path / "checkpoints" / "latest").string()));
  }
}

}  // namespace fovea::train
