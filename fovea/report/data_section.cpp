// The data of a run: where it came from, how many pictures each class has, what was skipped.
#include "fovea/base/strings.h"
#include "fovea/report/html.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace fovea::report {

namespace {

constexpr size_t kFewClasses = 40;
constexpr size_t kEnds = 12;
constexpr double kUneven = 5;  // chosen: below it training hardly notices
constexpr size_t kNameColumns = 42;
constexpr size_t kProfileBars = 120;

std::string bar_table(std::span<const ClassCount> classes, int64_t largest, const std::map<std::string, int64_t>& validation, std::string_view counted) {
  std::string result = fmt::format("<table class=\"sortable\"><thead><tr><th>class</th><th class=\"wide\">training {}</th>{}</tr></thead><tbody>\n", counted,
                                   validation.empty() ? "" : "<th class=\"n\">validation</th>");
  for (const ClassCount& entry : classes) {
    const double share = largest > 0 ? 100 * static_cast<double>(entry.count) / static_cast<double>(largest) : 0;
    result += fmt::format("<tr><td>{}</td><td data-v=\"{}\"><div class=\"bar plain\"><span><i style=\"width:{:.1f}%\"></i></span><b>{}</b></div></td>",
                          escape(shorten(entry.name, kNameColumns)), entry.count, share, format_count(entry.count));
    const auto found = validation.find(entry.name);
    if (!validation.empty()) result += fmt::format("<td class=\"n\">{}</td>", found == validation.end() ? "0" : format_count(found->second));
    result += "</tr>\n";
  }
  return result + "</tbody></table>";
}

// Class sizes from the largest to the smallest as one silhouette.
std::string profile(const std::vector<ClassCount>& sorted) {
  constexpr double kWidth = 560, kHeight = 120, kBase = 100;
  const auto largest = static_cast<double>(std::max<int64_t>(1, sorted.front().count));
  const size_t bars = std::min(sorted.size(), kProfileBars);
  const double width = kWidth / static_cast<double>(bars);
  std::string result = fmt::format("<svg class=\"profile\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"how many of each class, sorted\">", kWidth, kHeight);
  for (size_t i = 0; i < bars; ++i) {
    const ClassCount& entry = sorted[i * sorted.size() / bars];
    const double height = kBase * static_cast<double>(entry.count) / largest;
    result += fmt::format("<rect class=\"c0\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"><title>{}: {}</title></rect>",
                          width * static_cast<double>(i), kBase - height, width * 0.86, height, escape(entry.name), format_count(entry.count));
  }
  return result + fmt::format("<text x=\"0\" y=\"{0}\">largest: {1}</text><text class=\"e\" x=\"{2}\" y=\"{0}\">smallest: {3}</text></svg>", kHeight - 4,
                              format_count(sorted.front().count), kWidth, format_count(sorted.back().count));
}

std::string histogram(const DataFacts& data) {
  std::vector<ClassCount> sorted = data.train.classes;
  std::stable_sort(sorted.begin(), sorted.end(), [](const ClassCount& a, const ClassCount& b) { return a.count > b.count; });
  std::map<std::string, int64_t> validation;
  for (const ClassCount& entry : data.validation.classes) validation[entry.name] = entry.count;
  const int64_t largest = sorted.front().count;
  const int64_t smallest = sorted.back().count;
  const std::string_view counted = data.has_boxes ? "boxes" : "pictures";
  std::string result;
  if (smallest == 0) {
    const auto empty = std::count_if(sorted.begin(), sorted.end(), [](const ClassCount& entry) { return entry.count == 0; });
    result += fmt::format("<p class=\"hint\">{} of {} classes have no training picture.</p>", empty, sorted.size());
  } else if (static_cast<double>(largest) > kUneven * static_cast<double>(smallest)) {
    result += fmt::format("<p class=\"hint\">The classes are uneven: the largest has {:.0f} times as many training {} as the smallest.</p>",
                          static_cast<double>(largest) / static_cast<double>(smallest), counted);
  }
  const auto table = [&](std::span<const ClassCount> classes) { return bar_table(classes, largest, validation, counted); };
  if (sorted.size() <= kFewClasses) return result + "<div class=\"card scroll\">" + table(sorted) + "</div>";
  const std::span<const ClassCount> all(sorted);
  return result + fmt::format("<div class=\"card\"><h3>Training {} per class, sorted</h3>", counted) + profile(sorted) +
         "</div><div class=\"pair\"><div class=\"card scroll\"><h3>Largest</h3>" + table(all.first(kEnds)) +
         "</div><div class=\"card scroll\"><h3>Smallest</h3>" + table(all.last(kEnds)) + "</div></div>";
}

std::string skipped(const RunData& run) {
  if (run.num_skipped == 0) return "<p>No record was skipped.</p>";
  std::string result = fmt::format("<details class=\"card scroll\" open><summary>{} {} skipped</summary><pre class=\"list\">", format_count(run.num_skipped),
                                   run.num_skipped == 1 ? "record was" : "records were");
  for (const std::string& line : run.skipped) result += escape(line) + "\n";
  result += "</pre>";
  const auto shown = static_cast<int64_t>(run.skipped.size());
  if (shown < run.num_skipped) result += fmt::format("<p>The first {}; all of them are in skipped.txt.</p>", shown);
  return result + "</details>";
}

}  // namespace

std::string data_section(const RunData& run) {
  if (!run.data) return section("data", "Data", absent("The run folder tells nothing about its data (data.json).") + (run.num_skipped > 0 ? skipped(run) : ""));
  const DataFacts& data = *run.data;
  std::string body = fmt::format("<p class=\"about\">{} training and {} validation pictures, {} outputs. Source: {}</p>", format_count(data.train.images),
                                 format_count(data.validation.images), format_count(data.num_outputs),
                                 data.source.empty() ? "not told" : "<code>" + escape(data.source) + "</code>");
  body += data.train.classes.empty() ? absent("The classes are not listed.") : histogram(data);
  return section("data", "Data", body + skipped(run));
}

}  // namespace fovea::report
