// What an evaluation leaves in the run folder: RUN/eval/step-NNNNNNNN/.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/io/json.h"
#include "fovea/train/evaluator.h"

#include <optional>

namespace fovea::train {

struct EvaluationRecord {
  int64_t step = 0;
  double epoch = 0;
  const Evaluation* raw = nullptr;
  const Evaluation* ema = nullptr;  ///< null without averaged weights
  bool counts_ema = false;          ///< the recipe's result is that of the averaged weights
  [[nodiscard]] const Evaluation& counting() const { return counts_ema && ema != nullptr ? *ema : *raw; }
};

/// metrics.json as documented: top1, top5 (fractions), loss, images at the top level; raw / ema below.
io::OrderedJson evaluation_json(const EvaluationRecord& record);

/// metrics.json, per_class.csv, confusion.csv, worst.json and worst/NN.jpg. throws kCannotCreate, kIo
void write_evaluation(const fs::path& folder, const EvaluationRecord& record, const data::Dataset& dataset);

}  // namespace fovea::train
