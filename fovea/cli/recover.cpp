#include "fovea/cli/recover.h"

#include "fovea/base/error.h"
#include "fovea/train/checkpoint_store.h"

#include <algorithm>
#include <array>

namespace fovea::cli {

namespace {

constexpr int kMostFailures = 3;  // chosen: in a row and without a newer checkpoint; a cause that lasts shows itself by then

int64_t newest_step(const fs::path& run_dir) {
  const std::vector<train::CheckpointInfo> checkpoints = train::list_checkpoints(run_dir);
  return checkpoints.empty() ? -1 : checkpoints.back().step;
}

}  // namespace

bool repeats_itself(int exit_code) {
  constexpr std::array kLasting{ErrorCode::kUsage,        ErrorCode::kData,   ErrorCode::kMissing, ErrorCode::kDevice,
                                ErrorCode::kCannotCreate, ErrorCode::kConfig, ErrorCode::kDiverged};
  return std::ranges::any_of(kLasting, [&](ErrorCode code) { return static_cast<int>(code) == exit_code; });
}

int run_until_done(const fs::path& run_dir, const std::function<ChildEnd()>& run, Log& log) {
  int failures = 0;
  int64_t step = newest_step(run_dir);
  for (;;) {
    const ChildEnd end = run();
    if (end.code == 0 || end.was_signalled) return end.code;
    if (repeats_itself(end.code)) {
      log.warning("recover: exit code {} would only repeat itself", end.code);
      return end.code;
    }
    const int64_t reached = newest_step(run_dir);
    failures = reached > step ? 1 : failures + 1;
    step = std::max(step, reached);
    const std::string at = step < 0 ? "there is no checkpoint yet" : fmt::format("the newest checkpoint is of step {}", step);
    if (failures == kMostFailures) {
      log.warning("recover: exit code {}, the third failure in a row without a newer checkpoint; {}", end.code, at);
      return end.code;
    }
    log.warning("recover: exit code {}; {}; the same command again", end.code, at);
  }
}

}  // namespace fovea::cli
