#include "fovea/base/strings.h"
#include "fovea/data/check.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>

namespace fovea::data {
namespace {

constexpr size_t kClassesShown = 20;  // chosen: a screen; all are in the JSON

std::string split_text(std::string_view name, const SplitReport& split) {
  std::string text = fmt::format("{}: {}\n  {} of {} pictures readable, {}", name, split.source, format_count(split.readable), format_count(split.pictures),
                                 format_bytes(static_cast<double>(split.bytes)));
  if (split.grey > 0) text += fmt::format(", {} grey", format_count(split.grey));
  if (split.cmyk > 0) text += fmt::format(", {} CMYK", format_count(split.cmyk));
  if (split.png > 0) text += fmt::format(", {} PNG", format_count(split.png));
  text += "\n";
  if (!split.sizes.empty()) {
    std::vector<std::string> parts;
    for (const auto& [side, count] : split.sizes) parts.push_back(fmt::format("{}-{} px: {}", side, 2 * side - 1, format_count(count)));
    text += fmt::format("  short side {}\n", join(parts, ", "));
  }
  const int64_t most = std::max<int64_t>(1, split.class_counts.empty() ? 1 : *std::max_element(split.class_counts.begin(), split.class_counts.end()));
  for (size_t i = 0; i < std::min(kClassesShown, split.class_counts.size()); ++i) {
    const auto width = static_cast<size_t>(30 * split.class_counts[i] / most);
    text += fmt::format("  {:>4} {:<20.20} {:>9} {}\n", i, split.class_names[i], format_count(split.class_counts[i]), std::string(width, '#'));
  }
  if (split.class_counts.size() > kClassesShown) text += fmt::format("  and {} more classes\n", split.class_counts.size() - kClassesShown);
  return text;
}

io::OrderedJson class_list(const std::vector<std::string>& names, const std::vector<int64_t>& counts) {
  auto classes = io::OrderedJson::array();
  for (size_t i = 0; i < names.size(); ++i) classes.push_back({{"name", names[i]}, {"count", counts[i]}});
  return classes;
}

io::OrderedJson split_json(const SplitReport& split) {
  io::OrderedJson sizes = io::OrderedJson::object();
  for (const auto& [side, count] : split.sizes) sizes[fmt::format("{}", side)] = count;
  return {{"source", split.source}, {"images", split.pictures}, {"readable", split.readable},
          {"bytes", split.bytes},   {"grey", split.grey},       {"cmyk", split.cmyk},
          {"png", split.png},       {"short_side_px", sizes},   {"classes", class_list(split.class_names, split.class_counts)}};
}

}  // namespace

std::string CheckReport::text() const {
  std::string result;
  if (train) result += split_text("training", *train);
  if (validation) result += split_text("validation", *validation);
  for (const Finding& finding : findings) result += fmt::format("{}: {}\n", finding.severity == Severity::kError ? "error" : "warning", finding.message);
  const int64_t unlisted = errors + warnings - static_cast<int64_t>(findings.size());
  if (unlisted > 0) result += fmt::format("and {} more findings\n", format_count(unlisted));
  if (!is_complete) return result + "stopped before the end\n";
  return result + fmt::format("{}, {}; {}; {} that {} in the training set too\n", format_count(errors, "error"), format_count(warnings, "warning"),
                              format_count(duplicates, "duplicate picture"), format_count(overlap, "validation picture"), overlap == 1 ? "is" : "are");
}

io::OrderedJson CheckReport::json() const {
  io::OrderedJson result{{"complete", is_complete}, {"errors", errors}, {"warnings", warnings}, {"duplicates", duplicates}, {"overlap", overlap}};
  if (train) result["train"] = split_json(*train);
  if (validation) result["validation"] = split_json(*validation);
  result["findings"] = io::OrderedJson::array();
  for (const Finding& finding : findings) {
    result["findings"].push_back({{"severity", finding.severity == Severity::kError ? "error" : "warning"}, {"message", finding.message}});
  }
  return result;
}

io::OrderedJson data_statistics(const Dataset* train, const Dataset* validation) {
  io::OrderedJson result;
  const auto add = [&](const char* name, const Dataset* dataset) {
    if (dataset == nullptr) return;
    const DatasetInfo& info = dataset->info();
    std::vector<int64_t> counts(info.class_names.size());
    for (int64_t i = 0; i < dataset->size(); ++i) {
      if (const auto label = dataset->known_label(i)) ++counts[static_cast<size_t>(*label)];
    }
    if (!result.contains("source")) {
      result["source"] = info.source;
      result["num_outputs"] = info.num_outputs;
    }
    result[name] = {{"images", dataset->size()}, {"fingerprint", io::hex(info.fingerprint)}, {"classes", class_list(info.class_names, counts)}};
  };
  add("train", train);
  add("validation", validation);
  return result;
}

}  // namespace fovea::data
