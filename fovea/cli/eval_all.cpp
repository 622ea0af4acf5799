#include "fovea/cli/eval_all.h"

#include "fovea/apply/reference_detector.h"
#include "fovea/base/strings.h"
#include "fovea/io/tf_bundle_path.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_path.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/near_zero.h"

#include <functional>

namespace fovea::cli {

namespace {

using Load = std::function<apply::TrainedModel()>;

struct Listed {
  std::string name;
  fs::path path;
  Load load;  ///< throws kData when it is damaged, kMissing when it is gone
};

/// Those that the reference's program left in this folder, when it left any.
std::vector<Listed> reference_detectors(const EvalArguments& wanted, Console& console) {
  const io::TfBundleList bundles = io::listed_tf_bundles(wanted.path);
  for (const std::string& name : bundles.vanished) console.err << fmt::format("warning: {} is not there any more, and passed over\n", name);
  std::vector<Listed> result;
  for (const fs::path& prefix : bundles.prefixes) {
    result.push_back({.name = prefix.filename().string(), .path = prefix, .load = [&wanted, &console, prefix] {
                        Log log = console_log(console);
                        return apply::load_reference_detector(prefix, wanted.model_options(), log);
                      }});
  }
  if (!result.empty()) console.err << "note: checkpoints of TensorFlow name no classes; output k is taken for the k-th class of the data by id\n";
  return result;
}

std::vector<Listed> checkpoints_of(const EvalArguments& wanted, Console& console) {
  std::vector<Listed> result;
  for (const fs::path& folder : train::checkpoint_folders(wanted.path)) {
    result.push_back({.name = folder.filename().string(), .path = folder, .load = [&wanted, folder] {
                        return apply::load_trained(train::load_checkpoint(folder), wanted.model_options());
                      }});
  }
  if (result.empty()) result = reference_detectors(wanted, console);
  if (!result.empty()) return result;
  if (!train::is_tensorflow_checkpoint(wanted.path)) {
    Log log = console_log(console);
    (void)train::checkpoint_folder(wanted.path, train::Pick::kLatest, log);  // refuses what is no run, or has no checkpoint yet
  }
  fail(ErrorCode::kUsage, Advice{"leave out --all"}, "\"{}\" is one checkpoint; --all is for runs", wanted.path);
}

}  // namespace

int eval_all(const EvalArguments& wanted, Console& console) {
  const std::vector<Listed> checkpoints = checkpoints_of(wanted, console);
  CheckpointScorer scorer(wanted, console);
  io::OrderedJson list = io::OrderedJson::array();
  std::vector<std::vector<std::string>> rows;
  std::vector<Column> columns{{"checkpoint"}, {""}};  // until one was scored
  std::optional<fs::path> details;
  std::vector<std::string> reasons;  // of the last one; what held the first ones down need not hold any more
  int code = 0;
  for (const auto& [name, path, load] : checkpoints) {
    std::optional<apply::TrainedModel> trained;
    try {
      trained = load();
    } catch (const Error& error) {
      const bool is_gone = error.code() == ErrorCode::kMissing;  // removed by a training that goes on
      if (!is_gone && error.code() != ErrorCode::kData) throw;
      console.err << fmt::format("warning: {}\n", error.what());
      if (is_gone) continue;
      rows.push_back({name, "damaged"});
      list.push_back({{"checkpoint", path.string()}, {"damaged", error.what()}});
      code = static_cast<int>(ErrorCode::kData);
      continue;
    }
    const Scored scored = *scorer.score(std::move(*trained), {});
    const metrics::Scores& scores = scored.evaluation.scores;
    std::vector<std::string> row{name};
    columns = {{"checkpoint"}};
    for (const metrics::Figure& figure : main_figures(scores)) {
      row.push_back(figure_text(figure.value));
      columns.push_back({std::string(train::metric_label(figure.name)), Align::kRight});
    }
    columns.insert(columns.end(), {{"loss", Align::kRight}, {"pictures", Align::kRight}});
    row.insert(row.end(), {figure_text(metrics::loss(scores)), format_count(metrics::images(scores))});
    rows.push_back(std::move(row));
    list.push_back(scored.json);
    reasons = train::near_zero_reasons(scores, scored.trained.step);
    if (scored.details) details = scored.details->parent_path();
  }
  if (wanted.as_json) {
    console.print("{}\n", io::json_text(list, 2));
    return code;
  }
  for (std::vector<std::string>& row : rows) row.resize(columns.size());
  console.out << format_table(columns, rows);
  if (details) console.print("details: {}\n", details->string());
  Log log = console_log(console);
  for (const std::string& sentence : reasons) log.warning("{}", sentence);
  return code;
}

}  // namespace fovea::cli
