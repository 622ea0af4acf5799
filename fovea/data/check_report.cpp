#include "fovea/base/strings.h"
#include "fovea/data/check.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>

namespace fovea::data {
namespace {

constexpr int64_t kPicturesMatched = 2000;  // chosen: of COCO about 0.2 s on a few cores
constexpr size_t kClassesShown = 20;        // chosen: a screen; all are in the JSON

/// Columns boxes, matched, forced, and what else there is to say.
std::string match_text(const BoxGroup& group) {
  const auto boxes = static_cast<double>(std::max<int64_t>(1, group.boxes));
  std::string text = fmt::format("{:>9} {:>7.1f} {:>7.1f} %", format_count(group.boxes), static_cast<double>(group.matches) / boxes,
                                 100 * static_cast<double>(group.forced) / boxes);
  if (group.crowds > 0) text += fmt::format("  {} crowds", format_count(group.crowds));
  if (group.lost > 0) text += fmt::format("  {} lost", format_count(group.lost));
  return text + "\n";
}

std::string boxes_text(const SplitReport& split) {
  const BoxStatistics& boxes = *split.boxes;
  std::vector<std::string> parts;
  for (const auto& [count, pictures] : boxes.per_picture)
    parts.push_back(fmt::format("{}: {}", count < 2 ? fmt::format("{}", count) : fmt::format("{}-{}", count, 2 * count - 1), format_count(pictures)));
  std::string text = fmt::format("  boxes in a picture {}; at most {}\n", join(parts, ", "), format_count(boxes.most));
  text += fmt::format("  {:<33} {:>9} {:>7} {:>9}\n", "at 300 x 300, SSD's default boxes:", "boxes", "matched", "forced");
  for (size_t i = 1; i < std::min(kClassesShown + 1, boxes.classes.size()); ++i)
    text += fmt::format("  {:>4} {:<20.20} id {:>5} {}", i, split.info.class_names[i], split.info.class_ids[i], match_text(boxes.classes[i]));
  if (boxes.classes.size() > kClassesShown + 1) text += fmt::format("  and {} more classes\n", boxes.classes.size() - kClassesShown - 1);
  for (const auto& [side, group] : boxes.by_side)
    text += fmt::format("  {:<33} {}", fmt::format("side {}-{} px", side, std::max<int64_t>(1, 2 * side - 1)), match_text(group));
  return text + "  matched: default boxes that answer for one box, on average; forced: boxes of which none has an IoU of 0.5\n";
}

std::string split_text(std::string_view name, const SplitReport& split) {
  std::string text = fmt::format("{}: {}\n  {} of {} pictures readable, {}", name, split.info.source, format_count(split.readable),
                                 format_count(split.pictures), format_bytes(static_cast<double>(split.bytes)));
  if (split.grey > 0) text += fmt::format(", {} grey", format_count(split.grey));
  if (split.cmyk > 0) text += fmt::format(", {} CMYK", format_count(split.cmyk));
  if (split.png > 0) text += fmt::format(", {} PNG", format_count(split.png));
  text += "\n";
  if (!split.sizes.empty()) {
    std::vector<std::string> parts;
    for (const auto& [side, count] : split.sizes) parts.push_back(fmt::format("{}-{} px: {}", side, 2 * side - 1, format_count(count)));
    text += fmt::format("  short side {}\n", join(parts, ", "));
  }
  if (split.boxes) return text + boxes_text(split);
  const int64_t most = std::max<int64_t>(1, split.class_counts.empty() ? 1 : *std::max_element(split.class_counts.begin(), split.class_counts.end()));
  for (size_t i = 0; i < std::min(kClassesShown, split.class_counts.size()); ++i) {
    const auto width = static_cast<size_t>(30 * split.class_counts[i] / most);
    text += fmt::format("  {:>4} {:<20.20} {:>9} {}\n", i, split.info.class_names[i], format_count(split.class_counts[i]), std::string(width, '#'));
  }
  if (split.class_counts.size() > kClassesShown) text += fmt::format("  and {} more classes\n", split.class_counts.size() - kClassesShown);
  return text;
}

io::OrderedJson class_list(const std::vector<std::string>& names, const std::vector<int64_t>& counts) {
  auto classes = io::OrderedJson::array();
  for (size_t i = 0; i < names.size(); ++i) classes.push_back({{"name", names[i]}, {"count", counts[i]}});
  return classes;
}

/// The classes of a detection set with all their boxes.
io::OrderedJson box_counts(const Dataset& dataset) {
  const DatasetInfo& info = dataset.info();
  std::vector<int64_t> counts(info.class_names.size());
  for (int64_t i = 0; i < dataset.size(); ++i) {
    for (const Object& object : dataset.known_objects(i)) ++counts[static_cast<size_t>(object.class_id)];
  }
  auto classes = io::OrderedJson::array();
  for (size_t i = 1; i < counts.size(); ++i) classes.push_back({{"name", info.class_names[i]}, {"id", info.class_ids[i]}, {"count", counts[i]}});
  return classes;
}

io::OrderedJson split_json(const SplitReport& split) {
  io::OrderedJson sizes = io::OrderedJson::object();
  for (const auto& [side, count] : split.sizes) sizes[fmt::format("{}", side)] = count;
  io::OrderedJson result{{"source", split.info.source},
                         {"images", split.pictures},
                         {"readable", split.readable},
                         {"bytes", split.bytes},
                         {"grey", split.grey},
                         {"cmyk", split.cmyk},
                         {"png", split.png},
                         {"short_side_px", sizes},
                         {"classes", class_list(split.info.class_names, split.class_counts)}};
  if (split.boxes) result["boxes"] = split.boxes->json(split.info);
  return result;
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
    if (info.task == Task::kDetect) {
      result[name] = {{"images", dataset->size()}, {"fingerprint", io::hex(info.fingerprint)}, {"classes", box_counts(*dataset)}};
      result[name]["boxes"] = box_statistics(*dataset, kPicturesMatched, 0).json(info);
    } else {
      result[name] = {{"images", dataset->size()}, {"fingerprint", io::hex(info.fingerprint)}, {"classes", class_list(info.class_names, counts)}};
    }
  };
  add("train", train);
  add("validation", validation);
  return result;
}

}  // namespace fovea::data
