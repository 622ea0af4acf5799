#include "fovea/report/summary.h"

#include "fovea/base/strings.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"
#include "fovea/report/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace fovea::report {

namespace {

constexpr double kSilentSeconds = 1800;     // chosen: longer than an evaluation of a usual set, shorter than a night
constexpr double kWaitsForData = 0.1;       // chosen: a tenth of the time is worth a sentence
constexpr double kCloseToExpected = 0.005;  // chosen: half a point, the usual spread between seeds

std::string percent(double fraction) { return fmt::format("{:.2f} %", fraction * 100); }

std::string reached(const RunData& run) {
  if (!run.best) return "no evaluation yet";
  std::string text = fmt::format("best {} {}{}", run.metric_label(), percent(run.best->value), run.counts_ema() ? " (averaged weights)" : "");
  const auto expected = run.expectation();
  if (!expected) return text;
  const double difference = run.best->value - expected->value;
  if (std::abs(difference) <= kCloseToExpected) return text + fmt::format(", as the recipe promises ({})", percent(expected->value));
  return text + fmt::format(", {:.1f} points {} the {} that the recipe promises", std::abs(difference) * 100, difference > 0 ? "above" : "below",
                            percent(expected->value));
}

std::string time_left(const RunData& run, const Progress& progress) {
  if (!run.metrics.seconds_per_step || progress.total_steps <= progress.step) return {};
  return fmt::format("about {} left", format_duration(*run.metrics.seconds_per_step * static_cast<double>(progress.total_steps - progress.step)));
}

std::string epochs_text(double epoch) { return fmt::format("{:.4g} {}", std::round(epoch * 100) / 100, epoch == 1 ? "epoch" : "epochs"); }

std::string tile(std::string_view name, std::string_view value, std::string_view more) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd><small>{}</small></div>", name, value, more);
}

std::string tiles(const RunData& run) {
  const Progress progress = progress_of(run);
  std::string result = "<dl class=\"tiles\">";
  if (run.best) result += tile(fmt::format("best {}", run.metric_label()), percent(run.best->value), fmt::format("at step {}", format_count(run.best->step)));
  if (const auto expected = run.expectation()) result += tile("promised", percent(expected->value), escape(expected->on));
  if (run.evaluation && run.evaluation->score) {
    const Evaluation& last = *run.evaluation;
    const std::string second = last.second ? fmt::format("{} {} · ", run.second_label(), percent(*last.second)) : "";
    result += tile("last evaluation", percent(*last.score), fmt::format("{}{} pictures", second, format_count(last.images)));
  }
  const std::string steps = run.config_value("train.steps");
  const bool has_steps = !steps.empty() && steps != "none";  // they go before train.epochs
  result += tile("epoch", fmt::format("{:.4g}", std::round(progress.epoch * 100) / 100),
                 run.config_value("train.epochs").empty() || has_steps ? "" : "of " + escape(run.config_value("train.epochs")));
  result += tile("step", format_count(progress.step), progress.total_steps > 0 ? "of " + format_count(progress.total_steps) : "");
  if (run.metrics.seconds > 0) {
    const auto sessions = std::count_if(run.metrics.events.begin(), run.metrics.events.end(), [](const Event& event) { return event.continues_run; }) + 1;
    result += tile("time", format_duration(run.metrics.seconds), sessions > 1 ? fmt::format("in {} sessions", sessions) : "in one session");
  }
  const double speed = median_of(run, "perf/img_per_s");
  const double wait = median_of(run, "perf/wait_fraction");
  if (std::isfinite(speed)) {
    result += tile("pictures a second", speed < 1000 ? format_number(speed) : format_count(std::llround(speed)),
                   std::isfinite(wait) ? fmt::format("waiting for data {:.0f} %", wait * 100) : "median");
  }
  return result + "</dl>\n";
}

std::string hints(const RunData& run) {
  std::string result;
  const double wait = median_of(run, "perf/wait_fraction");
  if (wait >= kWaitsForData) {
    result += fmt::format(
        "<p class=\"hint\">The input is the bottleneck: training waited for data {:.0f} % of the time. More loader threads (data.threads) or smaller pictures "
        "on disk would make it "
        "faster; <code>fovea bench input</code> shows which part is slow.</p>\n",
        wait * 100);
  }
  for (const std::string& note : run.notes) result += fmt::format("<p class=\"hint\">{}</p>\n", escape(note));
  return result;
}

}  // namespace

State state_of(const RunData& run, double now) {
  constexpr std::array<std::pair<std::string_view, State>, 5> kStates{
      {{"running", State::kRunning}, {"done", State::kDone}, {"preempted", State::kPreempted}, {"diverged", State::kDiverged}, {"failed", State::kFailed}}};
  if (!run.status) return State::kUnknown;
  const double last_sign = std::max(run.status->updated, run.metrics.last_time);
  for (const auto& [name, state] : kStates) {
    if (run.status->state != name) continue;
    if (run.status->is_killed) return State::kKilled;
    return state == State::kRunning && now - last_sign > kSilentSeconds ? State::kSilent : state;
  }
  return State::kUnknown;
}

std::string_view state_word(State state) {
  switch (state) {
    case State::kRunning: return "running";
    case State::kDone: return "done";
    case State::kPreempted: return "interrupted";
    case State::kDiverged: return "diverged";
    case State::kFailed: return "failed";
    case State::kKilled: return "killed";
    case State::kSilent: return "silent";
    case State::kUnknown: return "unknown";
  }
  return "unknown";
}

std::string verdict(const RunData& run, double now) {
  const Progress progress = progress_of(run);
  const std::string message = run.status && !run.status->message.empty() ? ": " + run.status->message : "";
  const std::string at = fmt::format("at step {} ({})", format_count(progress.step), epochs_text(progress.epoch));
  const std::string again = "; the same command continues it";
  switch (state_of(run, now)) {
    case State::kRunning: {
      const std::string left = time_left(run, progress);
      return fmt::format("Running {}: {}{}.", at, reached(run), left.empty() ? "" : "; " + left);
    }
    case State::kDone: return fmt::format("Finished after {}: {}.", epochs_text(progress.epoch), reached(run));
    case State::kPreempted: return fmt::format("Interrupted and saved {}: {}{}.", at, reached(run), again);
    case State::kDiverged: return fmt::format("Diverged {}{}; until then {}.", at, message, reached(run));
    case State::kFailed: return fmt::format("Failed {} with exit code {}{}; until then {}.", at, run.status->exit_code, message, reached(run));
    case State::kKilled: return fmt::format("Killed {} or later: its state says running, but no process works in it; {}{}.", at, reached(run), again);
    case State::kSilent: {
      const double silence = now - std::max(run.status->updated, run.metrics.last_time);
      return fmt::format("Said to be running, but nothing was written for {}: probably killed {}; {}{}.", format_duration(silence), at, reached(run), again);
    }
    case State::kUnknown: return fmt::format("How it stands is not known (status.json is missing or damaged); last seen {}: {}.", at, reached(run));
  }
  return {};
}

Progress progress_of(const RunData& run) {
  Progress progress{.step = run.metrics.last_step, .total_steps = 0, .epoch = run.metrics.last_epoch};
  if (run.status) {
    progress.total_steps = run.status->total_steps;
    if (run.status->step >= progress.step)
      progress = {.step = run.status->step, .total_steps = run.status->total_steps, .epoch = std::max(run.status->epoch, progress.epoch)};
  }
  return progress;
}

double median_of(const RunData& run, std::string_view tag) {
  std::vector<Point> points;
  for (const Sample& sample : run.metrics.samples(tag)) points.push_back({static_cast<double>(sample.step), sample.value});
  return quantile(points, 0.5);
}

std::string summary_header(const RunData& run, double now) {
  const std::string_view word = state_word(state_of(run, now));
  std::string result = fmt::format("<header><h1>{} <span class=\"state {}\">{}</span></h1>\n", escape(run.name), word, word);
  std::string about;
  for (const char* key : {"name", "model.name", "train.precision"}) {
    const std::string value = run.config_value(key);
    if (!value.empty() && value != run.name) about += (about.empty() ? "" : " · ") + escape(value);
  }
  if (run.data && !run.data->source.empty()) about += (about.empty() ? "" : " · ") + escape(shorten_path(run.data->source, 70));
  if (!about.empty()) result += fmt::format("<p class=\"about\">{}</p>\n", about);
  result += fmt::format("<p class=\"verdict\">{}</p>\n", escape(verdict(run, now)));
  return result + tiles(run) + hints(run) + "</header>\n";
}

}  // namespace fovea::report
