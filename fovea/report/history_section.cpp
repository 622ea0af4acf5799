// What was planned, what happened, and what was in force.
#include "fovea/base/strings.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace fovea::report {

namespace {

constexpr size_t kMaxEvents = 200;

std::string clock_text(double time) {
  if (!(time > 0 && time < 1e11)) return {};
  const auto seconds = static_cast<std::time_t>(time);
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return {};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string events_table(const std::vector<Event>& all) {
  std::vector<const Event*> events;
  int64_t checkpoints = 0;
  const Event* last_checkpoint = nullptr;
  for (const Event& event : all) {
    if (event.kind != "checkpoint") {
      events.push_back(&event);
    } else if (!event.was_undone) {
      ++checkpoints;
      last_checkpoint = &event;
    }
  }
  std::string result;
  if (last_checkpoint != nullptr) {
    result += fmt::format("<p class=\"about\">{} {}, the last at step {}.</p>", format_count(checkpoints), checkpoints == 1 ? "checkpoint" : "checkpoints",
                          format_count(last_checkpoint->step));
  }
  if (events.empty()) return result;
  const size_t hidden = events.size() > kMaxEvents ? events.size() - kMaxEvents : 0;
  if (hidden > 0) result += fmt::format("<p class=\"about\">The last {} of {} events; all of them are in metrics.jsonl.</p>", kMaxEvents, events.size());
  result +=
      "<div class=\"card scroll\"><table><thead><tr><th>time (UTC)</th><th class=\"n\">step</th><th class=\"n\">epoch</th><th>event</th><th "
      "class=\"wide\"></th></tr></thead><tbody>\n";
  for (size_t i = hidden; i < events.size(); ++i) {
    const Event& event = *events[i];
    result += fmt::format("<tr{}><td class=\"t\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.2f}</td><td><b>{}</b></td><td>{}{}</td></tr>\n",
                          event.was_undone ? " class=\"undone\"" : "", clock_text(event.time), format_count(event.step), event.epoch, escape(event.kind),
                          escape(event.text), event.was_undone ? " <small>(undone: the run began again before this step)</small>" : "");
  }
  return result + "</tbody></table></div>";
}

// Values that someone chose stand out from the defaults.
std::string config_lines(const std::string& text) {
  std::string result;
  for (const std::string& line : split(text, '\n')) {
    const size_t comment = line.starts_with('#') ? 0 : std::min(line.find(" #"), line.size());
    const std::string_view origin = std::string_view(line).substr(comment);
    const bool is_chosen = !origin.empty() && comment > 0 && trim(origin) != "# default";
    result +=
        fmt::format("{}{}{}<i>{}</i>\n", is_chosen ? "<b>" : "", escape(std::string_view(line).substr(0, comment)), is_chosen ? "</b>" : "", escape(origin));
  }
  return result;
}

std::string text_block(std::string_view title, std::string_view text) {
  return fmt::format("<details class=\"card scroll\"><summary>{}</summary><pre>{}</pre></details>\n", title, escape(text));
}

std::string profile_texts(const std::vector<ProfileText>& profiles) {
  std::string result = "<p class=\"about\">From <code>profile/</code> in the run folder, where the trace of each stands too.</p>";
  for (const ProfileText& profile : profiles) result += text_block(escape(profile.folder), profile.summary);
  return result;
}

}  // namespace

std::string history_section(const RunData& run) {
  std::string result = section(
      "plan", "Plan", run.plan.empty() ? absent("There is no plan (plan.txt).") : "<div class=\"card scroll\"><pre>" + escape(run.plan) + "</pre></div>");
  if (!run.profiles.empty()) result += section("profile", "Profile", profile_texts(run.profiles));
  result += section("events", "Events", run.metrics.events.empty() ? absent("No events were logged (metrics.jsonl).") : events_table(run.metrics.events));
  std::string body = run.config_text.empty()
                         ? absent("There is no configuration (config.yaml).")
                         : "<details class=\"card scroll\" open><summary>Recipe in force, chosen values in bold</summary><pre class=\"config\">" +
                               config_lines(run.config_text) + "</pre></details>\n";
  if (!run.command.empty()) body += text_block("Command", run.command);
  if (!run.environment.empty()) body += text_block("Machine and versions", run.environment);
  return result + section("config", "Configuration", body);
}

}  // namespace fovea::report
