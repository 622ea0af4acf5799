#include "fovea/train/start.h"

#include "fovea/base/strings.h"
#include "fovea/data/check.h"
#include "fovea/data/show.h"
#include "fovea/train/checkpoint_store.h"

#include <algorithm>

namespace fovea::train {
namespace {

/// The first batch as the network will see it.
std::vector<std::byte> write_samples(const fs::path& folder, RunParts& parts) {
  data::LoaderOptions options = parts.loader_options();
  constexpr int64_t kPictures = 24;  // chosen: fills a screen; even, so that MixUp's pairs stay whole
  data::Loader loader = data::Loader::train(*parts.train, options, 0);
  const data::Batch batch = *loader.next();
  const int64_t count = std::min(kPictures, batch.images.size(0));
  make_directories(folder / "samples");
  std::vector<std::byte> sheet =
      data::batch_sheet(data::slice(batch, 0, count), parts.train->info().class_names, "first training batch, as the network sees it");
  write_atomically(folder / "samples" / "train_batch0.png", std::span<const std::byte>(sheet));
  return sheet;
}

/// Empty when the file is gone or damaged.
std::string fingerprint_now(const InitSource& source) {
  try {
    return init_fingerprint(WeightFile(source.path), source.part);
  } catch (const Error&) {
    return {};
  }
}

/// The weights are in the checkpoint: without --init the run simply goes on, and under the same name the file may have become another one.
void keep_first_weights(Identity& now, const Identity& before, const TrainerSetup& setup) {
  if (now.init.empty() || now.init == before.init) {
    now.init = before.init;
    now.init_fingerprint = before.init_fingerprint;
  } else {
    now.init_fingerprint = fingerprint_now(*setup.init);
  }
}

}  // namespace

InitReport read_first_weights(RunParts& parts, Log& log) {
  const InitSource& source = *parts.setup.init;
  InitReport report =
      init_weights(WeightFile(source.path, {.log = &log}), *parts.model,
                   {.part = source.part, .allows_partial = source.allows_partial, .recipe = parts.setup.recipe, .classes = parts.train->info().class_names});
  if (parts.ema) parts.ema->restart();
  for (const std::string& warning : report.warnings) log.warning("{}", warning);
  return report;
}

StartPoint start_point(const RunFolder& folder, Identity& now, RunParts& parts, Log& log) {
  if (const auto note = folder.killed_note()) log.warning("{}", *note);
  const LatestCheckpoint latest = latest_checkpoint(folder.path());
  for (const DamagedCheckpoint& damaged : latest.damaged)
    log.warning("{} is damaged and passed over: {}", damaged.folder.string(), join(damaged.problems, "; "));
  if (!latest.folder && !latest.damaged.empty()) {
    fail(ErrorCode::kData, Advice{"restore one of them, or begin again in another --run-dir"}, "no checkpoint of {} can be read: {}", folder.path().string(),
         latest.damaged.front().problems.front());
  }
  if (!latest.folder) {
    std::string sentence =
        folder.is_new() ? "new run in " + folder.path().string() : "starting from the first step: " + folder.path().string() + " holds no checkpoint yet";
    if (!parts.setup.init) return {.sentence = sentence};
    const InitReport report = read_first_weights(parts, log);
    now.init_fingerprint = report.fingerprint;
    write_atomically(folder.path() / "init.txt", report.text());
    return {.sentence = sentence + "; " + report.sentence()};
  }

  StartPoint start{.checkpoint = load_checkpoint(*latest.folder)};
  const Identity before = identity_from(start.checkpoint->state, latest.folder->string());
  keep_first_weights(now, before, parts.setup);
  if (const std::vector<std::string> changes = differences(before, now); !changes.empty()) {
    const std::string list = "\n  " + join(changes, "\n  ");
    if (!parts.setup.resume_with_changes)
      fail(ErrorCode::kConfig, Advice{"--resume-with-changes to continue all the same, or another --run-dir"}, "{} was begun with other settings:{}",
           folder.path().string(), list);
    if (before.num_outputs != now.num_outputs || before.model != now.model)
      fail(ErrorCode::kConfig, Advice{"another --run-dir"}, "the network itself changed; a run cannot continue with other weights:{}", list);
    log.warning("continuing with changes:{}", list);
  }
  if (before.compute != now.compute) {
    log.warning("this run was computed with {} before and is with {} now: sums are added in another order, so results differ in the last bits", before.compute,
                now.compute);
  }
  start.sentence = fmt::format("continuing step {} of {}", start.checkpoint->step, folder.path().string());
  return start;
}

std::optional<TrainResult> finished_result(const RunFolder& folder, const TrainerSetup& setup) {
  const std::optional<RunStatus>& previous = folder.previous();
  if (!previous || previous->state != RunState::kDone) return std::nullopt;
  const LatestCheckpoint latest = latest_checkpoint(folder.path());
  if (!latest.folder) return std::nullopt;
  Identity before = identity_from(load_checkpoint(*latest.folder).state, latest.folder->string());
  Identity now = before;
  now.recipe = setup.recipe;
  if (setup.init) now.init = init_text(*setup.init);
  now.init_fingerprint.clear();  // the names tell; to read a file of weights for a run that is done would be waste
  if (!differences(before, now).empty() || before.data_where != absolute_place(setup.data_where)) return std::nullopt;
  TrainResult result{.state = RunState::kDone, .step = previous->step, .message = "this run is finished: " + previous->message};
  result.best = previous->best;
  return result;
}

std::vector<std::byte> write_start_files(const RunFolder& folder, const TrainerSetup& setup, RunParts& parts, Log& log) {
  folder.write_config(setup.config_yaml);
  folder.write_environment(setup.version);
  folder.append_command(setup.command);
  write_atomically(folder.path() / "plan.txt", parts.plan.text);
  for (const data::Dataset* dataset : {parts.train.get(), parts.validation.get()}) {
    if (dataset == nullptr) continue;
    for (const data::Finding& finding : data::quick_check(*dataset)) {
      if (setup.data.on_corrupt == data::OnCorrupt::kStop) {
        fail(ErrorCode::kData, Advice{"`fovea data check " + setup.data_where + "` finds all of them; --set data.on_corrupt=skip passes over them"}, "{}",
             finding.message);
      }
      log.warning("data: {}", finding.message);
    }
  }
  write_atomically(folder.path() / "data.json", io::json_text(data::data_statistics(parts.train.get(), parts.validation.get()), 1));
  return write_samples(folder.path(), parts);
}

}  // namespace fovea::train
