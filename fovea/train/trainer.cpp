#include "fovea/train/trainer.h"

#include "fovea/base/strings.h"
#include "fovea/tensor/failure.h"
#include "fovea/train/evaluation_files.h"
#include "fovea/train/hit_tally.h"
#include "fovea/train/memory.h"
#include "fovea/train/near_zero.h"
#include "fovea/train/nonfinite.h"
#include "fovea/train/pace.h"
#include "fovea/train/progress.h"
#include "fovea/train/run_log.h"
#include "fovea/train/run_parts.h"
#include "fovea/train/saver.h"
#include "fovea/train/signals.h"
#include "fovea/train/skip_log.h"
#include "fovea/train/start.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace fovea::train {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Trainer {
 public:
  Trainer(const TrainerSetup& setup, const TrainerHooks& hooks, RunFolder& folder)
      : setup_(setup),
        hooks_(hooks),
        log_(hooks.log),
        folder_(folder),
        parts_(setup, folder.path() / "index.cache", hooks.log),
        run_log_(folder.path(), setup.tags, hooks.log),
        saver_(folder.path(), {.parameters = parts_.model->parameters(), .optimizer = *parts_.optimizer, .ema = parts_.ema.get()}, parts_.keep_policy(),
               hooks.log),
        skip_log_(folder, run_log_, hooks.log),
        identity_(parts_.identity()) {}

  /// Puts the run where it goes on, or throws with nothing changed in a run that exists.
  void begin();
  TrainResult run();
  /// Says in status.json and metrics.jsonl how it ended.
  void report_failure(const Error& error);

 private:
  [[nodiscard]] Position position() const {
    return {.step = now_.step,
            .images = now_.step * setup_.train.batch_size,
            .epoch = static_cast<double>(now_.step) / static_cast<double>(parts_.plan.steps_per_epoch)};
  }
  /// Where the run stands, without figures.
  [[nodiscard]] Progress progress_now() const {
    const int64_t per_epoch = parts_.plan.steps_per_epoch, total = parts_.plan.total_steps;
    return {.epoch = (now_.step - 1) / per_epoch + 1, .epochs = (total + per_epoch - 1) / per_epoch, .step = now_.step, .total_steps = total};
  }
  [[nodiscard]] bool stop_asked() const { return signals_.requested() || (setup_.train.max_hours && seconds_since(started_) > *setup_.train.max_hours * 3600); }
  [[nodiscard]] std::string stop_reason() const {
    return signals_.requested() ? std::string(signals_.name()) : fmt::format("the time limit of {:g} h", *setup_.train.max_hours);
  }

  void step();
  void pass_over(const data::Batch& batch, const StepResult& result);
  void roll_back();
  void log_figures(double lr, const StepResult& result);
  bool evaluate_now();
  bool save();
  void write_status(RunState state, const std::string& message, int exit_code = 0);
  TrainResult finish(RunState state, std::string message);
  [[nodiscard]] bool is_due_now(const Interval& interval, Clock::time_point last) const;
  [[nodiscard]] bool is_evaluation_due() const;
  /// What a checkpoint keeps, with the time since the last log line.
  [[nodiscard]] Progression progression() const {
    Progression now = now_;
    now.trained_seconds += pace_.look().seconds;
    return now;
  }
  [[nodiscard]] std::optional<std::string> reached() const;

  const TrainerSetup& setup_;
  const TrainerHooks& hooks_;
  Log& log_;
  RunFolder& folder_;
  StopSignals signals_;
  RunParts parts_;
  RunLog run_log_;
  Saver saver_;
  SkipLog skip_log_;
  Identity identity_;
  Progression now_;
  std::optional<Profile> profile_;  // before the loader, whose threads mark in it
  std::optional<data::Loader> loader_;
  Clock::time_point started_ = Clock::now(), last_log_ = started_, last_evaluation_ = started_, last_save_ = started_, last_progress_ = started_;
  Pace pace_;
  HitTally hits_;  // since the last log line
  int64_t saved_step_ = -1;
  bool input_bound_said_ = false;
};

bool Trainer::is_due_now(const Interval& interval, Clock::time_point last) const {
  if (interval.unit != Interval::Unit::kMinutes) return is_due(interval, now_.step, parts_.plan.steps_per_epoch);
  return seconds_since(last) >= interval.count * 60;
}

bool Trainer::is_evaluation_due() const {
  return now_.last_evaluation != now_.step && train::is_evaluation_due(setup_.train, parts_.plan, now_.step, seconds_since(last_evaluation_));
}

void Trainer::write_status(RunState state, const std::string& message, int exit_code) {
  RunStatus status{.state = state,
                   .step = now_.step,
                   .total_steps = parts_.plan.total_steps,
                   .epoch = position().epoch,
                   .exit_code = exit_code,
                   .message = message,
                   .last_checkpoint = saver_.last_good(),
                   .best = now_.best};
  try {
    folder_.write_status(status);
  } catch (const Error& error) {
    log_.warning("status.json could not be written: {}", error.what());
  }
}

void Trainer::begin() {
  if (setup_.profile) check_profile_window(*setup_.profile, parts_.plan.total_steps);
  const StartPoint start = start_point(folder_, identity_, parts_, log_);
  if (start.checkpoint) {
    now_ = progression_from(start.checkpoint->state, start.checkpoint->folder.string());
    saver_.restore(*start.checkpoint);
    saved_step_ = now_.step;
  }
  if (setup_.profile) parts_.step.trace = &profile_.emplace(*setup_.profile, parts_.profile_facts(), folder_.path(), now_.step, log_).trace();
  if (now_.step < parts_.plan.total_steps) check_fit(parts_.plan, parts_.plan_input, folder_.path());
  log_.info("plan\n{}", parts_.plan.text);
  const std::vector<std::byte> sheet = write_start_files(folder_, setup_, parts_, log_);
  parts_.keep_decoded_if_they_fit(parts_.plan.total_steps - now_.step, log_);
  log_.info("{}", start.sentence);
  // Also without a checkpoint: what a session wrote that was killed before its first one is taken back.
  run_log_.event(position(), folder_.is_new() ? RunEvent::kStart : RunEvent::kResume, start.sentence);
  if (!start.checkpoint) {
    run_log_.text("config", "```yaml\n" + setup_.config_yaml + "\n```", 0);
    run_log_.image("samples/train_batch0", sheet, 0);
    run_log_.text("plan", "```\n" + parts_.plan.text + "```", 0);
  }
  write_status(RunState::kRunning, start.sentence);
}

std::optional<std::string> Trainer::reached() const {
  if (setup_.train.stop_target && now_.best && now_.best->value >= *setup_.train.stop_target)
    return fmt::format("{} {:.4f} reached the target {:g}", metric_label(now_.best->metric), now_.best->value, *setup_.train.stop_target);
  if (setup_.train.patience > 0 && now_.evaluations_without_better >= setup_.train.patience)
    return fmt::format("{} brought no better {}", format_count(now_.evaluations_without_better, "evaluation"), metric_label(metric_of(parts_.model->task())));
  return std::nullopt;
}

TrainResult Trainer::run() {
  loader_.emplace(data::Loader::train(*parts_.train, parts_.loader_options(), now_.step));
  pace_.take();
  now_.evaluation_owed = setup_.train.eval_every && (now_.evaluation_owed || (now_.step > 0 && is_evaluation_due()));
  while (true) {
    // An evaluation that was cut short is owed, also by the session that continues.
    if (now_.evaluation_owed && !evaluate_now()) return finish(RunState::kPreempted, {});
    if (now_.step >= parts_.plan.total_steps) break;
    if (const auto done = reached()) return finish(RunState::kDone, *done);
    if (stop_asked()) return finish(RunState::kPreempted, {});
    step();
    now_.evaluation_owed = now_.evaluation_owed || is_evaluation_due();
    if (!now_.evaluation_owed && now_.step < parts_.plan.total_steps && is_due_now(setup_.train.save_every, last_save_)) {
      save();
      write_status(RunState::kRunning, "training");
    }
  }
  return finish(RunState::kDone, format_count(now_.step, "step") + " done");
}

void Trainer::step() {
  if (profile_) profile_->step_begins(now_.step + 1);
  const std::optional<data::Batch> batch = traced(parts_.step.trace, Activity::kWait, [this] { return loader_->next(); });
  FOVEA_CHECK(batch.has_value(), "the training stream has no end");
  const double lr = parts_.schedule->lr(now_.step);
  StepParts parts = parts_.step_parts();
  const bool known_bad = std::find(now_.passed_over.begin(), now_.passed_over.end(), now_.step) != now_.passed_over.end();
  StepResult result;
  if (!known_bad) {
    const std::vector<Tensor> statistics =
        setup_.train.on_nonfinite != OnNonFinite::kStop ? parts_.model->parameters().copy_statistics() : std::vector<Tensor>();
    result = train_step(parts, *batch, lr, now_.step, parts_.step);
    if (!result.updated) {
      if (!statistics.empty()) parts_.model->parameters().put_statistics(statistics);
      return pass_over(*batch, result);
    }
    if (result.hits.defined()) hits_.add(result, batch->images.size(0));
  }
  ++now_.step;
  pace_.add(batch->images.size(0), loader_->take_wait_seconds());
  now_.skipped_samples += skip_log_.note(position(), loader_->take_skipped());
  if (result.loss.defined() && (is_due_now(setup_.train.log_every, last_log_) || now_.step == parts_.plan.total_steps)) return log_figures(lr, result);
  if (hooks_.progress && result.loss.defined() && seconds_since(last_progress_) > 0.5) {
    last_progress_ = Clock::now();
    const Pace::Reading pace = pace_.look();
    Progress progress = progress_now();
    progress.loss = result.loss.item<double>();
    progress.images_per_second = pace.images_per_second;
    hooks_.progress(live_line(progress));
  }
}

void Trainer::pass_over(const data::Batch& batch, const StepResult& result) {
  const std::string cause = describe_nonfinite(*parts_.model, batch, *parts_.train, parts_.step, parts_.device);
  const std::string what =
      fmt::format("step {}: loss {:g}, gradient norm {:g}: not finite; {}", now_.step + 1, result.loss.item<double>(), result.grad_norm.item<double>(), cause);
  const bool patient = setup_.train.on_nonfinite != OnNonFinite::kStop && static_cast<int64_t>(now_.passed_over.size()) < setup_.train.max_nonfinite;
  if (!patient) {
    fail(ErrorCode::kDiverged, Advice{"a smaller optim.lr, a longer optim.warmup_epochs, optim.clip_norm, or --set train.on_nonfinite=skip"},
         "{}; the last good checkpoint is {}", what, saver_.last_good_or_none());
  }
  now_.passed_over.push_back(now_.step);
  const bool back = setup_.train.on_nonfinite == OnNonFinite::kRollback && !saver_.last_good().empty();
  log_.warning("{}; {}", what, back ? "going back to " + saver_.last_good() : "the update is left out");
  run_log_.event(position(), back ? RunEvent::kRollback : RunEvent::kSkip, what);
  if (back) return roll_back();
  ++now_.step;
}

void Trainer::roll_back() {
  const std::vector<int64_t> passed_over = now_.passed_over;
  const Checkpoint checkpoint = load_checkpoint(folder_.path() / "checkpoints" / saver_.last_good());
  saver_.restore(checkpoint);
  now_ = progression_from(checkpoint.state, checkpoint.folder.string());
  now_.passed_over = passed_over;  // or the same batch would do it again
  hits_ = {};
  loader_.emplace(data::Loader::train(*parts_.train, parts_.loader_options(), now_.step));
  run_log_.event(position(), RunEvent::kResume, "after a rollback");
}

void Trainer::log_figures(double lr, const StepResult& result) {
  const Traced span(parts_.step.trace, Activity::kLog);
  const Pace::Reading pace = pace_.take();
  const int64_t host_bytes = process_memory().resident_bytes;
  const double loss = result.loss.item<double>();
  Progress progress = progress_now();
  const double l2 = optim::l2_loss(parts_.model->parameters(), setup_.optim).item<double>();
  now_.trained_seconds += pace.seconds;
  last_log_ = Clock::now();
  std::vector<Scalar> scalars;
  if (parts_.model->task() == data::Task::kClassify) {
    const HitTally::Shares hits = hits_.take();
    progress.top1 = hits.top1;
    scalars = {{"train/loss", loss + l2}, {"train/cross_entropy", loss}, {"train/l2_loss", l2}, {"train/top1", hits.top1}, {"train/top5", hits.top5}};
  } else {  // L2 is no part of a detector's loss (spec 3.5)
    progress.parts = {.classes = result.classes.item<double>(), .boxes = result.boxes.item<double>()};
    scalars = {{"train/loss", loss}, {"train/loss_cls", progress.parts->classes}, {"train/loss_box", progress.parts->boxes}, {"train/l2_loss", l2}};
  }
  scalars.insert(scalars.end(), {{"train/lr", lr},
                                 {"train/grad_norm", result.grad_norm.item<double>()},
                                 {"perf/img_per_s", pace.images_per_second},
                                 {"perf/steps_per_s", pace.images_per_second / static_cast<double>(setup_.train.batch_size)},
                                 {"perf/wait_fraction", pace.wait_fraction},
                                 {"mem/host_gb", static_cast<double>(host_bytes) / (1 << 30)}});
  run_log_.train(position(), scalars);
  progress.loss = loss;
  progress.lr = lr;
  progress.images_per_second = pace.images_per_second;
  progress.wait_fraction = pace.wait_fraction;
  progress.host_bytes = host_bytes;
  const double images_left = static_cast<double>(progress.total_steps - now_.step) * static_cast<double>(setup_.train.batch_size);
  progress.eta_seconds = pace.images_per_second > 0 ? images_left / pace.images_per_second : 0;
  log_.info("{}", progress_line(progress));
  constexpr double kInputBound = 0.2;  // chosen: below, more loader threads could not gain much
  if (pace.wait_fraction > kInputBound && !input_bound_said_ && seconds_since(started_) > 10) {
    input_bound_said_ = true;
    log_.warning("waiting for data {:.0f} % of the time: the input is the bottleneck; raise data.threads (now {}), or see `fovea bench input`",
                 100 * pace.wait_fraction, parts_.plan_input.loader_threads);
  }
}

bool Trainer::evaluate_now() {
  const auto begun = Clock::now();
  std::optional<Traced> span(std::in_place, parts_.step.trace, Activity::kEvaluate);
  EvaluationOptions options = parts_.evaluation_options();
  options.stop = [this] { return stop_asked(); };
  if (hooks_.progress)
    options.progress = [&](int64_t images) {
      hooks_.progress(fmt::format("evaluating step {}: {} of {} pictures", now_.step, images, parts_.evaluated_images()));
    };
  const std::optional<Evaluation> raw = evaluate(*parts_.model, *parts_.validation, options);
  std::optional<Evaluation> averaged;
  if (raw && parts_.ema) {
    const optim::SwappedValues swapped(parts_.model->parameters(), parts_.ema->values());
    averaged = evaluate(*parts_.model, *parts_.validation, options);
  }
  if (!raw || (parts_.ema && !averaged)) return false;

  const EvaluationRecord record{
      .step = now_.step, .epoch = position().epoch, .raw = &*raw, .ema = averaged ? &*averaged : nullptr, .counts_ema = setup_.train.evaluate == Weights::kEma};
  const metrics::Scores& scores = record.counting().scores;
  const BestScore score{.metric = std::string(metric_of(parts_.model->task())), .value = metrics::figures(scores).front().value, .step = now_.step};
  now_.last_evaluation = now_.step;
  now_.evaluation_owed = false;
  const bool better = std::isfinite(metrics::loss(scores)) && (!now_.best || score.value > now_.best->value);
  now_.evaluations_without_better = better ? 0 : now_.evaluations_without_better + 1;
  if (better) now_.best = score;
  now_.skipped_samples += skip_log_.note(position(), record.counting().skipped);
  run_log_.evaluation(position(), evaluation_scalars(record));
  log_.info("{}", evaluation_line(evaluation_summary(record, seconds_since(begun), now_.best ? now_.best->step : now_.step)));
  if (now_.step >= parts_.plan.total_steps || reached()) warn_of_near_zero(scores, now_.step, log_);
  try {
    write_evaluation(folder_.path() / "eval" / checkpoint_name(now_.step), record, *parts_.validation);
  } catch (const Error& error) {
    log_.warning("the evaluation's files could not be written: {}", error.what());
  }
  pace_.exclude(seconds_since(begun));
  span.reset();  // saving is a span of its own
  // A checkpoint that a stopped session made here does not know of this evaluation yet.
  const bool is_outdated = std::exchange(saved_step_, -1) == now_.step;
  if (better || is_outdated || is_due(setup_.train.save_every, now_.step, parts_.plan.steps_per_epoch)) save();
  const auto reporting = Clock::now();
  write_status(RunState::kRunning, "training");
  if (hooks_.run_changed) hooks_.run_changed(folder_.path());
  pace_.exclude(seconds_since(reporting));
  last_evaluation_ = Clock::now();
  return true;
}

bool Trainer::save() {
  if (saved_step_ == now_.step) return true;
  const Traced span(parts_.step.trace, Activity::kSave);
  const auto begun = Clock::now();
  const bool saved = saver_.save(progression(), identity_);
  last_save_ = Clock::now();
  if (saved) {
    saved_step_ = now_.step;
    run_log_.event(position(), RunEvent::kCheckpoint, saver_.last_good());
    log_.info("saved {} ({})", saver_.last_good(), format_duration(seconds_since(begun)));
  }
  pace_.exclude(seconds_since(begun));
  return saved;
}

TrainResult Trainer::finish(RunState state, std::string message) {
  if (saved_step_ != now_.step) {
    const Traced span(parts_.step.trace, Activity::kSave);
    saver_.save_or_throw(progression(), identity_);
    saved_step_ = now_.step;
    run_log_.event(position(), RunEvent::kCheckpoint, saver_.last_good());
  }
  if (profile_) profile_->end();
  if (state == RunState::kPreempted) {
    message = fmt::format("stopped by {} at step {} of {}, saved as {}", stop_reason(), now_.step, parts_.plan.total_steps, saver_.last_good());
    run_log_.event(position(), RunEvent::kStop, message);
  } else {
    run_log_.end(position(), state, message);
  }
  write_status(state, message, state == RunState::kPreempted ? static_cast<int>(ErrorCode::kInterrupted) : 0);
  if (hooks_.run_changed) hooks_.run_changed(folder_.path());
  return {.state = state, .step = now_.step, .best = now_.best, .message = message};
}

void Trainer::report_failure(const Error& error) {
  const RunState state = error.code() == ErrorCode::kDiverged ? RunState::kDiverged : RunState::kFailed;
  const std::string all = error.what(), message = all.substr(0, all.find('\n'));  // what LibTorch says goes on for pages
  run_log_.end(position(), state, message);
  write_status(state, message, static_cast<int>(error.code()));
  if (profile_) profile_->end();  // after what must not be lost: it takes memory, which may be what failed
  if (hooks_.run_changed) hooks_.run_changed(folder_.path());
}

}  // namespace

TrainResult run_training(const TrainerSetup& setup, const TrainerHooks& hooks) {
  RunFolder folder(setup.run_dir);
  if (const auto finished = finished_result(folder, setup)) {
    if (setup.profile) hooks.log.warning("--profile: the run is finished, there is no step left to profile");
    return *finished;
  }
  if (folder.is_new()) folder.write_config(setup.config_yaml);  // from here on the folder is known as ours
  hooks.log.attach_file(folder.path() / "train.log");
  std::optional<Trainer> made;
  try {
    made.emplace(setup, hooks, folder);
    made->begin();
  } catch (...) {  // the data or the plan is wrong: the corrected command is to find no half-begun run
    if (folder.is_new()) folder.withdraw();
    throw;
  }
  try {
    return made->run();
  } catch (const std::exception& exception) {  // every one, or the next session would believe that this one was killed
    made->report_failure(as_error(exception));
    throw;
  }
}

}  // namespace fovea::train
