#include "fovea/cli/checkpoint_scorer.h"

#include "fovea/base/strings.h"
#include "fovea/cli/open_data.h"
#include "fovea/train/checkpoint.h"

namespace fovea::cli {

namespace {

void expect_same_classes(const apply::TrainedModel& trained, const data::Dataset& dataset) {
  // The checkpoint has them as JSON keeps them: bytes that are not UTF-8 are replaced.
  const std::vector<std::string> ours = trained.identity.classes, theirs = io::Json::parse(io::json_text(io::OrderedJson(dataset.info().class_names)));
  if (ours == theirs) return;
  if (ours.empty() && trained.identity.num_outputs == std::ssize(theirs)) return;  // a checkpoint of TensorFlow names none
  const Advice advice{trained.identity.data_where.empty()
                          ? "--data with a set of its classes, or fovea checkpoint convert --classes FILE with their names, one a line"
                          : "--data with a set of the classes that the network was trained on; without --data its own is taken"};
  if (ours.size() != theirs.size()) {
    fail(ErrorCode::kData, advice, "the network has {}, but the data has {} classes ({})", format_count(trained.identity.num_outputs, "output"), theirs.size(),
         dataset.info().source);
  }
  for (size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] != theirs[i])
      fail(ErrorCode::kData, advice, "class {} is \"{}\" for the network, but \"{}\" in the data ({})", i, one_line(ours[i], kShownName),
           one_line(theirs[i], kShownName), dataset.info().source);
  }
}

/// The layers below name the key of the recipe that leaves damage out; here it is a flag.
template <class Action>
auto with_advice_for_eval(const Action& action) {
  try {
    return action();
  } catch (const Error& error) {
    constexpr std::string_view key = "data.on_corrupt=skip";
    std::string advice = error.advice();
    const size_t at = advice.find(key);
    if (at == std::string::npos) throw;
    throw Error(error.code(), error.what(), advice.replace(at, key.size(), "--on-corrupt skip"));
  }
}

/// A folder made before what goes into it is measured: the measuring must not be in vain. Goes again when nothing came into it.
class Destination {
 public:
  explicit Destination(const fs::path& folder) : made_(make_directories(folder)) {}
  ~Destination() {
    std::error_code ignored;  // those that are not empty stay
    for (const fs::path& folder : made_) fs::remove(folder, ignored);
  }
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;

 private:
  std::vector<fs::path> made_;
};

}  // namespace

std::string figure_text(double value) { return value < 0 ? "-" : fmt::format("{:.4f}", value); }

std::vector<metrics::Figure> main_figures(const metrics::Scores& scores) {
  std::vector<metrics::Figure> figures = metrics::figures(scores);
  figures.resize(std::min<size_t>(3, figures.size()));
  return figures;
}

std::string scores_text(const metrics::Scores& scores) {
  std::string text;
  for (const metrics::Figure& figure : main_figures(scores)) text += fmt::format("{} {}   ", train::metric_label(figure.name), figure_text(figure.value));
  return text + fmt::format("loss {:.4f}   {}", metrics::loss(scores), format_count(metrics::images(scores), "picture"));
}

apply::TrainedModelOptions EvalArguments::model_options() const {
  return {.pick = weights.pick(), .weights = weights.weights(), .device = device_from(device)};
}

CheckpointScorer::CheckpointScorer(const EvalArguments& wanted, Console& console, std::function<bool()> stop)
    : wanted_(wanted), console_(console), stop_(std::move(stop)) {}

std::optional<fs::path> CheckpointScorer::own_details(const fs::path& run, int64_t step, const train::TrainOptions& options) const {
  const bool is_all = !options.eval_images;  // the run scores only a part otherwise
  const bool are_counting = wanted_.weights.weights().value_or(options.evaluate) == options.evaluate;
  const bool is_own = wanted_.data.empty() && is_all && are_counting;
  return is_own ? std::optional(run / "eval" / train::checkpoint_name(step)) : std::nullopt;
}

const data::Dataset& CheckpointScorer::dataset_for(const apply::TrainedModel& trained, const data::DataOptions& options) {
  const std::string where = wanted_.data.empty() ? trained.identity.data_where : wanted_.data;
  if (where.empty()) fail(ErrorCode::kUsage, Advice{"--data DIR"}, "{} was not trained here, so --data is needed", trained.checkpoint.string());
  // A run may have been continued with other settings of its data.
  std::string key = fmt::format("{}\n{}\n", where, trained.identity.seed);
  for (const Field& field : data::DataOptions::fields()) key += field.print(&options) + "\n";
  if (!dataset_ || key != opened_key_) {
    dataset_ = with_advice_for_eval(
        [&] { return open_data(where, data::Split::kValidation, data::open_options(options, static_cast<uint64_t>(trained.identity.seed)), console_); });
    opened_key_ = key;
  }
  return *dataset_;
}

std::optional<Scored> CheckpointScorer::score(apply::TrainedModel trained, const std::optional<fs::path>& details) {
  const recipe::Recipe& recipe = trained.recipe;
  data::DataOptions options = recipe.data;
  if (!wanted_.on_corrupt.empty()) options.on_corrupt = wanted_.on_corrupt == "skip" ? data::OnCorrupt::kSkip : data::OnCorrupt::kStop;
  const data::Dataset& dataset = dataset_for(trained, options);
  train::expect_same_task(*trained.model, trained.identity.model, dataset.info());
  expect_same_classes(trained, dataset);
  const int64_t fitting = recipe.train.micro_batch > 0 ? recipe.train.micro_batch : recipe.train.batch_size;  // what fits in training fits here
  const int64_t batch = wanted_.batch > 0 ? wanted_.batch : recipe.train.eval_batch > 0 ? recipe.train.eval_batch : fitting;
  const train::EvaluationOptions evaluation{
      .loader = {.data = options, .batch = batch, .threads = wanted_.threads > 0 ? wanted_.threads : data::default_loader_threads()},
      .step = trained.options,
      .device = device_from(wanted_.device),
      .keep_mistakes = 24,
      .stop = stop_};
  // The run's own validation set and weights belong into the run; others go where the user says.
  std::optional<fs::path> folder = details;
  bool is_kept = false;
  std::optional<Destination> made;
  if (!folder) {
    const std::optional<fs::path> run = trained.run();
    if (run) folder = own_details(*run, trained.step, recipe.train);
    is_kept = folder && fs::exists(*folder / "metrics.json");
  }
  if (details) {
    for (const std::string_view name : train::kEvaluationFiles) wanted_.overwrite.expect_place(*details / name);
  }
  if (folder && !is_kept) {
    try {
      made.emplace(*folder);
    } catch (const Error& error) {
      if (details) throw;
      console_.err << "warning: details are not kept (--out DIR names another folder): " << error.what() << '\n';
      folder.reset();
    }
  }
  std::optional<train::Evaluation> result = with_advice_for_eval([&] { return train::evaluate(*trained.model, dataset, evaluation); });
  if (!result) return std::nullopt;
  for (const data::Skipped& skipped : result->skipped) console_.err << "warning: skipped: " << skipped.message << '\n';

  const bool is_ema = trained.weights == train::Weights::kEma;
  const train::EvaluationRecord record{
      .step = trained.step, .epoch = trained.epoch, .raw = is_ema ? nullptr : &*result, .ema = is_ema ? &*result : nullptr, .counts_ema = is_ema};
  io::OrderedJson json = train::evaluation_json(record);
  json["checkpoint"] = trained.checkpoint.string();
  json["data"] = dataset.info().source;
  json["details"] = folder ? io::OrderedJson(folder->string()) : io::OrderedJson(nullptr);
  if (folder && !is_kept) train::write_evaluation(*folder, record, dataset);
  return Scored{.trained = std::move(trained), .evaluation = std::move(*result), .json = std::move(json), .details = folder};
}

}  // namespace fovea::cli
