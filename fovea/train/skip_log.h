// What was passed over because it is damaged: said once a session, listed in skipped.txt.
#pragma once

#include "fovea/data/loader.h"
#include "fovea/train/run_folder.h"
#include "fovea/train/run_log.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace fovea::train {

class SkipLog {
 public:
  SkipLog(RunFolder& folder, RunLog& run_log, Log& log) : folder_(folder), run_log_(run_log), log_(log) {}

  /// returns  how many of them were not met before in this session: every epoch and every evaluation meets them again
  int64_t note(const Position& position, const std::vector<data::Skipped>& skipped);

 private:
  RunFolder& folder_;
  RunLog& run_log_;
  Log& log_;
  std::set<std::string> noted_;
};

}  // namespace fovea::train
