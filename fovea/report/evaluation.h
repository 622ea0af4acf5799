// What an evaluation left in RUN/eval/step-N: scores, accuracy of every class, confusion, the worst mistakes.
#pragma once

#include "fovea/base/file.h"
#include "fovea/report/detection_evaluation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fovea::report {

struct ClassScore {
  std::string name;
  int64_t images = 0;  ///< detection: objects
  int64_t correct = 0, predicted = 0;
  double accuracy = 0;              ///< detection: AP; meaningless when images is 0
  std::optional<double> ap50;       ///< detection
  std::optional<double> precision;  ///< none when the class was never predicted
  std::string most_confused_with;   ///< empty when with none
  int64_t times = 0;
};

struct ConfusionCell {
  int64_t truth = 0, predicted = 0, count = 0;
};

struct WorstMistake {
  std::string place, truth, predicted;
  double p_truth = 0, p_predicted = 0;
  std::string errors;   ///< detection, where the four before it are empty: "2 missed, 1 background"
  std::string picture;  ///< data: URI; empty when the file is missing, too large, or no picture
};

struct Evaluation {
  std::string folder;  ///< "step-00007360"
  int64_t step = 0;
  std::optional<double> epoch, loss, seconds;
  std::optional<double> score;   ///< top-1 or AP
  std::optional<double> second;  ///< top-5 or AP50
  bool is_detection = false;
  int64_t images = 0;
  std::string weights;                   ///< "raw" or "ema"
  std::vector<ClassScore> classes;       ///< index = class
  std::vector<ConfusionCell> confusion;  ///< cells that are not zero; indices are within classes
  std::vector<WorstMistake> worst;
  std::optional<DetectionEvaluation> detection;  ///< there when is_detection
};

/// The newest evaluation that was not undone; nothing when there is none.
///
/// max_step  evaluations of later steps are passed over: the run began again before them
/// notes     gets a sentence for every part that is damaged; the part is then empty. Missing parts are empty without a note.
std::optional<Evaluation> newest_evaluation(const fs::path& run, std::optional<int64_t> max_step, std::vector<std::string>& notes);

}  // namespace fovea::report
