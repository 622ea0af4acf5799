// fovea eval RUN|CHECKPOINT [--all | --follow], fovea eval --detections RESULTS --annotations INSTANCES
#include "fovea/apply/reference_detector.h"
#include "fovea/base/strings.h"
#include "fovea/cli/arguments.h"
#include "fovea/cli/eval_all.h"
#include "fovea/cli/eval_detections.h"
#include "fovea/cli/eval_follow.h"
#include "fovea/cli/help_format.h"
#include "fovea/train/near_zero.h"

namespace fovea::cli {

namespace {

/// "boxes with a score of 0.43 or more: 812 right of 865, 945 objects; errors: 31 localisation, 2 class, ..."
std::string errors_text(const metrics::DetectionScores& scores) {
  const metrics::ErrorCounts all = scores.error_counts();
  std::vector<std::string> kinds;
  for (size_t kind = 0; kind < metrics::kErrorKinds; ++kind) kinds.push_back(fmt::format("{} {}", format_count(all.errors[kind]), metrics::kErrorNames[kind]));
  return fmt::format("boxes with a score of {:.2f} or more: {} right of {}, {}; errors: {}", scores.errors().score_min, format_count(all.right),
                     format_count(all.detections), format_count(all.truths, "object"), join(kinds, ", "));
}

apply::TrainedModel load(const EvalArguments& wanted, Console& console) {
  Log log = console_log(console);
  if (!train::is_tensorflow_checkpoint(wanted.path)) return apply::load_trained(wanted.path, wanted.model_options(), log);
  apply::TrainedModel trained = apply::load_reference_detector(wanted.path, wanted.model_options(), log);
  console.err << "note: a checkpoint of TensorFlow names no classes; output k is taken for the k-th class of the data by id\n";
  return trained;
}

void eval_one(const EvalArguments& wanted, Console& console) {
  CheckpointScorer scorer(wanted, console);
  const std::optional<fs::path> details = wanted.out.empty() ? std::nullopt : std::optional<fs::path>(wanted.out);
  const Scored scored = *scorer.score(load(wanted, console), details);
  if (wanted.as_json) {
    console.print("{}\n", io::json_text(scored.json, 2));
    return;
  }
  const metrics::Scores& scores = scored.evaluation.scores;
  console.print("{} ({} weights)\n{}\n", scored.trained.checkpoint.string(), scored.json["weights"].get<std::string>(), scored.json["data"].get<std::string>());
  if (const auto* detections = std::get_if<metrics::DetectionScores>(&scores)) {
    const std::array<double, 12> numbers = detections->result().numbers();
    for (size_t i = 0; i < numbers.size(); ++i) console.print("{}\n", metrics::coco_line(metrics::kCocoNumbers[i], numbers[i]));
    console.print("{}\n", errors_text(*detections));
  }
  console.print("{} in {}\n", scores_text(scores), format_duration(scored.evaluation.seconds));
  if (scored.details) console.print("details: {}\n", scored.details->string());
  Log log = console_log(console);
  for (const std::string& sentence : train::near_zero_reasons(scores, scored.trained.step)) log.warning("{}", sentence);
}

}  // namespace

int run_eval(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("eval",
                                  "Score a run (its best checkpoint) or one checkpoint: every validation picture once. Or score a file of detections as "
                                  "COCO does.");
  EvalArguments wanted;
  DetectionFiles files;
  parser->add_option("path", wanted.path, "run folder or checkpoint folder, or a detector of the reference in a checkpoint of TensorFlow")
      ->type_name("RUN|CHECKPOINT");
  parser->add_option("--data", wanted.data, "another data set (default: the one it was trained on)")->type_name("DIR");
  CLI::Option* out = parser->add_option("--out", wanted.out,
                                        "folder for the scores, tables of classes and confusion, of a detector precision over recall and kinds of errors, and "
                                        "the worst pictures (default: the run's eval/)");
  out->type_name("DIR");
  wanted.overwrite.add_to(*parser);
  CLI::Option* latest = wanted.weights.add_to(*parser);
  parser->add_option("--batch", wanted.batch, "pictures of one pass")->check(CLI::Range(1, 1 << 20))->type_name("N");
  parser->add_option("-j,--threads", wanted.threads, "loader threads")->check(CLI::Range(1, 1024))->type_name("N");
  parser->add_option("--device", wanted.device, "cpu, cuda or cuda:N")->type_name("DEVICE");
  parser->add_option("--on-corrupt", wanted.on_corrupt, "at a damaged picture: stop, or skip: leave it out and name it (default: as the recipe says)")
      ->check(CLI::IsMember({"stop", "skip"}))
      ->type_name("WHAT");
  auto* all = parser->add_flag("--all", wanted.all, "every checkpoint of the run, as a table")->excludes(out);
  latest->excludes(all);
  auto* follow = parser->add_flag("--follow", wanted.follow, "every checkpoint of the run as it appears, until the run is over");
  follow->excludes(all)->excludes(latest);
  parser->add_option("--poll", wanted.poll_seconds, "with --follow: seconds between two looks (default 10)")
      ->check(CLI::Range(0.1, 86400.0))
      ->type_name("SECONDS")
      ->needs(follow)
      ->group(kFurtherOptions);
  parser->add_option("--stop-after", wanted.stop_hours, "with --follow: hours after which no more is waited for")
      ->check(CLI::Range(0.0, 1e5))
      ->type_name("HOURS")
      ->needs(follow)
      ->group(kFurtherOptions);
  const std::vector<CLI::Option*> of_networks = parser->get_options();
  CLI::Option* results = parser->add_option("--detections", files.results, "a results file of COCO, scored without a network")->type_name("FILE");
  for (CLI::Option* other : of_networks) results->excludes(other);
  parser->add_option("--annotations", files.instances, "with --detections: the truths, such as instances_val2017.json")->type_name("FILE")->needs(results);
  parser->add_flag("--json", wanted.as_json, "as JSON; with --follow one line for each checkpoint");
  if (!parse(*parser, arguments, console)) return 0;
  if (!files.results.empty()) {
    if (files.instances.empty()) fail(ErrorCode::kUsage, Advice{"fovea eval --help"}, "fovea eval: --detections needs --annotations");
    eval_detections(files, wanted.as_json, console);
    return 0;
  }
  if (wanted.path.empty()) fail(ErrorCode::kUsage, Advice{"fovea eval --help"}, "fovea eval: RUN|CHECKPOINT or --detections is required");
  if (wanted.all) return eval_all(wanted, console);
  if (wanted.follow) return eval_follow(wanted, console);
  eval_one(wanted, console);
  return 0;
}

}  // namespace fovea::cli
