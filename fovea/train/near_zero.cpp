#include "fovea/train/near_zero.h"

#include "fovea/base/strings.h"

#include <fmt/format.h>

namespace fovea::train {
namespace {

bool is_early(int64_t step) { return step > 0 && step < kFewSteps; }

}  // namespace

std::vector<std::string> near_zero_reasons(const metrics::Scores& scores, int64_t step) {
  const auto* detections = std::get_if<metrics::DetectionScores>(&scores);
  if (detections == nullptr || detections->diagnosis().empty()) return {};
  std::vector<std::string> sentences{fmt::format("AP {:.4f} is near zero", detections->result().numbers()[0])};
  if (step > 0) sentences.front() += " after " + format_count(step, "step");
  if (is_early(step)) sentences.front() += ": so early that is common, and what follows matters only if it stays there";
  sentences.insert(sentences.end(), detections->diagnosis().begin(), detections->diagnosis().end());
  return sentences;
}

void warn_of_near_zero(const metrics::Scores& scores, int64_t step, Log& log) {
  if (is_early(step)) return;
  for (const std::string& sentence : near_zero_reasons(scores, step)) log.warning("{}", sentence);
}

}  // namespace fovea::train
