#include "fovea/train/run_parts.h"

#include "fovea/base/strings.h"
#include "fovea/data/decoded_cache.h"
#include "fovea/io/fingerprint.h"
#include "fovea/train/init_weights.h"
#include "fovea/train/memory.h"

#include <algorithm>

namespace fovea::train {

kernels::PixelScale pixel_scale(const data::DataOptions& options) {
  kernels::PixelScale scale;
  for (size_t c = 0; c < 3; ++c) {
    scale.mean[c] = static_cast<float>(options.mean[c]);
    scale.std[c] = static_cast<float>(options.std[c]);
  }
  return scale;
}

RunParts::RunParts(const TrainerSetup& s, const fs::path& index_cache, Log& log) : setup(s), device(s.device) {
  const auto open = [&](data::Split split) {
    data::OpenOptions options = data::open_options(setup.data, static_cast<uint64_t>(setup.train.seed));
    options.index_cache = index_cache;
    options.training = train.get();
    data::OpenedDataset opened = data::open_dataset(setup.data_where, split, options);
    log.info("data: {}", opened.dataset->info().source);
    for (const std::string& line : opened.damage) log.warning("left out: {}", line);
    for (const std::string& line : opened.warnings) log.warning("{}", line);
    return std::move(opened.dataset);
  };
  train = open(data::Split::kTrain);
  if (setup.train.eval_every) {
    validation = open(data::Split::kValidation);
    FOVEA_CHECK(train->info().class_names == validation->info().class_names, "{} and {} classes", train->info().num_outputs, validation->info().num_outputs);
  }
  const int64_t outputs = train->info().num_outputs;
  model =
      model::make_model(setup.model, {.num_outputs = outputs, .label_smoothing = setup.train.label_smoothing, .seed = static_cast<uint64_t>(setup.train.seed)});
  expect_same_task(*model, setup.model.name, train->info());
  encoder = model->target_encoder();
  model->parameters().freeze(setup.optim.freeze);
  model->parameters().freeze_all_but(setup.optim.train_only);
  if (model->parameters().trainable().empty()) {
    fail(ErrorCode::kConfig, Advice{"take out a pattern of one of them"}, "optim.freeze and optim.train_only together leave nothing to train");
  }

  plan_input = {.model = setup.model,
                .data = setup.data,
                .optim = setup.optim,
                .train = setup.train,
                .train_images = train->size(),
                .validation_images = validation ? validation->size() : 0,
                .num_outputs = outputs,
                .loader_threads = setup.data.threads > 0 ? setup.data.threads : data::default_loader_threads(),
                .on_device = !device.is_cpu()};
  plan = make_plan(plan_input, *model);
  schedule.emplace(setup.optim, optim::ScheduleFacts{.dataset_size = train->size(), .global_batch = setup.train.batch_size, .total_steps = plan.total_steps});

  if (!device.is_cpu()) model->parameters().to(device);
  optimizer = std::make_unique<optim::Optimizer>(model->parameters(), setup.optim);
  if (setup.optim.ema > 0) ema = std::make_unique<optim::Ema>(model->parameters(), setup.optim.ema);
  step = {.optim = setup.optim,
          .pixels = pixel_scale(setup.data),
          .precision = setup.train.precision,
          .path = setup.path,
          .micro_batch = setup.train.micro_batch,
          .seed = static_cast<uint64_t>(setup.train.seed)};
}

data::LoaderOptions RunParts::loader_options() const {
  return {.data = setup.data,
          .seed = static_cast<uint64_t>(setup.train.seed),
          .batch = setup.train.batch_size,
          .threads = plan_input.loader_threads,
          .pinned = device.is_cuda(),
          .trace = step.trace,
          .encoder = encoder.get()};
}

std::string RunParts::computed_with() const {
  return fmt::format("{}, {} kernels, {}", device.str(), setup.path == kernels::Path::kFused ? "fused" : "reference",
                     format_count(compute_threads(), "thread"));
}

ProfileFacts RunParts::profile_facts() const {
  return {.what = fmt::format("{}: {}, {}, {}", setup.name, setup.model.name, FieldType<Precision>::print(setup.train.precision), computed_with()),
          .batch_size = setup.train.batch_size,
          .loader_threads = plan_input.loader_threads,
          .on_device = !device.is_cpu()};
}

int64_t RunParts::evaluated_images() const { return std::min(plan_input.validation_images, setup.train.eval_images.value_or(plan_input.validation_images)); }

EvaluationOptions RunParts::evaluation_options() const {
  data::LoaderOptions loader = loader_options();
  loader.samples = evaluated_images();
  if (setup.train.eval_batch > 0) {
    loader.batch = setup.train.eval_batch;
  } else if (setup.train.micro_batch > 0) {
    loader.batch = setup.train.micro_batch;  // what fits in training fits here
  }
  loader.trace = nullptr;  // in a profile an evaluation is one span
  StepOptions pass = step;
  pass.trace = nullptr;
  constexpr int64_t kMistakes = 24;  // chosen: four rows of the report
  return {.loader = loader, .step = pass, .device = device, .keep_mistakes = kMistakes};
}

KeepPolicy RunParts::keep_policy() const {
  KeepPolicy policy{.last = setup.train.keep_last, .best = setup.train.keep_best};
  if (const auto& every = setup.train.keep_every) {
    const double steps = every->count * (every->unit == Interval::Unit::kEpochs ? static_cast<double>(plan.steps_per_epoch) : 1);
    policy.every_steps = std::max<int64_t>(1, static_cast<int64_t>(steps));
  }
  return policy;
}

Identity RunParts::identity() const {
  return {.model = setup.model.name,
          .num_outputs = model->num_outputs(),
          .global_batch = setup.train.batch_size,
          .seed = setup.train.seed,
          .data_where = absolute_place(setup.data_where),
          .data_source = train->info().source,
          .data_fingerprint = io::hex(train->info().fingerprint),
          .data_size = train->size(),
          .validation_source = validation ? validation->info().source : "",
          .validation_fingerprint = validation ? io::hex(validation->info().fingerprint) : "",
          .classes = train->info().class_names,
          .class_ids = train->info().class_ids,
          .recipe = setup.recipe,
          .init = setup.init ? init_text(*setup.init) : std::string(),
          .compute = computed_with()};
}

void RunParts::keep_decoded_if_they_fit(int64_t steps_left, Log& log) {
  constexpr double kShare = 0.8;  // chosen: the rest for what the estimate does not know
  if (setup.data.cache == data::Cache::kOff || steps_left * setup.train.batch_size <= train->size()) return;  // none is used twice
  const auto bytes = static_cast<double>(data::decoded_bytes(*train, setup.data));
  if (bytes == 0) return;  // nothing is encoded
  const double free_bytes = std::max(0.0, static_cast<double>(available_memory_bytes()) - plan.memory_bytes);
  const bool fits = bytes <= kShare * free_bytes;
  log.info("data: pictures {}: decoded, all take about {} of the {} that training leaves free (data.cache: auto)",
           fits ? "stay in memory after their first use" : "are decoded each time", format_bytes(bytes), format_bytes(free_bytes));
  if (fits) train = data::keep_decoded(std::move(train), setup.data, static_cast<int64_t>(kShare * free_bytes), log);
}

}  // namespace fovea::train
