// ssd.py and demo_ssd.py (spec 3.6 to 3.12).
#include "fovea/compat/ssd.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/compat/commands.h"
#include "fovea/compat/training.h"

#include <algorithm>
#include <cmath>

namespace fovea::compat {

namespace {

constexpr int64_t kCocoPictures = 117266;  // spec 3.7: training pictures with a box
constexpr int64_t kKeepAll = 1000000;      // the most that train.keep_last takes

// What the flags of a training say, with the reference's defaults.
struct Wanted {
  std::string run_dir, data, backbone;
  bool is_bfloat16 = true;
  int64_t batch = 128;  // of one worker
  int64_t workers = 1;
  Passes passes = Passes::kPerWorker;
  int64_t epochs = 50;
  int64_t steps = 0;  // 0: by epochs
  int64_t pictures = kCocoPictures;
  bool has_fake_data = false;
  SsdRates rates;
  int64_t log_steps = 1;
  double save_epochs = 5;
  std::optional<int64_t> save_steps;
  int64_t keep = 20;
  int64_t loader_threads = 0;
  std::string profile;

  [[nodiscard]] bool counts_otherwise() const { return pictures != kCocoPictures && !has_fake_data; }
  [[nodiscard]] int64_t steps_of_epoch() const { return (pictures + batch * workers - 1) / (batch * workers); }
};

std::string run_dir_of(const Given& given) { return given.text("model_dir").value_or("/tmp/ssd"); }

int64_t batch_of(const Given& given) { return given.integer("batch_size").value_or(128); }

int64_t pictures_of(const Given& given) {
  constexpr int64_t kMost = 1000000000000;  // as synthetic data; times the most epochs, it fits in 64 bits
  const int64_t pictures = given.integer("num_examples_per_epoch").value_or(kCocoPictures);
  if (pictures < 1 || pictures > kMost) fail(ErrorCode::kUsage, "--num_examples_per_epoch: expected 1 to {}, found {}", kMost, pictures);
  return pictures;
}

std::string data_of(const Given& given) {
  if (given.is_on("use_fake_data")) return fmt::format("synthetic:boxes=8,train={}", pictures_of(given));
  return given.text("data_dir").value_or("/data/coco2017/ssd_tf_records");
}

SsdRates rates_of(const Given& given) {
  const int64_t k = given.integer("k").value_or(0);
  const double shift = static_cast<double>(k) / 10;  // spec 3.6: 15 and 55 times 1 + 0.1 k
  const SsdRates usual, rates{.lr = given.number("base_lr").value_or(usual.lr),
                              .warmup_epochs = given.number("lr_warmup_epoch").value_or(usual.warmup_epochs),
                              .weight_decay = given.number("weight_decay").value_or(usual.weight_decay),
                              .plateau_epochs = usual.plateau_epochs + usual.plateau_epochs * shift,
                              .decay_epochs = usual.decay_epochs + usual.decay_epochs * shift};
  if (k <= -10) fail(ErrorCode::kUsage, "--k: expected more than -10, where the decay begins and ends at epoch 0; found {}", k);
  if (!(rates.warmup_epochs >= 0 && rates.warmup_epochs <= rates.plateau_epochs)) {
    fail(ErrorCode::kUsage, Advice{"a shorter --lr_warmup_epoch or a greater --k"},
         "--lr_warmup_epoch: expected 0 to {}, where the decay begins with --k={}; found {}", rates.plateau_epochs, k, rates.warmup_epochs);
  }
  return rates;
}

int64_t epochs_of(const Given& given, Translation& translation) {
  const double epochs = given.number("epochs").value_or(50);
  if (!(epochs >= 1 && epochs <= 1e6)) fail(ErrorCode::kUsage, "--epochs: expected 1 to 1000000, found {}", epochs);
  const auto whole = static_cast<int64_t>(epochs);
  if (static_cast<double>(whole) != epochs) translation.notes.push_back(fmt::format("--epochs={}: {}, as the reference takes whole ones", epochs, whole));
  return whole;
}

int64_t workers_of(const Program& program, const Given& given, Translation& translation) {
  const int64_t workers = horovod_workers(given, translation);
  if (program.name != "demo_ssd") return workers;
  const int64_t launched = given.integer("hvd_workers").value_or(1);
  expect_at_least("--hvd_workers", launched, 1);
  return std::max(workers, launched);
}

Wanted wanted_of(const Program& program, const Given& given, Translation& translation) {
  const auto whole = [&](std::string_view name, int64_t standard) { return given.integer(name).value_or(standard); };
  Wanted wanted{.run_dir = run_dir_of(given),
                .data = data_of(given),
                .backbone = given.text("resnet_checkpoint").value_or("/data/ssd_r34-mlperf"),
                .is_bfloat16 = given.text("dtype").value_or("bf16") == "bf16",
                .batch = batch_of(given),
                .workers = workers_of(program, given, translation),
                .steps = whole("steps", whole("num_steps", 0)),
                .pictures = pictures_of(given),
                .has_fake_data = given.is_on("use_fake_data"),
                .rates = rates_of(given),
                .log_steps = whole("log_step_count_steps", 1),
                .save_epochs = given.number("save_checkpoints_epochs").value_or(5),
                .save_steps = given.integer("save_checkpoints_steps"),
                .keep = whole("keep_ckpt_max", 20),
                .loader_threads = whole("threadpool_size", 0)};
  expect_batch(wanted.batch, wanted.workers);
  expect_at_least("--steps", wanted.steps, 0);
  if (wanted.steps == 0) wanted.epochs = epochs_of(given, translation);
  expect_at_least("--log_step_count_steps", wanted.log_steps, 1);
  expect_at_least("--save_checkpoints_steps", wanted.save_steps.value_or(1), 1);
  expect_at_least("--keep_ckpt_max", wanted.keep, 0);
  expect_at_least("--threadpool_size", wanted.loader_threads, 0);
  if (!(wanted.save_epochs > 0)) fail(ErrorCode::kUsage, "--save_checkpoints_epochs: expected a number above 0, found {}", wanted.save_epochs);
  if (given.is_on("distributed_bn")) {
    wanted.passes = Passes::kOne;
    if (wanted.workers == 1) translation.notes.emplace_back("--distributed_bn: one worker has nothing to share; --use_horovod=N stands for N of them");
  }
  if (const std::string profile = given.text("profile").value_or("0,0"); profile != "0,0") wanted.profile = profile;
  return wanted;
}

// The first whole epoch that the reference saves after; it asks for epoch mod `every` = 0 (spec 3.9).
int64_t epochs_between_saves(double every, int64_t epochs) {
  for (int64_t epoch = 1; epoch < epochs; ++epoch) {
    if (std::fmod(static_cast<double>(epoch), every) == 0) return epoch;
  }
  return epochs;
}

void add_length(const Wanted& wanted, CommandBuilder& builder, Translation& translation) {
  if (wanted.steps > 0) {
    builder.flag("--steps", wanted.steps);
  } else if (wanted.counts_otherwise()) {
    builder.flag("--steps", wanted.steps_of_epoch() * wanted.epochs);
    translation.notes.push_back(
        fmt::format("--num_examples_per_epoch={}: the training is as long as the reference's, {} of {}; the rates follow the epochs of the data",
                    wanted.pictures, format_count(wanted.epochs, "epoch"), format_count(wanted.steps_of_epoch(), "step")));
  } else {
    builder.flag("--epochs", wanted.epochs);
  }
}

void add_saving(const Wanted& wanted, CommandBuilder& builder, Translation& translation) {
  const int64_t epochs = epochs_between_saves(wanted.save_epochs, wanted.epochs);
  if (wanted.save_steps) {
    builder.flag("--save-every", fmt::format("{}steps", *wanted.save_steps));
  } else if (wanted.steps > 0) {
    builder.flag("--save-every", fmt::format("{}steps", wanted.steps));  // spec 3.12: they are one epoch, which ends with a checkpoint
  } else if (wanted.counts_otherwise()) {
    builder.flag("--save-every", fmt::format("{}steps", wanted.steps_of_epoch() * epochs));
  } else {
    builder.flag("--save-every", fmt::format("{}epoch{}", epochs, epochs == 1 ? "" : "s"));
  }
  if (wanted.keep == 1) translation.notes.emplace_back("--keep_ckpt_max=1: two are kept, in case the newest one is damaged");
  builder.flag("--keep", wanted.keep == 0 ? kKeepAll : std::max<int64_t>(wanted.keep, 2));
}

void add_backbone(const Wanted& wanted, const Surroundings& surroundings, CommandBuilder& builder, Translation& translation) {
  if (wanted.backbone.empty()) {
    builder.key("optim.freeze", "[]");
    translation.notes.emplace_back("--resnet_checkpoint is empty: from random weights, all of which are trained");
    return;
  }
  builder.flag("--init", without_slash(wanted.backbone) + ":backbone");
  if (!surroundings.exists(wanted.backbone) && !surroundings.exists(wanted.backbone + ".index"))  // a folder, or the prefix of a checkpoint
    translation.notes.push_back(
        fmt::format("there is no {}; --resnet_checkpoint=DIR names the backbone's weights, an empty value does without", wanted.backbone));
}

void add_rates(const SsdRates& rates, CommandBuilder& builder) {
  const auto usual = keys_of(SsdRates{}), wanted = keys_of(rates);
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto& [key, value] = wanted[i];
    if (value == usual[i].second) continue;
    if (key == "optim.lr") {
      builder.flag("--lr", value);
    } else {
      builder.key(key, value);
    }
  }
}

void add_device(const Surroundings& surroundings, CommandBuilder& builder) {
  if (!surroundings.device.empty()) builder.flag("--device", surroundings.device);
}

Command training(const Wanted& wanted, const Surroundings& surroundings, Translation& translation) {
  CommandBuilder builder({"train", "ssd-resnet34"});
  builder.flag("--data", wanted.data);
  builder.flag("--run-dir", wanted.run_dir);
  add_backbone(wanted, surroundings, builder, translation);
  add_batch(wanted.batch, wanted.workers, wanted.passes, builder, translation);
  add_length(wanted, builder, translation);
  builder.flag("--precision", wanted.is_bfloat16 ? "bfloat16" : "float32");
  add_rates(wanted.rates, builder);
  builder.flag("--eval-every", "none");  // spec 3.8: it only evaluates with --mode eval
  builder.flag("--log-every", fmt::format("{}steps", wanted.log_steps));
  add_saving(wanted, builder, translation);
  if (wanted.loader_threads > 0) builder.flag("--threads", wanted.loader_threads);
  builder.flag("--tb-tags", "tf");
  if (!wanted.profile.empty()) builder.flag("--profile", wanted.profile);
  add_device(surroundings, builder);
  return std::move(builder).command();
}

Command evaluation(const Given& given, const Surroundings& surroundings, Translation& translation) {
  const int64_t batch = batch_of(given);
  expect_batch(batch, 1);
  CommandBuilder builder({"eval", run_dir_of(given), "--all"});
  builder.flag("--data", data_of(given));
  builder.flag("--batch", batch);
  add_device(surroundings, builder);
  translation.notes.emplace_back("--mode eval: network and precision are those of the checkpoints; every validation picture is scored (D-15)");
  return std::move(builder).command();
}

Command inference(const std::string& picture, const std::string& run_dir, const Surroundings& surroundings, Translation& translation) {
  const std::string folder = (fs::path(run_dir) / "inference").string();
  CommandBuilder builder({"predict", run_dir, picture, "--latest"});
  builder.flag("--out", folder);
  builder.flag("--force");
  add_device(surroundings, builder);
  translation.notes.push_back(
      fmt::format("--inference: boxes from 30 % on (--min-score of fovea predict), drawn in {} instead of out.png; an earlier drawing is replaced", folder));
  return std::move(builder).command();
}

Translation translate_ssd_of(const Program& program, const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  Translation translation;
  const Given given = read_arguments(program, arguments, translation.notes);
  if (const std::optional<std::string> picture = given.text("inference")) {
    translation.commands.push_back(inference(*picture, run_dir_of(given), surroundings, translation));
  } else if (given.text("mode") == "eval") {
    translation.commands.push_back(evaluation(given, surroundings, translation));
  } else {
    const Wanted wanted = wanted_of(program, given, translation);
    translation.run_dir = wanted.run_dir;
    translation.commands.push_back(training(wanted, surroundings, translation));
  }
  return translation;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> keys_of(const SsdRates& rates) {
  const auto text = [](double value) { return fmt::format("{}", value); };
  return {{"optim.lr", text(rates.lr)},
          {"optim.warmup_epochs", text(rates.warmup_epochs)},
          {"optim.weight_decay", text(rates.weight_decay)},
          {"optim.plateau_epochs", text(rates.plateau_epochs)},
          {"optim.decay_epochs", text(rates.decay_epochs)}};
}

Translation translate_ssd(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  return translate_ssd_of(find_program("ssd"), arguments, surroundings);
}

Translation translate_demo_ssd(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  return translate_ssd_of(find_program("demo_ssd"), arguments, surroundings);
}

}  // namespace fovea::compat
