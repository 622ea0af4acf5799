#include "fovea/train/run_state.h"

#include "fovea/base/file.h"
#include "fovea/train/interval.h"

#include <algorithm>
#include <array>

namespace fovea::train {
namespace {

template <class T>
T required(const io::Json& json, std::string_view key, std::string_view where) {
  try {
    return json.at(io::Json::json_pointer("/" + std::string(key))).get<T>();
  } catch (const io::Json::exception&) {
    fail(ErrorCode::kData, Advice{"fovea checkpoint verify"}, "{}: \"{}\" is missing or has another type", where, key);
  }
}

/// Keys that change what is looked at or kept and when to stop or to pass something over: they may differ when a run continues.
constexpr std::array<std::string_view, 21> kFreeKeys{
    "train.eval_offset", "train.patience",   "train.stop_target", "train.on_nonfinite", "train.max_nonfinite", "data.on_corrupt",    "data.max_corrupt",
    "train.log_every",   "train.eval_every", "train.save_every",  "train.keep_last",    "train.keep_best",     "train.keep_every",   "train.max_hours",
    "train.eval_batch",  "data.threads",     "data.cache",        "expect.metric",      "expect.value",        "expect.measured_on", "expect.source"};

}  // namespace

std::string absolute_place(const std::string& where) {
  if (where.starts_with("synthetic")) return where;
  const fs::path path = fs::absolute(where).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).string();
}

io::Json state_json(const Progression& p, const Identity& id) {
  io::Json json{{"format", 1},
                {"step", p.step},
                {"images", p.step * id.global_batch},
                {"evaluations_without_better", p.evaluations_without_better},
                {"last_evaluation", p.last_evaluation},
                {"evaluation_owed", p.evaluation_owed},
                {"skipped_samples", p.skipped_samples},
                {"passed_over", p.passed_over},
                {"seconds_trained", p.trained_seconds},
                {"model", id.model},
                {"num_outputs", id.num_outputs},
                {"global_batch", id.global_batch},
                {"seed", id.seed},
                {"dataset",
                 {{"where", id.data_where},
                  {"source", id.data_source},
                  {"fingerprint", id.data_fingerprint},
                  {"size", id.data_size},
                  {"validation_source", id.validation_source},
                  {"validation_fingerprint", id.validation_fingerprint}}},
                {"classes", id.classes},
                {"recipe", id.recipe},
                {"compute", id.compute}};
  if (!id.class_ids.empty()) json["class_ids"] = id.class_ids;
  if (!id.init.empty()) json["init"] = {{"from", id.init}, {"fingerprint", id.init_fingerprint}};
  if (p.best) json["best"] = {{"metric", p.best->metric}, {"value", p.best->value}, {"step", p.best->step}};
  json["epoch"] = id.data_size > 0 ? static_cast<double>(p.step) / static_cast<double>(steps_per_epoch(id.data_size, id.global_batch)) : 0.0;
  return json;
}

Progression progression_from(const io::Json& state, std::string_view where) {
  Progression p{.step = required<int64_t>(state, "step", where),
                .evaluations_without_better = required<int64_t>(state, "evaluations_without_better", where),
                .last_evaluation = required<int64_t>(state, "last_evaluation", where),
                .evaluation_owed = required<bool>(state, "evaluation_owed", where),
                .skipped_samples = required<int64_t>(state, "skipped_samples", where),
                .passed_over = required<std::vector<int64_t>>(state, "passed_over", where),
                .trained_seconds = required<double>(state, "seconds_trained", where)};
  if (state.contains("best")) {
    p.best = {.metric = required<std::string>(state, "best/metric", where),
              .value = required<double>(state, "best/value", where),
              .step = required<int64_t>(state, "best/step", where)};
  }
  return p;
}

Identity identity_from(const io::Json& state, std::string_view where) {
  const bool has_init = state.contains("init");
  return {.model = required<std::string>(state, "model", where),
          .num_outputs = required<int64_t>(state, "num_outputs", where),
          .global_batch = required<int64_t>(state, "global_batch", where),
          .seed = required<int64_t>(state, "seed", where),
          .data_where = required<std::string>(state, "dataset/where", where),
          .data_source = required<std::string>(state, "dataset/source", where),
          .data_fingerprint = required<std::string>(state, "dataset/fingerprint", where),
          .data_size = required<int64_t>(state, "dataset/size", where),
          .validation_source = required<std::string>(state, "dataset/validation_source", where),
          .validation_fingerprint = required<std::string>(state, "dataset/validation_fingerprint", where),
          .classes = required<std::vector<std::string>>(state, "classes", where),
          .class_ids = state.contains("class_ids") ? required<std::vector<int64_t>>(state, "class_ids", where) : std::vector<int64_t>(),
          .recipe = required<Settings>(state, "recipe", where),
          .init = has_init ? required<std::string>(state, "init/from", where) : std::string(),
          .init_fingerprint = has_init ? required<std::string>(state, "init/fingerprint", where) : std::string(),
          .compute = required<std::string>(state, "compute", where)};
}

std::vector<std::string> differences(const Identity& before, const Identity& now) {
  std::vector<std::string> lines;
  for (const SettingChange& change : changes(before.recipe, now.recipe)) {
    const bool is_free = std::find(kFreeKeys.begin(), kFreeKeys.end(), change.key) != kFreeKeys.end();
    const bool is_new_and_off = !before.recipe.contains(change.key) && change.after == "none";  // an option that is newer than the checkpoint
    if (!is_free && !is_new_and_off) lines.push_back(text_of(change));
  }
  const auto compare = [&](const std::string& name, const std::string& a, const std::string& b) {
    lines.push_back(text_of({.key = name, .before = a, .after = b}));
  };
  const auto named = [](const std::string& source, const std::string& fingerprint) { return fmt::format("{} [{}]", source, fingerprint); };
  if (before.data_fingerprint != now.data_fingerprint)
    compare("training data", named(before.data_source, before.data_fingerprint), named(now.data_source, now.data_fingerprint));
  const bool both_evaluate = !before.validation_fingerprint.empty() && !now.validation_fingerprint.empty();
  if (both_evaluate && before.validation_fingerprint != now.validation_fingerprint)
    compare("validation data", named(before.validation_source, before.validation_fingerprint), named(now.validation_source, now.validation_fingerprint));
  const bool is_moved = !before.init_fingerprint.empty() && before.init_fingerprint == now.init_fingerprint;
  if (before.init != now.init && !is_moved) compare("--init", before.init.empty() ? "(absent)" : before.init, now.init);
  return lines;
}

}  // namespace fovea::train
