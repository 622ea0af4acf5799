#include "fovea/data/class_rule.h"

#include "fovea/base/strings.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::data {
namespace {

constexpr int64_t kImageNetClasses = 1000;  // spec 2.5: 1-based rank of the WordNet id

bool is_imagenet(const SeenClasses& seen) {
  if (seen.begin()->first < 1 || seen.rbegin()->first > kImageNetClasses) return false;
  if (static_cast<int64_t>(seen.size()) == kImageNetClasses) return true;
  const bool has_gap = seen.begin()->first != 1 || seen.rbegin()->first != static_cast<int64_t>(seen.size());
  return has_gap && std::all_of(seen.begin(), seen.end(), [](const auto& entry) { return !entry.second.synset.empty(); });
}

ClassRule imagenet_rule(const SeenClasses& seen) {
  ClassRule rule{.first_label = 1, .last_label = kImageNetClasses, .output_zero = 0, .num_outputs = kImageNetClasses + 1};
  rule.names.emplace_back("background");  // spec 2.1: output 0 is never a target
  for (int64_t label = 1; label <= kImageNetClasses; ++label) {
    const auto found = seen.find(label);
    rule.names.push_back(class_name(label, found == seen.end() ? SeenClass{} : found->second));
  }
  const auto classes = static_cast<int64_t>(seen.size());
  rule.said = fmt::format("labels 1..1000 as ImageNet counts them{}, 1,001 outputs of which output 0 is unused",
                          classes == kImageNetClasses ? "" : fmt::format(" ({} of the 1,000 occur)", classes));
  return rule;
}

}  // namespace

ClassRule class_rule(const SeenClasses& seen) {
  if (is_imagenet(seen)) return imagenet_rule(seen);
  ClassRule rule{.first_label = seen.contains(0) ? 0 : 1};
  rule.output_zero = rule.first_label;
  rule.last_label = rule.first_label - 1;
  for (auto found = seen.find(rule.first_label); found != seen.end() && found->first == rule.last_label + 1; ++found) {
    rule.names.push_back(class_name(found->first, found->second));
    ++rule.last_label;
  }
  rule.num_outputs = static_cast<int64_t>(rule.names.size());
  rule.said = fmt::format("{} class{}, labels {}..{}", format_count(rule.num_outputs), rule.num_outputs == 1 ? "" : "es", rule.first_label, rule.last_label);
  return rule;
}

std::vector<std::string> class_warnings(const std::vector<std::string>& missing) {
  if (missing.empty()) return {};
  return {fmt::format("validation has no pictures of {} of the training classes: {}", format_count(static_cast<int64_t>(missing.size())), join_first(missing))};
}

std::string class_name(int64_t label, const SeenClass& seen) {
  if (!seen.text.empty()) return seen.text;
  if (!seen.synset.empty()) return seen.synset;
  return fmt::format("class {}", label);
}

}  // namespace fovea::data
