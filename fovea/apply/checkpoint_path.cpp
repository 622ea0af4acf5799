#include "fovea/apply/checkpoint_path.h"

#include "fovea/base/error.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/run_folder.h"
#include "fovea/train/score.h"

namespace fovea::apply {

namespace {

[[noreturn]] void no_checkpoint_yet(const fs::path& run) {
  fail(ErrorCode::kMissing, Advice{"wait for the first one, or give the command of the training again"}, "the run \"{}\" has no checkpoint yet", run.string());
}

}  // namespace

fs::path checkpoint_folder(const fs::path& path, Pick pick, Log& log) {
  std::error_code ignored;  // what cannot be looked at does not exist for this purpose
  if (!fs::exists(path, ignored)) fail(ErrorCode::kMissing, "there is no \"{}\"", path.string());
  if (!fs::is_directory(path, ignored)) {
    if (fs::is_regular_file(path, ignored)) {
      if (const auto named = train::pointed_at(path)) return *named;
    }
    fail(ErrorCode::kData, Advice{"name the folder that was given to --run-dir, or a folder in its checkpoints/"},
         "\"{}\" is a file; runs and checkpoints are folders", path.string());
  }
  if (!fs::is_directory(path / "checkpoints", ignored)) {
    const bool looks_like_one = fs::exists(path / "manifest.json", ignored) || fs::exists(path / "state.json", ignored);
    if (looks_like_one) return path;  // whole, or refused by load_checkpoint with the reason
    if (train::is_run(path)) no_checkpoint_yet(path);
    fail(ErrorCode::kData, Advice{"name the folder that was given to --run-dir, or a folder in its checkpoints/"},
         "\"{}\" is neither a run (no checkpoints/ in it) nor a checkpoint (no manifest.json)", path.string());
  }
  if (pick == Pick::kBest) {
    if (const auto best = train::best_checkpoint(path)) return *best;
    for (const std::string_view metric : train::kMetrics) {
      if (fs::exists(path / "checkpoints" / fmt::format("best-{}", metric), ignored)) log.warning("the best checkpoint is not there any more");
    }
  }
  const train::LatestCheckpoint latest = train::latest_checkpoint(path);
  for (const train::DamagedCheckpoint& damaged : latest.damaged) {
    log.warning("{} is damaged and passed over: {}", damaged.folder.string(), damaged.problems.front());
  }
  if (latest.folder) return *latest.folder;
  if (latest.damaged.empty()) no_checkpoint_yet(path);
  fail(ErrorCode::kData, Advice{fmt::format("fovea checkpoint verify {}", path.string())}, "every checkpoint of \"{}\" is damaged", path.string());
}

}  // namespace fovea::apply
