#include "fovea/data/record_classes.h"

#include "fovea/base/error.h"

#include <map>
#include <optional>
#include <utility>

namespace fovea::data {
namespace {

// chosen: damage that hits the same wrong label in this many records is not chance any more, and as many extra reads a class cost nothing
constexpr size_t kFewRecords = 4;

struct Where {
  size_t file = 0;
  int64_t record = 0;
};

bool is_undamaged(const ScannedFile& file, int64_t record) {
  try {
    io::read_record(InputFile(file.path), file.places[static_cast<size_t>(record)], record);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kData) throw;
    return false;  // whoever reads the record for use meets the same error and reports it
  }
}

SeenClasses counted(std::vector<ScannedFile>& files) {
  std::map<int64_t, std::vector<Where>> first;  // up to kFewRecords places of each label
  SeenClasses seen;
  for (size_t f = 0; f < files.size(); ++f) {
    const auto& labels = files[f].found.labels;
    for (size_t r = 0; r < labels.size(); ++r) {
      if (labels[r] == kUnknownLabel) continue;
      ++seen[labels[r]].count;
      auto& places = first[labels[r]];
      if (places.size() < kFewRecords) places.push_back({f, static_cast<int64_t>(r)});
    }
  }
  for (const auto& [label, places] : first) {
    if (places.size() >= kFewRecords) continue;
    for (const Where& at : places) {
      if (is_undamaged(files[at.file], at.record)) continue;
      files[at.file].found.labels[static_cast<size_t>(at.record)] = kUnknownLabel;
      if (--seen[label].count == 0) seen.erase(label);
    }
  }
  return seen;
}

using Name = std::pair<std::string, std::string>;

}  // namespace

SeenClasses seen_classes(std::vector<ScannedFile>& files) {
  SeenClasses seen = counted(files);
  std::map<int64_t, std::map<Name, Where>> names;
  for (size_t f = 0; f < files.size(); ++f) {
    for (const SeenName& name : files[f].found.names) {
      if (seen.contains(name.label)) names[name.label].try_emplace(Name{name.text, name.synset}, Where{f, name.record});
    }
  }
  for (auto& [label, candidates] : names) {
    if (candidates.size() > 1) std::erase_if(candidates, [&](const auto& entry) { return !is_undamaged(files[entry.second.file], entry.second.record); });
    if (candidates.empty()) continue;
    const auto& [name, at] = *candidates.begin();
    seen[label].text = name.first;
    seen[label].synset = name.second;
    if (candidates.size() == 1) continue;
    const auto& [other, other_at] = *std::next(candidates.begin());
    fail(ErrorCode::kData, Advice{"give the class one name in all records"}, "{}: class {} is named \"{}\" here and \"{}\" in {}",
         record_place(files[other_at.file], other_at.record), label, class_name(label, {.text = other.first, .synset = other.second}),
         class_name(label, seen[label]), record_place(files[at.file], at.record));
  }
  return seen;
}

std::string label_message(int64_t label, const ClassRule& rule) {
  if (rule.num_outputs == 0) return fmt::format("image/class/label is {}, expected labels that count from 0 or from 1", label);
  return fmt::format("image/class/label is {}, expected {}..{} ({})", label, rule.first_label, rule.last_label, rule.said);
}

void expect_labels_allowed(const std::vector<ScannedFile>& files, const ClassRule& rule, std::string_view whose) {
  for (const ScannedFile& file : files) {
    for (size_t r = 0; r < file.found.labels.size(); ++r) {
      const int64_t label = file.found.labels[r];
      if (label == kUnknownLabel || rule.allows(label)) continue;
      fail(ErrorCode::kData, Advice{"correct or remove the record; with data.on_corrupt=skip it is left out"}, "{}: {} in {}",
           record_place(file, static_cast<int64_t>(r)), label_message(label, rule), whose);
    }
  }
}

}  // namespace fovea::data
