// Several runs side by side: which is best, one row each, and the settings in which they differ.
#include "fovea/base/strings.h"
#include "fovea/report/chart.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"
#include "fovea/report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace fovea::report {

namespace {

constexpr size_t kMaxDifferences = 200;
constexpr size_t kMostColumns = 400;  // chosen: whole paths; a page of any runs stays small

double last_value(const RunData& run, std::string_view tag) {
  double value = std::nan("");
  for (const Sample& sample : run.metrics.samples(tag)) value = std::isfinite(sample.value) ? sample.value : value;
  return value;
}

double speed_of(const RunData& run) { return median_of(run, "perf/img_per_s"); }

std::string percent(double fraction) { return value_label(fraction, Unit::kPercent); }

/// Runs with a result, the best one first.
std::vector<const RunData*> ranking(std::span<const RunData> runs) {
  std::vector<const RunData*> ranked;
  for (const RunData& run : runs) {
    if (run.best) ranked.push_back(&run);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const RunData* a, const RunData* b) { return a->best->value > b->best->value; });
  return ranked;
}

/// Were both scored on the same pictures, as far as their folders tell?
bool are_comparable(const RunData& a, const RunData& b) {
  if (a.is_detection != b.is_detection) return false;
  if (a.config_value("train.eval_images") != b.config_value("train.eval_images")) return false;
  if (!a.data || !b.data) return true;
  const DataPart &ours = a.data->validation, &theirs = b.data->validation;
  if (!ours.fingerprint.empty() && !theirs.fingerprint.empty()) return ours.fingerprint == theirs.fingerprint;
  return ours.images == theirs.images && a.data->num_outputs == b.data->num_outputs;
}

bool are_comparable(const std::vector<const RunData*>& ranked) {
  return std::all_of(ranked.begin(), ranked.end(), [&](const RunData* run) { return are_comparable(*run, *ranked.front()); });
}

std::string verdict_on(std::span<const RunData> runs) {
  const std::vector<const RunData*> ranked = ranking(runs);
  std::string text = "None of them has an evaluation yet.";
  if (!are_comparable(ranked)) {
    text = "They were not evaluated on the same pictures, so none of them is the best.";
  } else if (!ranked.empty()) {
    text = fmt::format("<b>{}</b> is best with {} {} at step {}", escape(ranked[0]->name), ranked[0]->metric_label(), percent(ranked[0]->best->value),
                       format_count(ranked[0]->best->step));
    if (ranked.size() > 1) text += fmt::format("; {} follows with {}", escape(ranked[1]->name), percent(ranked[1]->best->value));
    text += ".";
  }
  const RunData* fastest = nullptr;
  for (const RunData& run : runs) {
    if (std::isfinite(speed_of(run)) && (fastest == nullptr || speed_of(run) > speed_of(*fastest))) fastest = &run;
  }
  if (fastest != nullptr) text += fmt::format(" {} is fastest with {} pictures a second.", escape(fastest->name), format_number(speed_of(*fastest)));
  return text;
}

std::string cell(double value, Unit unit, bool is_best = false) {
  if (!std::isfinite(value)) return "<td class=\"n\">–</td>";
  const std::string text = value_label(value, unit);
  return fmt::format("<td class=\"n\" data-v=\"{:.6g}\">{}</td>", value, is_best ? "<b>" + text + "</b>" : text);
}

std::string row(std::span<const RunData> runs, size_t index, double now) {
  const RunData& run = runs[index];
  const Progress progress = progress_of(run);
  const std::string_view word = state_word(state_of(run, now));
  const bool is_comparable = are_comparable(ranking(runs));
  const auto has_best = [&](const RunData& other) { return !is_comparable || (other.best && (!run.best || other.best->value > run.best->value)); };
  const auto promises = [](const RunData& other) { return other.expectation().has_value(); };
  std::string result = fmt::format("<tr><td>{} {}</td><td><span class=\"state {}\">{}</span></td>", run_key(index), escape(run.name), word, word);
  result += fmt::format("<td class=\"n\" data-v=\"{0}\">{1}</td><td class=\"n\">{2:.2f}</td>", progress.step, format_count(progress.step), progress.epoch);
  result += cell(run.best ? run.best->value : std::nan(""), Unit::kPercent, std::none_of(runs.begin(), runs.end(), has_best));
  result += run.best ? fmt::format("<td class=\"n\" data-v=\"{}\">{}</td>", run.best->step, format_count(run.best->step)) : "<td class=\"n\">–</td>";
  if (std::any_of(runs.begin(), runs.end(), promises)) result += cell(promises(run) ? run.expectation()->value : std::nan(""), Unit::kPercent);
  const std::string prefix = run.counts_ema() ? "val_ema/" : "val/";
  result += cell(last_value(run, fmt::format("{}{}", prefix, run.metric())), Unit::kPercent) +
            cell(last_value(run, fmt::format("{}{}", prefix, run.second_metric())), Unit::kPercent) + cell(last_value(run, prefix + "loss"), Unit::kNumber);
  result += fmt::format("<td class=\"n\" data-v=\"{:.1f}\">{}</td>", run.metrics.seconds, run.metrics.seconds > 0 ? format_duration(run.metrics.seconds) : "–");
  return result + cell(speed_of(run), Unit::kNumber) + cell(median_of(run, "perf/wait_fraction"), Unit::kPercent) + "</tr>\n";
}

/// Keys of the recipe, and what the run was given beside it.
std::map<std::string, std::string> settings_of(const RunData& run) {
  std::map<std::string, std::string> settings(run.config.begin(), run.config.end());
  if (run.data) settings["data"] = run.data->source;
  if (run.data) settings["validation data"] = fmt::format("{} pictures {}", format_count(run.data->validation.images), run.data->validation.fingerprint);
  settings["init"] = run.init.empty() ? "drawn weights" : run.init;
  return settings;
}

std::string differences(std::span<const RunData> runs) {
  std::vector<std::map<std::string, std::string>> settings;
  std::set<std::string> keys;
  for (const RunData& run : runs) {
    settings.push_back(settings_of(run));
    for (const auto& [key, value] : settings.back()) keys.insert(key);
  }
  std::string rows;
  size_t count = 0;
  for (const std::string& key : keys) {
    std::string cells;
    bool differs = false;
    for (auto& values : settings) {
      const bool is_same = values[key] == settings.front()[key];
      differs |= !is_same;
      cells += fmt::format("<td{}>{}</td>", is_same && &values != &settings.front() ? " class=\"same\"" : "",
                           values[key].empty() ? "–" : escape(shorten(values[key], kMostColumns)));
    }
    if (differs && ++count <= kMaxDifferences) rows += fmt::format("<tr><td><code>{}</code></td>{}</tr>\n", escape(key), cells);
  }
  if (rows.empty()) return absent("The recipes in force are the same.");
  std::string heading;
  for (size_t i = 0; i < runs.size(); ++i) heading += fmt::format("<th>{} {}</th>", run_key(i), escape(runs[i].name));
  return "<p class=\"about\">Faint: as in the first run.</p>\n<div class=\"card scroll\"><table class=\"wrap\"><thead><tr><th>setting</th>" + heading +
         "</tr></thead><tbody>\n" + rows + "</tbody></table></div>";
}

}  // namespace

std::string run_key(size_t index) { return fmt::format("<i class=\"key {}\"></i>", line_class(line_of_run(index, ""))); }

std::string comparison_header(std::span<const RunData> runs) {
  std::string result = fmt::format("<header><h1>{} runs compared</h1><p class=\"verdict\">{}</p>\n", runs.size(), verdict_on(runs));
  for (const RunData& run : runs) {
    std::vector<std::string> notes = run.notes;
    if (run.metrics.columns.empty()) {
      notes.emplace_back("No figures were logged yet.");
    } else if (run.metrics.samples(fmt::format("val/{}", run.metric())).empty()) {
      notes.emplace_back("There is no evaluation yet.");
    }
    if (!notes.empty()) result += fmt::format("<p class=\"hint\"><b>{}</b>: {}</p>\n", escape(run.name), escape(join(notes, " ")));
  }
  return result + "</header>\n";
}

std::string comparison_table(std::span<const RunData> runs, double now) {
  const bool is_mixed = std::any_of(runs.begin(), runs.end(), [&](const RunData& run) { return run.is_detection != runs.front().is_detection; });
  const std::string first(is_mixed ? "score" : runs.front().metric_label()), second(is_mixed ? "second score" : runs.front().second_label());
  const bool has_promise = std::any_of(runs.begin(), runs.end(), [](const RunData& run) { return run.expectation().has_value(); });
  std::string table =
      "<div class=\"card scroll\"><table class=\"sortable\"><thead><tr><th>run</th><th>state</th><th class=\"n\">step</th><th class=\"n\">epoch</th><th "
      "class=\"n\">best " +
      first + "</th><th class=\"n\">at step</th>";
  if (has_promise) table += "<th class=\"n\">promised</th>";
  table += "<th class=\"n\">last " + first + "</th><th class=\"n\">last " + second +
           "</th><th class=\"n\">last loss</th><th class=\"n\">time</th><th class=\"n\">pictures/s</th>"
           "<th class=\"n\">waiting</th></tr></thead><tbody>\n";
  for (size_t i = 0; i < runs.size(); ++i) table += row(runs, i, now);
  table += "</tbody></table></div>";
  return section("runs", "Runs", table) + section("settings", "Settings that differ", differences(runs));
}

}  // namespace fovea::report
