// fovea eval RUN|CHECKPOINT
#include "fovea/apply/trained_model.h"
#include "fovea/base/strings.h"
#include "fovea/cli/arguments.h"
#include "fovea/data/dataset.h"
#include "fovea/io/json.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/evaluation_files.h"

namespace fovea::cli {

namespace {

struct EvalArguments {
  std::string path, data, out, weights, device = "cpu";
  int64_t batch = 0, threads = 0;
  bool all = false, latest = false, as_json = false;
};

struct Scored {
  apply::TrainedModel trained;
  train::Evaluation evaluation;
  io::OrderedJson json;
};

void expect_same_classes(const apply::TrainedModel& trained, const data::Dataset& dataset) {
  // The checkpoint has them as JSON keeps them: bytes that are not UTF-8 are replaced.
  const std::vector<std::string> ours = trained.identity.classes, theirs = io::Json::parse(io::json_text(io::OrderedJson(dataset.info().class_names)));
  if (ours == theirs) return;
  const Advice advice{"--data with a set of the classes that the network was trained on; without --data its own is taken"};
  if (ours.size() != theirs.size()) {
    fail(ErrorCode::kData, advice, "the network has {} outputs, but the data has {} classes ({})", ours.size(), theirs.size(), dataset.info().source);
  }
  for (size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] != theirs[i])
      fail(ErrorCode::kData, advice, "class {} is \"{}\" for the network, but \"{}\" in the data ({})", i, ours[i], theirs[i], dataset.info().source);
  }
}

Scored score(const EvalArguments& wanted, const fs::path& path, Console& console) {
  apply::TrainedModelOptions options{.pick = wanted.latest ? apply::Pick::kLatest : apply::Pick::kBest, .device = device_from(wanted.device)};
  if (!wanted.weights.empty()) options.weights = wanted.weights == "ema" ? train::Weights::kEma : train::Weights::kRaw;
  Log log = console_log(console);
  apply::TrainedModel trained = apply::load_trained(path, options, log);
  const std::string where = wanted.data.empty() ? trained.identity.data_where : wanted.data;
  if (where.empty()) fail(ErrorCode::kUsage, Advice{"--data DIR"}, "{} was not trained here, so --data is needed", trained.checkpoint.string());
  const data::OpenedDataset opened =
      data::open_dataset(where, data::Split::kValidation, data::open_options(trained.recipe.data, static_cast<uint64_t>(trained.identity.seed)));
  for (const std::string& line : opened.damage) console.err << "warning: left out: " << line << '\n';
  expect_same_classes(trained, *opened.dataset);
  const recipe::Recipe& recipe = trained.recipe;
  const int64_t batch = wanted.batch > 0 ? wanted.batch : recipe.train.eval_batch > 0 ? recipe.train.eval_batch : recipe.train.batch_size;
  const train::EvaluationOptions evaluation{
      .loader = {.data = recipe.data, .batch = batch, .threads = wanted.threads > 0 ? wanted.threads : data::default_loader_threads()},
      .step = trained.options,
      .device = options.device,
      .keep_mistakes = 24};
  // The run's own validation set and weights belong into the run; others go where the user says. Made first: what is measured must not be lost.
  std::optional<fs::path> folder;
  const std::optional<fs::path> run = trained.run();
  const bool is_own = wanted.data.empty() && trained.weights == recipe.train.evaluate;
  if (!wanted.out.empty()) {
    make_directories(wanted.out);
    folder = wanted.out;
  } else if (run && is_own && !fs::exists(*run / "eval" / train::checkpoint_name(trained.step) / "metrics.json")) {
    folder = *run / "eval" / train::checkpoint_name(trained.step);
    try {
      make_directories(*folder);
    } catch (const Error& error) {
      console.err << "warning: details are not kept (--out DIR names another folder): " << error.what() << '\n';
      folder.reset();
    }
  }
  train::Evaluation result = *train::evaluate(*trained.model, *opened.dataset, evaluation);
  for (const data::Skipped& skipped : result.skipped) console.err << "warning: skipped: " << skipped.message << '\n';

  const bool is_ema = trained.weights == train::Weights::kEma;
  const train::EvaluationRecord record{
      .step = trained.step, .epoch = trained.epoch, .raw = is_ema ? nullptr : &result, .ema = is_ema ? &result : nullptr, .counts_ema = is_ema};
  io::OrderedJson json = train::evaluation_json(record);
  json["checkpoint"] = trained.checkpoint.string();
  json["data"] = opened.dataset->info().source;
  if (folder) train::write_evaluation(*folder, record, *opened.dataset);
  return {.trained = std::move(trained), .evaluation = std::move(result), .json = std::move(json)};
}

int print_all(const EvalArguments& wanted, Console& console) {
  const std::vector<train::CheckpointInfo> checkpoints = train::list_checkpoints(wanted.path);
  if (checkpoints.empty()) fail(ErrorCode::kMissing, "\"{}\" holds no checkpoints", wanted.path);
  io::OrderedJson list = io::OrderedJson::array();
  std::vector<std::vector<std::string>> rows;
  int code = 0;
  for (const train::CheckpointInfo& info : checkpoints) {
    if (const std::vector<std::string> problems = train::verify_checkpoint(info.folder); !problems.empty()) {
      console.err << fmt::format("warning: {} is damaged: {}\n", info.folder.string(), problems.front());
      rows.push_back({info.folder.filename().string(), "damaged", "", "", ""});
      code = static_cast<int>(ErrorCode::kData);
      continue;
    }
    const Scored scored = score(wanted, info.folder, console);
    const metrics::ClassificationScores& s = scored.evaluation.scores;
    rows.push_back({info.folder.filename().string(), fmt::format("{:.4f}", s.top1()), fmt::format("{:.4f}", s.top5()), fmt::format("{:.4f}", s.loss()),
                    format_count(s.images())});
    list.push_back(scored.json);
  }
  if (wanted.as_json) {
    console.print("{}\n", io::json_text(list, 2));
  } else {
    console.out << format_table(
        std::vector<Column>{{"checkpoint"}, {"top1", Align::kRight}, {"top5", Align::kRight}, {"loss", Align::kRight}, {"pictures", Align::kRight}}, rows);
  }
  return code;
}

}  // namespace

int run_eval(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("eval", "Score a run (its best checkpoint) or one checkpoint: every validation picture once.");
  EvalArguments wanted;
  parser->add_option("path", wanted.path, "run folder or checkpoint folder")->required()->type_name("RUN|CHECKPOINT");
  parser->add_option("--data", wanted.data, "another data set (default: the one it was trained on)")->type_name("DIR");
  CLI::Option* out =
      parser->add_option("--out", wanted.out, "folder for metrics.json, per_class.csv, confusion.csv and the worst mistakes (default: the run's eval/)");
  out->type_name("DIR");
  parser->add_option("--weights", wanted.weights, "raw or ema (default: what the recipe evaluates)")->check(CLI::IsMember({"raw", "ema"}))->type_name("WHICH");
  parser->add_option("--batch", wanted.batch, "pictures of one pass")->check(CLI::Range(1, 1 << 20))->type_name("N");
  parser->add_option("-j,--threads", wanted.threads, "loader threads")->check(CLI::Range(1, 1024))->type_name("N");
  parser->add_option("--device", wanted.device, "cpu, cuda or cuda:N")->type_name("DEVICE");
  auto* all = parser->add_flag("--all", wanted.all, "every checkpoint of the run, as a table")->excludes(out);
  parser->add_flag("--latest", wanted.latest, "the newest checkpoint of the run instead of the best")->excludes(all);
  parser->add_flag("--json", wanted.as_json, "as JSON");
  if (!parse(*parser, arguments, console)) return 0;
  if (wanted.all) return print_all(wanted, console);

  const Scored scored = score(wanted, wanted.path, console);
  const metrics::ClassificationScores& s = scored.evaluation.scores;
  if (wanted.as_json) {
    console.print("{}\n", io::json_text(scored.json, 2));
  } else {
    console.print("{} ({} weights)\n{}\ntop-1 {:.4f}   top-5 {:.4f}   loss {:.4f}   {} pictures in {}\n", scored.trained.checkpoint.string(),
                  scored.json["weights"].get<std::string>(), scored.json["data"].get<std::string>(), s.top1(), s.top5(), s.loss(), format_count(s.images()),
                  format_duration(scored.evaluation.seconds));
  }
  return 0;
}

}  // namespace fovea::cli
