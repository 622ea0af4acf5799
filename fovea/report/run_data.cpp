#include "fovea/report/run_data.h"

#include "fovea/base/error.h"
#include "fovea/base/file_lock.h"
#include "fovea/base/strings.h"
#include "fovea/report/config_text.h"
#include "fovea/report/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <system_error>

namespace fovea::report {

namespace {

constexpr int64_t kMaxMetricsBytes = int64_t{64} << 20;  // chosen: 200,000 lines, read in a fraction of a second
constexpr int64_t kMaxTextBytes = int64_t{256} << 10;    // chosen: far above a recipe, a plan, a command
constexpr int64_t kMaxSkippedBytes = int64_t{4} << 20;
constexpr size_t kShownSkipped = 100;

void expect_run(const fs::path& run) {
  std::error_code ignored;
  for (const char* name : {"metrics.jsonl", "status.json", "config.yaml"}) {
    if (fs::exists(run / name, ignored)) return;
  }
  const std::string found = !fs::exists(run, ignored) ? "nothing of that name" : !fs::is_directory(run, ignored) ? "a file" : "a folder without any of them";
  fail(ErrorCode::kMissing, Advice{"give the folder that a training wrote into (its --run-dir)"},
       "{}: expected the folder of a run, with metrics.jsonl, status.json or config.yaml, found {}", run.string(), found);
}

std::string name_of(const fs::path& run) {
  std::error_code ignored;
  const fs::path absolute = fs::absolute(run, ignored).lexically_normal();
  return absolute.has_filename() ? absolute.filename().string() : absolute.parent_path().filename().string();
}

void read_status(RunData& run) {
  const auto json = json_of(run.path / "status.json", run.notes);
  if (!json || !json->is_object()) return;
  run.status = Status{.state = text_in(*json, "state"),
                      .message = text_in(*json, "message"),
                      .last_checkpoint = text_in(*json, "last_checkpoint"),
                      .step = count_in(*json, "step"),
                      .total_steps = count_in(*json, "total_steps"),
                      .exit_code = count_in(*json, "exit_code"),
                      .epoch = number_in(*json, "epoch").value_or(0),
                      .updated = number_in(*json, "updated").value_or(0)};
  run.status->is_killed = run.status->state == "running" && text_in(*json, "host") == host_name() && !is_locked(run.path / ".lock");
  if (!json->contains("best")) return;
  const io::Json& best = (*json)["best"];
  run.is_detection = best.is_object() && best.contains("AP");
  if (const auto value = number_in(best, run.is_detection ? "AP" : "top1")) run.best = Best{.value = *value, .step = count_in(best, "step")};
}

DataPart data_part(const io::Json& json, const char* key) {
  DataPart part;
  if (!json.is_object() || !json.contains(key)) return part;
  part.images = count_in(json[key], "images");
  part.fingerprint = text_in(json[key], "fingerprint");
  if (!json[key].is_object() || !json[key].contains("classes") || !json[key]["classes"].is_array()) return part;
  for (const io::Json& entry : json[key]["classes"]) part.classes.push_back({.name = text_in(entry, "name"), .count = count_in(entry, "count")});
  return part;
}

void read_data(RunData& run) {
  const auto json = json_of(run.path / "data.json", run.notes);
  if (!json || !json->is_object()) return;
  run.data = DataFacts{.source = text_in(*json, "source"),
                       .train = data_part(*json, "train"),
                       .validation = data_part(*json, "validation"),
                       .num_outputs = count_in(*json, "num_outputs"),
                       .has_boxes = json->contains(io::Json::json_pointer("/train/boxes"))};
}

void read_skipped(RunData& run) {
  const auto text = text_of(run.path / "skipped.txt", kMaxSkippedBytes, Keep::kBeginning, run.notes);
  if (!text) return;
  for (const std::string& line : split(*text, '\n')) {
    if (trim(line).empty()) continue;
    ++run.num_skipped;
    if (run.skipped.size() < kShownSkipped) run.skipped.push_back(line);
  }
}

void read_profiles(RunData& run) {
  constexpr size_t kMostProfiles = 20;  // chosen: more than anyone looks at on one page
  std::error_code ignored;              // most runs have none
  for (const fs::directory_entry& entry : fs::directory_iterator(run.path / "profile", ignored)) {
    const auto summary = text_of(entry.path() / "summary.txt", kMaxTextBytes, Keep::kBeginning, run.notes);
    if (summary && run.profiles.size() < kMostProfiles) run.profiles.push_back({.folder = entry.path().filename().string(), .summary = *summary});
  }
  std::sort(run.profiles.begin(), run.profiles.end(), [](const ProfileText& a, const ProfileText& b) { return a.folder < b.folder; });
}

// A run that was killed has no best in its status, or an old one.
void find_best(RunData& run) {
  run.is_detection = run.is_detection || !run.metrics.samples("val/AP").empty();
  if (run.best) return;
  for (const Sample& sample : run.metrics.samples(fmt::format("{}/{}", run.counts_ema() ? "val_ema" : "val", run.metric()))) {
    if (std::isfinite(sample.value) && (!run.best || sample.value > run.best->value)) run.best = Best{.value = sample.value, .step = sample.step};
  }
}

}  // namespace

std::string RunData::config_value(std::string_view key) const {
  const auto found = config.find(key);
  return found == config.end() ? std::string() : found->second;
}

bool RunData::counts_ema() const { return config_value("train.evaluate") == "ema" && !metrics.samples(fmt::format("val_ema/{}", metric())).empty(); }

std::optional<Expectation> RunData::expectation() const {
  const auto value = parse_double(config_value("expect.value"));
  const std::string part = config_value("train.eval_images");
  if (!part.empty() && part != "none") return std::nullopt;  // the promise is for the whole validation set
  if (config_value("expect.metric") != metric() || !value || !(*value > 0 && *value <= 1)) return std::nullopt;
  return Expectation{.value = *value, .on = config_value("expect.measured_on")};
}

RunData read_run(const fs::path& path) {
  expect_run(path);
  RunData run;
  run.path = path;
  run.name = name_of(path);
  const auto text = [&](const char* name) { return text_of(path / name, kMaxTextBytes, Keep::kBeginning, run.notes).value_or(""); };
  run.config_text = text("config.yaml");
  run.config = config_values(run.config_text);
  run.plan = text("plan.txt");
  run.command = text("command.txt");
  run.environment = text("env.json");
  run.init = text("init.txt");
  run.init.resize(std::min(run.init.find('\n'), run.init.size()));  // the rest is a table
  if (const auto lines = text_of(path / "metrics.jsonl", kMaxMetricsBytes, Keep::kEnd, run.notes)) run.metrics = read_metrics(*lines);
  if (run.metrics.damaged_lines > 0) {
    run.notes.push_back(run.metrics.damaged_lines == 1 ? "One line of metrics.jsonl is not whole and was left out: the program was stopped while writing it."
                                                       : fmt::format("{} lines of metrics.jsonl are damaged and were left out.", run.metrics.damaged_lines));
  }
  read_status(run);
  read_data(run);
  read_skipped(run);
  read_profiles(run);
  find_best(run);
  const bool knows_step = !run.metrics.columns.empty() || !run.metrics.events.empty();
  run.evaluation = newest_evaluation(path, knows_step ? std::optional(run.metrics.last_step) : std::nullopt, run.notes);
  return run;
}

}  // namespace fovea::report
