#include "fovea/cli/eval_all.h"

#include "fovea/base/strings.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_path.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/near_zero.h"

namespace fovea::cli {

int eval_all(const EvalArguments& wanted, Console& console) {
  const std::vector<fs::path> folders = train::checkpoint_folders(wanted.path);
  if (folders.empty()) {
    Log log = console_log(console);
    (void)train::checkpoint_folder(wanted.path, train::Pick::kLatest, log);  // refuses what is no run, or has no checkpoint yet
    fail(ErrorCode::kUsage, Advice{"leave out --all"}, "\"{}\" is one checkpoint; --all is for runs", wanted.path);
  }
  CheckpointScorer scorer(wanted, console);
  const apply::TrainedModelOptions options = wanted.model_options();
  io::OrderedJson list = io::OrderedJson::array();
  std::vector<std::vector<std::string>> rows;
  std::vector<Column> columns{{"checkpoint"}, {""}};  // until one was scored
  std::optional<fs::path> details;
  std::vector<std::string> reasons;  // of the last one; what held the first ones down need not hold any more
  int code = 0;
  for (const fs::path& folder : folders) {
    const std::string name = folder.filename().string();
    std::optional<train::Checkpoint> checkpoint;
    try {
      checkpoint = train::load_checkpoint(folder);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kData) throw;
      console.err << fmt::format("warning: {}\n", error.what());
      rows.push_back({name, "damaged"});
      list.push_back({{"checkpoint", folder.string()}, {"damaged", error.what()}});
      code = static_cast<int>(ErrorCode::kData);
      continue;
    }
    const Scored scored = *scorer.score(apply::load_trained(*checkpoint, options), {});
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
