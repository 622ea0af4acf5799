#include "fovea/train/skip_log.h"

namespace fovea::train {

int64_t SkipLog::note(const Position& position, const std::vector<data::Skipped>& skipped) {
  std::string list;
  int64_t fresh = 0;
  for (const data::Skipped& s : skipped) {
    if (!noted_.insert(s.message).second) continue;
    ++fresh;
    list += fmt::format("step {} sample {}: {}\n", position.step, s.sample, s.message);
    log_.warning("skipped: {}", s.message);
    run_log_.event(position, RunEvent::kSkip, s.message);
  }
  if (list.empty()) return fresh;
  try {
    folder_.append("skipped.txt", list);
  } catch (const Error& error) {  // a full disk does not stop training
    log_.warning("skipped.txt could not be written: {}", error.what());
  }
  return fresh;
}

}  // namespace fovea::train
