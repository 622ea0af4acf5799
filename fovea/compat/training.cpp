#include "fovea/compat/training.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/compat/commands.h"

#include <algorithm>

namespace fovea::compat {

namespace {

constexpr int64_t kImageNetPictures = 1281167;  // spec 2.4: the reference counts with it whatever the data
constexpr int64_t kFirstLarsBand = 8192;        // spec 2.4

void check_ranges(const Training& training) {
  expect_batch(training.batch, training.workers);
  expect_at_least("the number of epochs", training.epochs, 1);
  expect_at_least("the epochs between evaluations", training.epochs_between_evals, 1);
  expect_at_least("the train offset", training.eval_offset, 0);
  expect_at_least("the display steps", training.log_steps, 1);
}

void add_length(const Training& training, CommandBuilder& builder, Translation& translation) {
  const int64_t epochs = training.epochs + training.eval_offset;
  // Keras: whole epochs whatever the batch (spec 2.6); the estimator's steps are counted the same way (2.7)
  const int64_t steps_of_epochs = kImageNetPictures / (training.batch * training.workers) * epochs;
  if (training.steps && *training.steps < std::max<int64_t>(1, steps_of_epochs)) {
    builder.flag("--steps", *training.steps);
    return;
  }
  builder.flag("--epochs", epochs);
  if (training.steps)
    translation.notes.push_back(fmt::format("{} steps are not fewer than ImageNet has in {}, so the training ends by epochs", *training.steps,
                                            format_count(epochs, epochs == 1 ? "epoch" : "epochs")));
}

// The reference's peak is that of the flag whatever the batch, below 8,192 pictures of a worker; from there on the recipe's bands are its own.
void add_lars(const Training& training, CommandBuilder& builder, Translation& translation) {
  const int64_t global_batch = training.batch * training.workers;
  if (training.lars_epochs != kLarsEpochs) builder.key("optim.decay_epochs", fmt::format("{}", training.lars_epochs));
  if (global_batch < kFirstLarsBand) {
    builder.flag("--lr", fmt::format("{}", training.rates.lr));
    builder.key("optim.lr_batch", 0);
  }
  translation.notes.emplace_back("LARS: weight decay is applied once; --set optim.lars_double_decay=true applies it twice, as the reference does (D-5)");
  if (global_batch >= kFirstLarsBand && training.batch < kFirstLarsBand) {
    translation.notes.push_back(fmt::format(
        "LARS: peak and warm-up are those of {} pictures, as the document says; --set optim.lars_bands=false --set optim.lr_batch=0 --lr {} are those of "
        "one worker, as in the reference (D-4)",
        global_batch, training.rates.lr));
  }
}

void add_rates(const Training& training, CommandBuilder& builder, Translation& translation) {
  const auto usual = keys_of(rates_of(training.family));
  const auto wanted = keys_of(training.rates);
  const bool is_lars = training.family == Family::kLars;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto& [key, value] = wanted[i];
    if (key == "optim.lr") {
      if (!is_lars && value != usual[i].second) builder.flag("--lr", value);
    } else if (value != usual[i].second) {
      builder.key(key, value);
    }
  }
  // spec 2.4: the cosine ends at floor(N / G * epochs), whatever the steps and the offset; epochs that are all warm-up have none
  if (training.rates.schedule == "cosine" && static_cast<double>(training.epochs) > training.rates.warmup_epochs)
    builder.key("optim.decay_epochs", training.epochs);
  if (training.trains_dense_only) builder.key("optim.train_only", "[fc.*]");
  if (is_lars) add_lars(training, builder, translation);
}

void add_evaluation(const Training& training, CommandBuilder& builder, Translation& translation) {
  if (!training.evaluates) {
    builder.flag("--eval-every", "none");
    if (training.stop_threshold) translation.notes.emplace_back("without evaluations there is no accuracy to stop at: the threshold is left out");
    return;
  }
  if (training.evaluates_by_clock) {
    builder.flag("--eval-every", "10min");  // [TF] EvalSpec: at least 600 s between two evaluations
    translation.notes.emplace_back(
        "one combined call: an evaluation every ten minutes and at the end, as the framework's default is; the epochs between evaluations do not count");
  } else {
    builder.flag("--eval-every", fmt::format("{}epoch{}", training.epochs_between_evals, training.epochs_between_evals == 1 ? "" : "s"));
    if (training.eval_offset > 0) builder.key("train.eval_offset", fmt::format("{}epochs", training.eval_offset));
  }
  if (training.eval_batches) builder.key("train.eval_images", *training.eval_batches * training.batch);
  if (training.stop_threshold) builder.flag("--stop-target", fmt::format("{}", *training.stop_threshold));
}

void add_saving(const Training& training, CommandBuilder& builder) {
  const int64_t epochs = training.epochs + training.eval_offset;
  builder.flag("--save-every", training.save_every.value_or(fmt::format("{}epoch{}", epochs, epochs == 1 ? "" : "s")));
  if (training.save_every) builder.flag("--keep", training.keep);
}

}  // namespace

Rates rates_of(Family family) {
  switch (family) {
    case Family::kSgd: return {.schedule = "piecewise", .lr = 0.128};
    case Family::kLars: return {.schedule = "polynomial", .lr = 2.5, .label_smoothing = 0.1};
    case Family::kResnext:
      return {.schedule = "cosine", .lr = 0.256, .momentum = 0.875, .weight_decay = 6.103515625e-05, .label_smoothing = 0.1, .warmup_epochs = 8};
    case Family::kKeras: return {.schedule = "piecewise", .lr = 0.1, .weight_decay = 2e-4, .warmup_epochs = 5};  // 1e-4 without the half, spec 1.4
  }
  FOVEA_CHECK(false, "family {}", static_cast<int>(family));
}

std::vector<std::pair<std::string, std::string>> keys_of(const Rates& rates) {
  const auto text = [](double value) { return fmt::format("{}", value); };
  return {{"optim.schedule", rates.schedule},
          {"optim.lr", text(rates.lr)},
          {"optim.momentum", text(rates.momentum)},
          {"optim.weight_decay", text(rates.weight_decay)},
          {"optim.warmup_epochs", text(rates.warmup_epochs)},
          {"train.label_smoothing", text(rates.label_smoothing)}};
}

std::string recipe_of(Family family, int64_t size) {
  const bool has_recipe = size == 50 || size == 101 || size == 152;
  const int64_t named = has_recipe ? size : 50;
  switch (family) {
    case Family::kSgd: return fmt::format("resnet{}-sgd", named);
    case Family::kLars: return fmt::format("resnet{}-lars", named);
    case Family::kKeras: return "resnet50-keras";
    case Family::kResnext:
      if (!has_recipe) fail(ErrorCode::kUsage, "ResNeXt of size {}: expected 50, 101 or 152", size);
      return fmt::format("resnext{}", size);
  }
  FOVEA_CHECK(false, "family {}", static_cast<int>(family));
}

std::string run_folder(const std::string& model_dir, const std::string& recipe, Translation& translation) {
  if (fs::path(model_dir).lexically_normal() / "" != "/tmp/") return model_dir;
  const std::string folder = fmt::format("/tmp/fovea-{}", recipe);
  translation.notes.push_back(fmt::format("a run has its folder for itself: {} instead of /tmp", folder));
  return folder;
}

void add_training(const Training& training, const Surroundings& surroundings, Translation& translation) {
  check_ranges(training);
  const std::string recipe = recipe_of(training.family, training.size);
  translation.run_dir = training.run_dir;
  CommandBuilder builder({"train", recipe});
  const std::string network = fmt::format("resnet{}", training.size);
  if (training.family != Family::kResnext && !recipe.starts_with(network + "-")) builder.flag("--model", network);
  builder.flag("--data", training.data);
  builder.flag("--run-dir", training.run_dir);
  add_batch(training.batch, training.workers, Passes::kPerWorker, builder, translation);
  add_length(training, builder, translation);
  builder.flag("--precision", training.is_bfloat16 ? "bfloat16" : "float32");
  add_rates(training, builder, translation);
  add_evaluation(training, builder, translation);
  builder.flag("--log-every", fmt::format("{}steps", training.log_steps));
  add_saving(training, builder);
  if (training.loader_threads) builder.flag("--threads", *training.loader_threads);
  if (training.compute_threads) builder.flag("--compute-threads", *training.compute_threads);
  builder.flag("--tb-tags", "tf");
  if (!training.profile.empty()) builder.flag("--profile", training.profile);
  if (!surroundings.device.empty()) builder.flag("--device", surroundings.device);
  translation.commands.push_back(std::move(builder).command());
  if (training.export_dir.empty()) return;
  CommandBuilder exporter({"export", training.run_dir});
  const std::string file = without_slash(training.export_dir) + ".onnx";
  exporter.flag("--latest");
  exporter.flag("-o", file);
  exporter.flag("--force");
  translation.notes.push_back(fmt::format("--export_dir: one ONNX file, {}, instead of a folder; that of an earlier run is replaced", file));
  translation.commands.push_back(std::move(exporter).command());
}

}  // namespace fovea::compat
