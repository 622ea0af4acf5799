// imagenet_main.py and resnet_ctl_imagenet_main.py (spec 2.3 to 2.7, 2.11).
#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/compat/commands.h"
#include "fovea/compat/training.h"

#include <algorithm>
#include <array>

namespace fovea::compat {

namespace {

constexpr double kBaseRateCosine = 0.256, kBaseRateFineTuning = 0.1, kBaseRateManyWorkers = 0.1;  // spec 2.4
constexpr int64_t kManyWorkers = 16;
constexpr int64_t kHookStep = 10;  // the first timeline of ProfilerHook is that of step 10

void refuse_fp16(const Given& given) {
  for (const std::string_view name : {"dtype", "data_loader_image_type"}) {
    if (given.text(name) == "fp16") fail(ErrorCode::kUsage, Advice{fmt::format("--{}=bf16", name)}, "--{}=fp16: Fovea computes in float32 or bfloat16", name);
  }
}

bool is_converted_to_bfloat16(const Given& given) { return given.integer("TF_ENABLE_BF16_CONVERSION").value_or(0) != 0; }

std::string data_of(const Given& given) { return given.is_on("use_synthetic_data") ? "synthetic" : given.text("data_dir").value_or("/tmp"); }

// What both programs have under the same names.
void take_common(Training& training, const Given& given, Translation& translation) {
  training.data = data_of(given);
  training.run_dir = run_folder(given.text("model_dir").value_or("/tmp"), recipe_of(training.family, training.size), translation);
  training.batch = given.integer("batch_size").value_or(32);
  training.epochs_between_evals = given.integer("epochs_between_evals").value_or(1);
  training.loader_threads = given.integer("datasets_num_private_threads");
}

// One bare name a hook, separated by commas.
std::string profile_of(const Given& given) {
  constexpr std::array<std::string_view, 5> kHooks{"LoggingTensorHook", "ProfilerHook", "ExamplesPerSecondHook", "LoggingMetricHook", "StepCounterHook"};
  bool profiles = false;
  for (const std::string& hook : split(given.text("hooks").value_or(""), ',')) {
    const std::string name = normal_name(trim(hook));
    if (name.empty()) continue;
    const bool is_known = std::ranges::any_of(kHooks, [&](std::string_view known) { return normal_name(known) == name; });
    if (!is_known) fail(ErrorCode::kUsage, "--hooks: \"{}\" is not known{}", hook, suggestion(hook, std::vector<std::string>(kHooks.begin(), kHooks.end())));
    profiles = profiles || name == "profilerhook";
  }
  return profiles ? fmt::format("{0},{0}", kHookStep) : "";
}

void take_rates(Training& training, const Given& given) {
  Rates& rates = training.rates;
  const bool is_cosine = given.is_on("use_cosine_lr"), is_lars = training.family == Family::kLars, is_fine_tuning = given.is_on("fine_tune");
  if (is_lars) {
    rates.lr = given.number("start_learning_rate").value_or(9.5);
    training.lars_epochs = given.number("epochs_for_lars").value_or(kLarsEpochs);
  } else {
    rates.schedule = is_cosine ? "cosine" : "piecewise";
    rates.lr = is_cosine ? kBaseRateCosine : is_fine_tuning ? kBaseRateFineTuning : training.workers > kManyWorkers ? kBaseRateManyWorkers : 0.128;
  }
  rates.momentum = given.number("momentum").value_or(0.9);
  rates.weight_decay = given.number("weight_decay").value_or(1e-4);
  rates.label_smoothing = given.number("label_smoothing").value_or(0);
  rates.warmup_epochs = given.number("warmup_epochs").value_or(3);
  if (is_fine_tuning && !is_lars) rates.warmup_epochs = 0;
  training.trains_dense_only = is_fine_tuning;
}

Translation evaluation_only(const Training& training, const Given& given, const Surroundings& surroundings, Translation translation) {
  Command command{.arguments = {"eval", training.run_dir, "--latest", "--data", training.data, "--batch", fmt::format("{}", training.batch)},
                  .environment = {}};
  if (given.integer("max_eval_steps")) translation.notes.emplace_back("--max_eval_steps: every validation picture is scored");
  if (!surroundings.device.empty()) command.arguments.insert(command.arguments.end(), {"--device", surroundings.device});
  translation.notes.emplace_back("--eval_only: network, crops and precision are those of the checkpoint");
  translation.commands.push_back(std::move(command));
  return translation;
}

}  // namespace

Translation translate_imagenet_main(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Program& program = find_program("imagenet_main");
  Translation translation;
  Given given = read_arguments(program, arguments, translation.notes);
  read_variables(program, surroundings.environment, given, translation.notes);
  refuse_fp16(given);
  const bool is_resnext = given.text("model_type") == "resnext", is_lars = given.is_on("enable_lars");
  if (is_lars && is_resnext) fail(ErrorCode::kUsage, "--enable_lars and --model_type=resnext: the reference has no such recipe; give one of them");
  if (is_lars && given.is_on("use_cosine_lr")) fail(ErrorCode::kUsage, "--enable_lars and --use_cosine_lr: LARS has a schedule of its own; give one of them");
  Training training{.family = is_resnext ? Family::kResnext : is_lars ? Family::kLars : Family::kSgd};
  training.size = given.integer("resnet_size").value_or(50);
  take_common(training, given, translation);
  training.workers = horovod_workers(given, translation);
  take_rates(training, given);
  training.is_bfloat16 = is_converted_to_bfloat16(given) || given.text("dtype") == "bf16" || given.text("data_loader_image_type") == "bf16";
  training.epochs = given.integer("train_epochs").value_or(10);
  training.steps = given.integer("max_train_steps");
  training.evaluates = !given.is_on("disable_eval") && !given.is_on("return_before_eval");
  training.evaluates_by_clock = given.is_on("use_train_and_evaluate");
  training.eval_offset = given.integer("train_offset").value_or(0);
  training.eval_batches = given.integer("max_eval_steps");
  training.stop_threshold = given.number("stop_threshold");
  training.log_steps = given.integer("display_steps").value_or(1);
  if (const std::optional<int64_t> steps = given.integer("save_checkpoint_steps"); steps && *steps > 0) training.save_every = fmt::format("{}steps", *steps);
  if (const int64_t threads = given.integer("intra_op_parallelism_threads").value_or(0); threads > 0) training.compute_threads = threads;
  training.profile = profile_of(given);
  if (!training.profile.empty() && training.steps && *training.steps < kHookStep) {
    translation.notes.push_back(fmt::format("ProfilerHook: its first timeline is that of step {}, which is not reached", kHookStep));
    training.profile.clear();
  }
  if (given.is_on("eval_only")) return evaluation_only(training, given, surroundings, std::move(translation));
  training.export_dir = given.text("export_dir").value_or("");
  if (training.trains_dense_only)
    translation.notes.emplace_back("--fine_tune: all other weights keep their first values; --init FILE of fovea train takes trained ones");
  add_training(training, surroundings, translation);
  return translation;
}

Translation translate_resnet_ctl(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Program& program = find_program("resnet_ctl_imagenet_main");
  Translation translation;
  Given given = read_arguments(program, arguments, translation.notes);
  read_variables(program, surroundings.environment, given, translation.notes);
  refuse_fp16(given);
  Training training{.family = Family::kKeras, .rates = rates_of(Family::kKeras)};
  take_common(training, given, translation);
  training.is_bfloat16 = is_converted_to_bfloat16(given) || given.text("dtype") == "bf16";
  training.epochs = given.integer("train_epochs").value_or(1);
  training.steps = given.integer("train_steps");
  if (training.steps && training.epochs > 1) translation.notes.emplace_back("--train_steps: one epoch at most, whatever --train_epochs says (D-10)");
  if (training.steps) training.epochs = 1;
  training.evaluates = !given.is_on("skip_eval");
  training.log_steps = given.integer("log_steps").value_or(100);
  if (given.is_on("enable_checkpoint_and_export")) training.save_every = "1epoch";
  training.keep = 10;  // spec 2.6
  training.profile = given.text("profile_steps").value_or("");
  add_training(training, surroundings, translation);
  return translation;
}

}  // namespace fovea::compat
