// demo_resnet, demo_keras_resnet, demo_resnet_hvd.sh (spec 2.11).
#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/compat/arguments.h"
#include "fovea/compat/training.h"

#include <algorithm>

namespace fovea::compat {

namespace {

constexpr double kLarsPeakOneCard = 2.5, kLarsPeakHorovod = 9.5;  // spec 2.4
constexpr double kBaseRateManyWorkers = 0.1;                      // D-2: above 16 workers
constexpr int64_t kManyWorkers = 16;
constexpr std::string_view kDataDir = "/data/tensorflow_datasets/imagenet/tf_records";
constexpr std::string_view kOtherDataDir = "/software/data/tf/data/imagenet/tf_records";

std::string default_run_dir(const Surroundings& surroundings, Translation& translation) {
  const std::string folder = variable(surroundings.environment, "HOME").value_or("") + "/tmp/resnet";
  translation.notes.push_back(
      fmt::format("{} is not emptied first, as the reference does: the same run in it continues, anything else in it is refused", folder));
  return folder;
}

// The reference takes -1 for unset.
std::optional<int64_t> count(std::optional<int64_t> given) { return given && *given >= 0 ? given : std::nullopt; }

bool is_bfloat16(const Program& program, const Given& given) {
  const std::optional<std::string> dtype = given.text("dtype");
  if (!dtype)
    fail(ErrorCode::kUsage, Advice{fmt::format("fovea compat {} -d bf16", program.file)}, "{}: -d (--dtype) must be given: fp32 or bf16", program.file);
  return *dtype == "bf16";
}

// What the reference sets itself, whatever the flag or variable `name` says.
int64_t fixed(const Program& program, const Given& given, std::string_view name, int64_t value, std::string_view because, Translation& translation) {
  if (given.integer(name).value_or(value) != value) {
    translation.notes.push_back(fmt::format("{}={} has no effect: {} takes {}", spelling(program, name), *given.text(name), because, value));
  }
  return value;
}

void take_family(Training& training, Family family) {
  training.family = family;
  training.rates = rates_of(family);
}

}  // namespace

Translation translate_demo_resnet(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Program& program = find_program("demo_resnet");
  Translation translation;
  const Given given = read_arguments(program, arguments, translation.notes);
  const bool is_resnext = given.is_on("resnext"), is_lars = given.is_on("enable-lars-optimizer"), is_horovod = given.is_on("use_horovod");
  if (is_resnext && is_lars) fail(ErrorCode::kUsage, "--resnext and --enable-lars-optimizer: the reference has no such recipe; give one of them");
  Training training{.is_bfloat16 = is_bfloat16(program, given)};
  take_family(training, is_resnext ? Family::kResnext : is_lars ? Family::kLars : Family::kSgd);
  if (is_lars) training.rates.lr = is_horovod ? kLarsPeakHorovod : kLarsPeakOneCard;
  if (is_horovod) translation.notes.emplace_back("--use_horovod: one process; demo_resnet_hvd.sh stands for several cards");
  training.size = given.integer("resnet-size").value_or(is_resnext ? 101 : 50);
  training.batch = given.integer("batch-size").value_or(training.is_bfloat16 ? 256 : 128);
  training.epochs =
      is_lars && is_horovod ? fixed(program, given, "epochs", kLarsEpochs, "LARS with --use_horovod", translation) : given.integer("epochs").value_or(1);
  training.steps = count(given.integer("steps"));
  training.data = given.text("data-dir").value_or(std::string(surroundings.exists(std::string(kDataDir)) ? kDataDir : kOtherDataDir));
  training.run_dir = given.text("model-dir") ? *given.text("model-dir") : default_run_dir(surroundings, translation);
  training.evaluates = !given.is_on("no-eval");
  training.evaluates_by_clock = given.is_on("use-train-and-evaluate");
  training.epochs_between_evals = given.integer("epochs-between-evals").value_or(1);
  training.eval_batches = count(given.integer("eval-steps"));
  training.stop_threshold = given.number("stop_threshold");
  training.log_steps = given.integer("display-steps").value_or(1);
  const int64_t save_steps = given.integer("checkpoint-steps").value_or(100);
  if (save_steps < 0) fail(ErrorCode::kUsage, "--checkpoint-steps: expected at least 0, found {}", save_steps);
  if (save_steps > 0) training.save_every = fmt::format("{}steps", save_steps);
  if (save_steps == 0) translation.notes.emplace_back("--checkpoint-steps 0: one checkpoint is written all the same, at the end");
  translation.recovers = given.is_on("recover");
  add_training(training, surroundings, translation);
  return translation;
}

Translation translate_demo_keras_resnet(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Program& program = find_program("demo_keras_resnet");
  Translation translation;
  const Given given = read_arguments(program, arguments, translation.notes);
  Training training{.is_bfloat16 = is_bfloat16(program, given)};
  take_family(training, Family::kKeras);
  if (given.text("dtype") == "fp") translation.notes.emplace_back("-d fp: taken as fp32; the reference refuses it (D-12)");
  if (given.text("resnet-size")) translation.notes.emplace_back("-rs: the reference's program refuses it (D-12); here the Keras recipe takes any size");
  training.size = given.integer("resnet-size").value_or(50);
  training.batch = given.integer("batch-size").value_or(training.is_bfloat16 ? 256 : 128);
  training.epochs = given.integer("epochs").value_or(1);
  training.steps = count(given.integer("steps"));
  if (training.steps && training.epochs > 1) translation.notes.emplace_back("-s: one epoch at most, whatever -e says, as in the reference (D-10)");
  if (training.steps) training.epochs = 1;
  training.data = given.text("data-dir").value_or(std::string(kOtherDataDir));
  training.run_dir = given.text("model-dir") ? *given.text("model-dir") : default_run_dir(surroundings, translation);
  training.evaluates = !given.is_on("no-eval");
  training.log_steps = given.integer("display-steps").value_or(50);
  if (given.is_on("enable-checkpoint")) training.save_every = "1epoch";
  training.keep = 10;  // spec 2.6
  translation.recovers = given.is_on("recover");
  add_training(training, surroundings, translation);
  return translation;
}

Translation translate_demo_resnet_hvd(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Program& program = find_program("demo_resnet_hvd");
  Translation translation;
  Given given = read_arguments(program, arguments, translation.notes);
  read_variables(program, surroundings.environment, given, translation.notes);
  const bool is_resnext = given.is_on("resnext");
  const bool is_mlperf = given.integer("USE_MLPERF") == 1;
  // What a mode of the script sets itself; otherwise the variable, or its default.
  const auto value = [&](std::string_view name, int64_t standard, bool is_fixed, int64_t fixed_value, std::string_view mode) {
    return is_fixed ? fixed(program, given, name, fixed_value, mode, translation) : given.integer(name).value_or(standard);
  };
  constexpr std::string_view kMlperf = "USE_MLPERF=1";
  const bool is_lars = value("USE_LARS_OPTIMIZER", is_resnext ? 0 : 1, is_mlperf, 1, kMlperf) == 1;
  if (is_resnext && is_lars)
    fail(ErrorCode::kUsage, "--resnext with {}=1: the reference has no such recipe; leave one out", is_mlperf ? "USE_MLPERF" : "USE_LARS_OPTIMIZER");
  const std::optional<std::string> data = given.text("IMAGENET_DIR");
  if (!data)
    fail(ErrorCode::kUsage, Advice{"IMAGENET_DIR=/path/to/tf_records fovea compat demo_resnet_hvd.sh"}, "demo_resnet_hvd.sh: IMAGENET_DIR must be set");
  Training training{.data = *data, .is_bfloat16 = true};
  take_family(training, is_resnext ? Family::kResnext : is_lars ? Family::kLars : Family::kSgd);
  training.size = given.integer("RESNET_SIZE").value_or(is_resnext ? 101 : 50);
  training.run_dir = default_run_dir(surroundings, translation);
  training.batch = value("BATCH_SIZE", 256, is_mlperf, 256, kMlperf);
  const std::optional<std::string> servers = given.text("MULTI_HLS_IPS");
  const int64_t cards = value("NUM_WORKERS_PER_HLS", 8, is_mlperf, 8, kMlperf);
  const int64_t server_count = servers ? static_cast<int64_t>(split(*servers, ',').size()) : 1;
  if (cards < 1 || cards > 1 << 20) fail(ErrorCode::kUsage, "NUM_WORKERS_PER_HLS: expected 1 to {}, found {}", 1 << 20, cards);
  training.workers = cards * server_count;
  if (is_lars) training.rates.lr = kLarsPeakHorovod;
  if (!is_lars && !is_resnext && training.workers > kManyWorkers) training.rates.lr = kBaseRateManyWorkers;
  training.epochs = value("TRAIN_EPOCHS", 40, is_lars, is_mlperf ? 36 : kLarsEpochs, is_mlperf ? kMlperf : "LARS");
  training.eval_offset = is_mlperf ? 2 : 0;
  training.steps = count(given.integer("TRAIN_STEPS"));
  training.evaluates = given.integer("NO_EVAL").value_or(0) == 0;
  training.epochs_between_evals = is_mlperf ? 4 : training.workers;
  training.stop_threshold = given.number("STOP_THRESHOLD");
  if (!training.stop_threshold && is_mlperf) training.stop_threshold = 0.759;
  training.log_steps = 100;
  training.save_every = "5005steps";
  add_training(training, surroundings, translation);
  return translation;
}

}  // namespace fovea::compat
