#include "fovea/report/report.h"

#include "fovea/base/error.h"
#include "fovea/report/html.h"
#include "fovea/report/run_data.h"
#include "fovea/report/run_names.h"
#include "fovea/report/script.h"
#include "fovea/report/sections.h"
#include "fovea/report/style.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

namespace fovea::report {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kLinks{{{"runs", "Runs"},
                                                                                {"settings", "Settings"},
                                                                                {"curves", "Curves"},
                                                                                {"evaluation", "Evaluation"},
                                                                                {"classes", "Classes"},
                                                                                {"precision", "Precision"},
                                                                                {"errors", "Errors"},
                                                                                {"confusion", "Confusion"},
                                                                                {"mistakes", "Mistakes"},
                                                                                {"data", "Data"},
                                                                                {"plan", "Plan"},
                                                                                {"profile", "Profile"},
                                                                                {"events", "Events"},
                                                                                {"config", "Configuration"}}};

double seconds_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string page(std::string_view title, std::string_view body) {
  // The policy forbids what the page never needs: anything that is not in it.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\"><title>{} · "
      "Fovea</title>\n<style>{}</style></head>\n<body><main>\n{}</main>\n<script>{}</script></body></html>\n",
      escape(title), style_sheet(), body, page_script());
}

std::string evaluation_sections(const RunData& run) {
  if (!run.evaluation) return section("evaluation", "Evaluation", absent("There is no evaluation yet."));
  const std::string of_detector = run.evaluation->detection ? precision_section(run) + errors_section(run) : std::string();
  return class_section(run) + of_detector + confusion_section(run) + mistakes_section(run);
}

std::string links_to(std::string_view sections) {
  std::string result = "<nav>";
  for (const auto& [id, title] : kLinks) {
    if (sections.find(fmt::format("<section id=\"{}\"", id)) != std::string_view::npos) result += fmt::format("<a href=\"#{}\">{}</a>", id, title);
  }
  return result + "</nav>\n";
}

}  // namespace

std::string section(std::string_view id, std::string_view title, std::string_view body) {
  return fmt::format("<section id=\"{}\"><h2>{}</h2>\n{}</section>\n", id, title, body);
}

std::string absent(std::string_view sentence) { return fmt::format("<p class=\"none\">{}</p>\n", sentence); }

std::string report_page(std::span<const fs::path> runs) {
  FOVEA_CHECK(!runs.empty(), "no run given");
  const std::vector<fs::path> folders = without_repeats(runs);
  std::vector<RunData> all;
  std::transform(folders.begin(), folders.end(), std::back_inserter(all), read_run);
  const double now = seconds_now();
  if (all.size() > 1) {
    const std::vector<std::string> names = distinct_names(folders);
    for (size_t i = 0; i < all.size(); ++i) all[i].name = names[i];
    const std::string sections = comparison_table(all, now) + curves_section(all);
    return page(fmt::format("{} runs compared", all.size()), comparison_header(all) + links_to(sections) + sections);
  }
  const RunData& run = all.front();
  const std::string sections = curves_section(all) + evaluation_sections(run) + data_section(run) + history_section(run);
  return page(run.name, summary_header(run, now) + links_to(sections) + sections);
}

void write_report(const fs::path& run) { write_atomically(run / "report.html", report_page(std::span(&run, 1))); }

}  // namespace fovea::report
