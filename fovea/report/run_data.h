// Everything that a run folder tells, read once: what the sections of the page are made from.
#pragma once

#include "fovea/base/file.h"
#include "fovea/report/evaluation.h"
#include "fovea/report/metrics_log.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::report {

struct Status {
  std::string state, message, last_checkpoint;
  int64_t step = 0, total_steps = 0, exit_code = 0;
  double epoch = 0, updated = 0;  ///< updated: seconds since 1970
  bool is_killed = false;         ///< says that it is running, on this machine, but no process works in its folder
};

struct Best {
  double value = 0;  ///< of RunData::metric()
  int64_t step = 0;
};

/// The result that the recipe promises.
struct Expectation {
  double value = 0;  ///< of RunData::metric()
  std::string on;
};

struct ClassCount {
  std::string name;
  int64_t count = 0;
};
struct DataPart {
  int64_t images = 0;
  std::string fingerprint;          ///< empty when not told
  std::vector<ClassCount> classes;  ///< empty when not told
};
struct DataFacts {
  std::string source;
  DataPart train, validation;
  int64_t num_outputs = 0;
  bool has_boxes = false;  ///< of a detector: classes count boxes, not pictures
};

/// profile/steps-A-B
struct ProfileText {
  std::string folder;  ///< "steps-50-53"
  std::string summary;
};

struct RunData {
  std::string name;  ///< of the folder
  fs::path path;
  MetricsLog metrics;
  std::optional<Status> status;
  std::optional<Best> best;
  std::optional<DataFacts> data;
  std::optional<Evaluation> evaluation;
  std::map<std::string, std::string, std::less<>> config;  ///< "optim.lr" -> "0.1"
  std::string config_text, plan, command, environment;     ///< empty when missing
  std::string init;                                        ///< where the first weights came from; empty: they were drawn
  std::vector<ProfileText> profiles;
  std::vector<std::string> skipped;  ///< the first lines of skipped.txt
  int64_t num_skipped = 0;
  std::vector<std::string> notes;  ///< what was damaged or cut off, as sentences; not escaped

  [[nodiscard]] std::string config_value(std::string_view key) const;  ///< "" when absent
  bool is_detection = false;
  /// The figure that decides, as in tags: "top1" or "AP".
  [[nodiscard]] std::string_view metric() const { return is_detection ? "AP" : "top1"; }
  /// The same for people.
  [[nodiscard]] std::string_view metric_label() const { return is_detection ? "AP" : "top-1"; }
  /// The next figure, shown beside it.
  [[nodiscard]] std::string_view second_metric() const { return is_detection ? "AP50" : "top5"; }
  [[nodiscard]] std::string_view second_label() const { return is_detection ? "AP50" : "top-5"; }
  /// The figure that counts comes from averaged weights.
  [[nodiscard]] bool counts_ema() const;
  [[nodiscard]] std::optional<Expectation> expectation() const;
};

/// throws kMissing when `run` is no run folder: none of metrics.jsonl, status.json and config.yaml is in it. Nothing else is an error.
RunData read_run(const fs::path& run);

}  // namespace fovea::report
