// Several runs side by side: one row each, and the settings in which they differ.
#include "fovea/base/strings.h"
#include "fovea/report/chart.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"
#include "fovea/report/summary.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

namespace fovea::report {

namespace {

constexpr size_t kMaxDifferences = 200;

double last_value(const RunData& run, std::string_view tag) {
  double value = std::nan("");
  for (const Sample& sample : run.metrics.samples(tag)) value = std::isfinite(sample.value) ? sample.value : value;
  return value;
}

std::string cell(double value, Unit unit) {
  return std::isfinite(value) ? fmt::format("<td class=\"n\" data-v=\"{:.6g}\">{}</td>", value, value_label(value, unit)) : "<td class=\"n\">–</td>";
}

std::string row(const RunData& run, size_t index, double now) {
  const Progress progress = progress_of(run);
  const std::string_view word = state_word(state_of(run, now));
  std::string result =
      fmt::format("<tr><td><i class=\"dot c{}\"></i> {}</td><td><span class=\"state {}\">{}</span></td>", index % kNumColours, escape(run.name), word, word);
  result += fmt::format("<td class=\"n\">{}</td><td class=\"n\">{:.2f}</td>", format_count(progress.step), progress.epoch);
  result += run.best ? cell(run.best->top1, Unit::kPercent) + fmt::format("<td class=\"n\">{}</td>", format_count(run.best->step))
                     : "<td class=\"n\">–</td><td class=\"n\">–</td>";
  const auto expected = run.expectation();
  result += expected ? cell(expected->top1, Unit::kPercent) : cell(std::nan(""), Unit::kPercent);
  const std::string prefix = run.counts_ema() ? "val_ema/" : "val/";
  result += cell(last_value(run, prefix + "top1"), Unit::kPercent) + cell(last_value(run, prefix + "top5"), Unit::kPercent) +
            cell(last_value(run, prefix + "loss"), Unit::kNumber);
  result += fmt::format("<td class=\"n\" data-v=\"{:.1f}\">{}</td>", run.metrics.seconds, run.metrics.seconds > 0 ? format_duration(run.metrics.seconds) : "–");
  return result + cell(median_of(run, "perf/img_per_s"), Unit::kNumber) + "</tr>\n";
}

std::string differences(std::span<const RunData> runs) {
  std::set<std::string, std::less<>> keys;
  for (const RunData& run : runs) {
    for (const auto& [key, value] : run.config) keys.insert(key);
  }
  std::string rows;
  size_t count = 0;
  for (const std::string& key : keys) {
    std::string cells;
    bool differs = false;
    for (const RunData& run : runs) {
      differs |= run.config_value(key) != runs.front().config_value(key);
      cells += fmt::format("<td>{}</td>", escape(shorten(run.config_value(key), 40)));
    }
    if (differs && ++count <= kMaxDifferences) rows += fmt::format("<tr><td><code>{}</code></td>{}</tr>\n", escape(key), cells);
  }
  if (rows.empty()) return absent("The recipes in force are the same.");
  std::string heading;
  for (size_t i = 0; i < runs.size(); ++i) heading += fmt::format("<th><i class=\"dot c{}\"></i> {}</th>", i % kNumColours, escape(runs[i].name));
  return "<div class=\"card scroll\"><table><thead><tr><th>setting</th>" + heading + "</tr></thead><tbody>\n" + rows + "</tbody></table></div>";
}

}  // namespace

std::string comparison_table(std::span<const RunData> runs, double now) {
  std::string table =
      "<div class=\"card scroll\"><table class=\"sortable\"><thead><tr><th>run</th><th>state</th><th class=\"n\">step</th><th class=\"n\">epoch</th><th "
      "class=\"n\">best top-1</th><th class=\"n\">at step</th>"
      "<th class=\"n\">promised</th><th class=\"n\">last top-1</th><th class=\"n\">last top-5</th><th class=\"n\">last loss</th><th class=\"n\">time</th><th "
      "class=\"n\">pictures/s</th></tr></thead><tbody>\n";
  for (size_t i = 0; i < runs.size(); ++i) table += row(runs[i], i, now);
  table += "</tbody></table></div>";
  return section("runs", "Runs", table) + section("settings", "Settings that differ", differences(runs));
}

}  // namespace fovea::report
