// Checkpoints scored one after the other on one data set: what `fovea eval` does in each of its ways.
#pragma once

#include "fovea/apply/trained_model.h"
#include "fovea/cli/console.h"
#include "fovea/cli/output_file.h"
#include "fovea/cli/weight_arguments.h"
#include "fovea/data/dataset.h"
#include "fovea/io/json.h"
#include "fovea/train/evaluation_files.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace fovea::cli {

/// The figures that a line or a row of a table has room for.
std::vector<metrics::Figure> main_figures(const metrics::Scores& scores);
/// Four decimals; "-" where there is nothing to measure.
std::string figure_text(double value);
/// "top-1 0.6410   top-5 0.9520   loss 1.2034   1,000 pictures"
std::string scores_text(const metrics::Scores& scores);

/// The arguments of `fovea eval`.
struct EvalArguments {
  std::string path, data, out, device = "cpu", on_corrupt;
  WeightArguments weights;
  int64_t batch = 0, threads = 0;
  bool all = false, follow = false, as_json = false;
  Overwrite overwrite;               ///< of files in `out`
  double poll_seconds = 10;          ///< of --follow
  std::optional<double> stop_hours;  ///< of --follow

  [[nodiscard]] apply::TrainedModelOptions model_options() const;
};

struct Scored {
  apply::TrainedModel trained;
  train::Evaluation evaluation;
  io::OrderedJson json;
  std::optional<fs::path> details;  ///< where metrics.json and the other files stand (train/evaluation_files.h)
};

/// The data set is opened once and kept while the checkpoints ask for the same one.
class CheckpointScorer {
 public:
  /// Both must outlive it. stop: asked after every batch; may be empty
  CheckpointScorer(const EvalArguments& wanted, Console& console, std::function<bool()> stop = {});

  /// details  folder to write to; nothing: the run's eval/step-N for the run's own data and weights, unless it is there already; else none
  /// returns  nothing when it was stopped
  /// throws   kData for other classes than the network's and for damaged pictures, kMissing, kCannotCreate, kIo
  std::optional<Scored> score(apply::TrainedModel trained, const std::optional<fs::path>& details);

  /// RUN/eval/step-N, when what these arguments ask for is what the run itself would measure there.
  [[nodiscard]] std::optional<fs::path> own_details(const fs::path& run, int64_t step, const train::TrainOptions& options) const;

 private:
  const data::Dataset& dataset_for(const apply::TrainedModel& trained, const data::DataOptions& options);

  const EvalArguments& wanted_;
  Console& console_;
  std::function<bool()> stop_;
  std::string opened_key_;
  std::unique_ptr<data::Dataset> dataset_;
};

}  // namespace fovea::cli
