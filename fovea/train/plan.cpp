#include "fovea/train/plan.h"

#include "fovea/base/strings.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/memory.h"

#include <algorithm>
#include <cmath>

namespace fovea::train {
namespace {

constexpr double kBaseBytes = 350.0 * (1 << 20);  // program, LibTorch, oneDNN's scratch: measured with one picture (docs/benchmarks.md)

int64_t pass_images(const PlanInput& input) {
  return input.train.micro_batch > 0 ? std::min(input.train.micro_batch, input.train.batch_size) : input.train.batch_size;
}

double loader_bytes(const PlanInput& input) {
  const auto side = static_cast<double>(input.data.image_size);
  const double picture = side * side * 3 * (input.data.pixels == data::Pixels::kFloat32 ? 4 : 1);
  return 4.0 * static_cast<double>(input.train.batch_size) * picture;  // ready, in the making, in use
}

/// The host's peak in a step whose passes take `images` pictures.
double peak_bytes(const PlanInput& input, double parameters, double saved_per_image, int64_t images) {
  // A checkpoint brings its tensors over from the device file by file; the weights are the largest one.
  if (input.on_device) return kBaseBytes + parameters * 4 + loader_bytes(input);
  const double copies = 3 + (input.optim.ema > 0 ? 1 : 0);  // masters, gradients, momentum, averages
  const double casts = input.train.precision == Precision::kBFloat16 ? 0.5 : 0;
  const auto side = static_cast<double>(input.data.image_size);
  const double value = input.train.precision == Precision::kBFloat16 ? 2 : 4;
  const double input_bytes = static_cast<double>(images) * side * side * 3 * value;
  // A tenth above what is saved: gradients in flight while the first activations are still there.
  return kBaseBytes + parameters * 4 * (copies + casts) + loader_bytes(input) + input_bytes + 1.1 * saved_per_image * static_cast<double>(images);
}

/// Checkpoints that train.keep_every keeps for good: one for each multiple, but no more than are made.
double kept_for_good(const TrainOptions& train, int64_t total_steps, int64_t steps_per_epoch) {
  if (!train.keep_every) return 0;
  const auto times = [&](const Interval& interval) {
    if (interval.unit == Interval::Unit::kMinutes) return static_cast<double>(total_steps);  // not known: at most at every step
    const double length = std::floor(interval.count * (interval.unit == Interval::Unit::kEpochs ? static_cast<double>(steps_per_epoch) : 1));
    return std::floor(static_cast<double>(total_steps) / std::max(1.0, length));
  };
  const double evaluations = train.eval_every ? times(*train.eval_every) : 0;  // one that is the best so far saves too
  const double made = times(train.save_every) + evaluations + 1;               // and so does the end
  return std::min(times(*train.keep_every), made);
}

/// "every 4epochs from 2epochs on and at the end, the first 1,000 of 50,000 pictures".
std::string evaluation_text(const PlanInput& in) {
  const TrainOptions& train = in.train;
  if (!train.eval_every) return "none (train.eval_every): no score, no best checkpoint";
  const std::string from = train.eval_offset ? fmt::format(" from {} on", FieldType<Interval>::print(*train.eval_offset)) : "";
  const bool is_part = train.eval_images && *train.eval_images < in.validation_images;
  const std::string pictures =
      is_part ? fmt::format("only the first {} of {} pictures (train.eval_images)", format_count(*train.eval_images), format_count(in.validation_images))
              : fmt::format("all {}", format_count(in.validation_images, "picture"));
  return fmt::format("every {}{} and at the end, {}", FieldType<Interval>::print(*train.eval_every), from, pictures);
}

std::string table(const PlanInput& in, const Plan& plan) {
  const auto row = [](std::string_view name, const std::string& value) { return fmt::format("  {:<16} {}\n", name, value); };
  std::string text = row(
      "model", fmt::format("{}, {} parameters trained, {} outputs, {} px", in.model.name, format_count(plan.parameters), in.num_outputs, in.data.image_size));
  const std::string evaluated = in.train.eval_every ? fmt::format(", {} to evaluate on", format_count(in.validation_images)) : "";
  text += row("pictures", fmt::format("{} to train on{}", format_count(in.train_images), evaluated));
  text += row("global batch", fmt::format("{}{}", in.train.batch_size,
                                          in.train.micro_batch > 0 ? fmt::format(" in passes of {} (batch statistics are per pass)", pass_images(in)) : ""));
  text += row("length", fmt::format("{} epoch{} of {} = {}", format_number(static_cast<double>(plan.total_steps) / static_cast<double>(plan.steps_per_epoch)),
                                    plan.total_steps == plan.steps_per_epoch ? "" : "s", format_count(plan.steps_per_epoch, "step"),
                                    format_count(plan.total_steps, "step")));
  text += row("rate", plan.schedule.text);
  if (in.optim.lars_bands)
    text += row("peak rate", fmt::format("{} by optim.lars_bands for batch {}", format_number(plan.schedule.peak_lr), in.train.batch_size));
  else if (in.optim.lr_batch > 0 && in.optim.lr_batch != in.train.batch_size)
    text += row("peak rate", fmt::format("{} = optim.lr {} x batch {} / optim.lr_batch {}", format_number(plan.schedule.peak_lr), format_number(in.optim.lr),
                                         in.train.batch_size, in.optim.lr_batch));
  text += row("evaluation", evaluation_text(in));
  text += row("precision", fmt::format("{} (weights, statistics, losses float32)", FieldType<Precision>::print(in.train.precision)));
  text += row("loader", format_count(in.loader_threads, "thread"));
  text += row("work", fmt::format("{:.1f} GFLOP a picture", plan.step_flops / static_cast<double>(in.train.batch_size) / 1e9));
  text += row("memory", fmt::format("about {}{} (limit {}){}", format_bytes(plan.memory_bytes), in.on_device ? " of the host" : "",
                                    format_bytes(static_cast<double>(memory_limit().bytes)),
                                    in.on_device ? " for program, loader and saving; what the device holds is not counted" : ""));
  text += row("disk", fmt::format("{} a checkpoint, about {} in all", format_bytes(plan.checkpoint_bytes), format_bytes(plan.disk_bytes)));
  return text;
}

}  // namespace

Plan make_plan(const PlanInput& input, model::Model& model) {
  const TrainOptions& train = input.train;
  if (train.batch_size > input.train_images) {
    fail(ErrorCode::kConfig, Advice{fmt::format("--batch-size {}", std::max<int64_t>(1, input.train_images / 4))},
         "train.batch_size is {}, but there are only {} pictures to train on", train.batch_size, input.train_images);
  }
  if (train.evaluate == Weights::kEma && input.optim.ema <= 0)
    fail(ErrorCode::kConfig, "train.evaluate is ema, but optim.ema is 0: no averaged weights are kept");
  if (input.data.mixup > 0 && train.micro_batch % 2 != 0)
    fail(ErrorCode::kConfig, "data.mixup pairs pictures, so train.micro_batch must be even, found {}", train.micro_batch);

  if (train.keep_every && train.keep_every->unit == Interval::Unit::kMinutes) {
    fail(ErrorCode::kConfig, Advice{"--set train.keep_every=1epoch"}, "train.keep_every counts steps or epochs, found {}",
         FieldType<Interval>::print(*train.keep_every));
  }

  Plan plan;
  plan.steps_per_epoch = steps_per_epoch(input.train_images, train.batch_size);
  plan.total_steps = train.steps ? *train.steps : static_cast<int64_t>(std::llround(train.epochs * static_cast<double>(plan.steps_per_epoch)));
  if (plan.total_steps < 1) fail(ErrorCode::kConfig, "train.epochs is {}: not a single step", train.epochs);
  plan.schedule =
      optim::Schedule(input.optim, {.dataset_size = input.train_images, .global_batch = train.batch_size, .total_steps = plan.total_steps}).summary();

  double saved = 0, all_values = 0;
  for (const model::LayerRow& row : model::layer_table(model, 1, input.data.image_size, train.precision)) {
    plan.step_flops += (row.forward_flops + row.backward_flops) * static_cast<double>(train.batch_size);
    saved += row.saved_bytes;
    plan.parameters += row.parameters;
  }
  for (const nn::Parameter& p : model.parameters().all()) all_values += static_cast<double>(p.value.numel());
  plan.memory_bytes = peak_bytes(input, all_values, saved, pass_images(input));
  plan.checkpoint_bytes = all_values * 4 * (2 + (input.optim.ema > 0 ? 1 : 0));
  plan.disk_bytes =
      plan.checkpoint_bytes * (static_cast<double>(train.keep_last + train.keep_best + 1) + kept_for_good(train, plan.total_steps, plan.steps_per_epoch));
  plan.text = table(input, plan);
  return plan;
}

void check_fit(const Plan& plan, const PlanInput& input, const fs::path& run_dir) {
  const auto limit = static_cast<double>(available_memory_bytes());
  if (input.on_device && plan.memory_bytes > limit) {  // passes do not matter: the loader makes whole batches
    fail(ErrorCode::kMemory, Advice{"a smaller --batch-size"}, "the plan needs about {} of host memory, {} can be had: batches of {} pictures are too large",
         format_bytes(plan.memory_bytes), format_bytes(limit), input.train.batch_size);
  }
  if (plan.memory_bytes > limit) {
    const double fixed = peak_bytes(input, static_cast<double>(plan.parameters), 0, 0);
    const double per_image = (plan.memory_bytes - fixed) / static_cast<double>(pass_images(input));
    int64_t fits = 1;
    while (2 * fits <= pass_images(input) && fixed + per_image * static_cast<double>(2 * fits) < 0.9 * limit) fits *= 2;
    fail(ErrorCode::kMemory, Advice{fmt::format("--set train.micro_batch={} (the global batch stays {})", fits, input.train.batch_size)},
         "the plan needs about {} of memory, {} can be had: passes of {} pictures are too large", format_bytes(plan.memory_bytes), format_bytes(limit),
         pass_images(input));
  }
  double present = 0;  // checkpoints of a run that continues: new ones take their place
  for (const CheckpointInfo& checkpoint : list_checkpoints(run_dir)) present += static_cast<double>(checkpoint.bytes);
  if (const auto free = static_cast<double>(free_disk_bytes(run_dir)); plan.disk_bytes - present > free) {
    fail(ErrorCode::kIo,
         Advice{fmt::format("choose another --run-dir, or a {}", input.train.keep_every ? "longer train.keep_every" : "smaller train.keep_last")},
         "checkpoints will need {}, the disk of \"{}\" has {} free", format_bytes(plan.disk_bytes), run_dir.string(), format_bytes(free));
  }
}

bool is_due(const Interval& interval, int64_t step, int64_t steps_per_epoch) {
  if (interval.unit == Interval::Unit::kMinutes) return false;
  const double length = interval.unit == Interval::Unit::kSteps ? interval.count : interval.count * static_cast<double>(steps_per_epoch);
  return std::floor(static_cast<double>(step) / length) > std::floor(static_cast<double>(step - 1) / length);
}

bool is_evaluation_due(const TrainOptions& train, const Plan& plan, int64_t step, double seconds_since_last) {
  if (!train.eval_every) return false;
  if (step == plan.total_steps) return true;
  const Interval& every = *train.eval_every;
  if (every.unit == Interval::Unit::kMinutes) return seconds_since_last >= every.count * 60;
  int64_t first = 0;
  if (const auto& offset = train.eval_offset)
    first = static_cast<int64_t>(offset->count * (offset->unit == Interval::Unit::kEpochs ? static_cast<double>(plan.steps_per_epoch) : 1));
  return step > first && is_due(every, step - first, plan.steps_per_epoch);
}

}  // namespace fovea::train
