// What an evaluation leaves in the run folder: its figures and RUN/eval/step-NNNNNNNN/.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/io/json.h"
#include "fovea/train/evaluator.h"
#include "fovea/train/progress.h"
#include "fovea/train/run_log.h"

#include <array>
#include <string_view>
#include <vector>

namespace fovea::train {

struct EvaluationRecord {
  int64_t step = 0;
  double epoch = 0;
  const Evaluation* raw = nullptr;  ///< of the trained weights; null when only the averaged ones were looked at
  const Evaluation* ema = nullptr;  ///< of the averaged weights, or null
  bool counts_ema = false;          ///< the result is that of the averaged weights
  [[nodiscard]] const Evaluation& counting() const { return counts_ema && ema != nullptr ? *ema : *raw; }
};

/// metrics.json as documented: top1, top5 or COCO's twelve numbers (fractions), loss, images, of a detector detection_json at the top level; raw / ema below.
io::OrderedJson evaluation_json(const EvaluationRecord& record);

/// val/top1, val/top5 or val/AP, ..., val/loss, val/images, perf/eval_seconds; val_ema/top1, ... of averaged weights.
std::vector<Scalar> evaluation_scalars(const EvaluationRecord& record);

/// For the line of the log. best_step  of the run so far
EvaluationSummary evaluation_summary(const EvaluationRecord& record, double seconds, int64_t best_step);

/// What write_evaluation makes; the last is a folder, of pictures NN.jpg.
inline constexpr std::array<std::string_view, 8> kEvaluationFiles{"metrics.json", "per_class.csv",   "confusion.csv", "pr.csv",
                                                                  "errors.csv",   "detections.json", "worst.json",    "worst"};

/// metrics.json, per_class.csv, confusion.csv, worst.json and worst/NN.jpg; of a detector also pr.csv, errors.csv and detections.json
/// (train/detection_files.h). throws kCannotCreate, kIo
void write_evaluation(const fs::path& folder, const EvaluationRecord& record, const data::Dataset& dataset);

}  // namespace fovea::train
