#include "fovea/data/imagenet.h"

#include "fovea/base/strings.h"
#include "fovea/data/open_files.h"
#include "fovea/data/record_classes.h"
#include "fovea/io/example.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>
#include <utility>

namespace fovea::data {
namespace {

std::string found_keys(const io::Example& example) {
  std::vector<std::string> keys;
  for (const auto& [key, feature] : example.features) keys.push_back(key);
  return keys.empty() ? "no features" : join(keys, ", ");
}

Sample sample_from(const io::Example& example, const ClassRule& rule) {
  const io::Int64List* labels = example.ints("image/class/label");
  if (labels == nullptr) fail(ErrorCode::kData, "no feature \"image/class/label\"; the record has {}", found_keys(example));
  if (labels->size() != 1) fail(ErrorCode::kData, "image/class/label has {} values, expected 1", labels->size());
  if (!rule.allows(labels->front())) fail(ErrorCode::kData, "{}", label_message(labels->front(), rule));
  const io::BytesList* pictures = example.bytes("image/encoded");
  if (pictures == nullptr) fail(ErrorCode::kData, "no feature \"image/encoded\"; the record has {}", found_keys(example));
  if (pictures->size() != 1 || pictures->front().empty()) fail(ErrorCode::kData, "image/encoded holds no picture");
  const auto bytes = as_bytes(pictures->front());
  return {.encoded = {bytes.begin(), bytes.end()}, .picture = nullptr, .label = rule.output(labels->front())};
}

class Records final : public Dataset {
 public:
  Records(std::vector<ScannedFile> files, SeenClasses seen, ClassRule rule, DatasetInfo info)
      : files_(std::move(files)), seen_(std::move(seen)), rule_(std::move(rule)), info_(std::move(info)), open_(files_.size()) {
    for (const ScannedFile& file : files_) {
      starts_.push_back(size_);
      size_ += static_cast<int64_t>(file.places.size());
    }
  }

  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return size_; }
  [[nodiscard]] const SeenClasses& seen() const { return seen_; }

  [[nodiscard]] Sample get(int64_t index) const override {
    const At at = find(index);
    const ScannedFile& file = files_[at.file];
    const auto bytes = io::read_record(*open_.get(at.file, file.path), file.places[static_cast<size_t>(at.record)], at.record);
    try {
      return sample_from(io::parse_example(bytes), rule_);
    } catch (const Error& error) {
      fail(error.code(), "{}: {}", record_place(file, at.record), error.what());
    }
  }

  [[nodiscard]] std::string place(int64_t index) const override {
    const At at = find(index);
    return record_place(files_[at.file], at.record);
  }

  [[nodiscard]] std::optional<int64_t> known_label(int64_t index) const override {
    const At at = find(index);
    const int64_t label = files_[at.file].found.labels[static_cast<size_t>(at.record)];
    if (label == kUnknownLabel || !rule_.allows(label)) return std::nullopt;
    return rule_.output(label);
  }

 private:
  struct At {
    size_t file = 0;
    int64_t record = 0;
  };
  [[nodiscard]] At find(int64_t index) const {
    FOVEA_CHECK(index >= 0 && index < size_, "sample {} of {}", index, size_);
    const auto behind = std::upper_bound(starts_.begin(), starts_.end(), index);
    const auto file = static_cast<size_t>(behind - starts_.begin()) - 1;
    return {file, index - starts_[file]};
  }

  std::vector<ScannedFile> files_;
  SeenClasses seen_;
  ClassRule rule_;
  DatasetInfo info_;
  OpenFiles open_;
  std::vector<int64_t> starts_;  // [files] index of the first record
  int64_t size_ = 0;
};

std::vector<std::string> damage_of(const std::vector<ScannedFile>& files, const OpenOptions& options) {
  std::vector<std::string> damage;
  for (const ScannedFile& file : files) {
    if (!file.damage) continue;
    if (options.on_damage == OpenOptions::OnDamage::kStop) {
      fail(ErrorCode::kData, Advice{"restore the file; with data.on_corrupt=skip the records before the damage are used"}, "{}", *file.damage);
    }
    damage.push_back(*file.damage + "; this record and all behind it in the file are left out");
  }
  return damage;
}

[[noreturn]] void fail_without_records(const RecordSet& set, const std::vector<std::string>& damage) {
  const Advice advice{"restore the files or convert the pictures again: fovea data convert --help"};
  if (damage.empty()) fail(ErrorCode::kData, advice, "\"{}\" holds no records", set.pattern);
  fail(ErrorCode::kData, advice, "\"{}\" holds no readable records: {}", set.pattern, damage.front());
}

bool is_whole_imagenet(const SeenClasses& seen) { return seen.size() == 1000 && seen.begin()->first == 1 && seen.rbegin()->first == 1000; }  // spec 2.5

void expect_same_names(const SeenClasses& seen, const SeenClasses& training, const RecordSet& set, const RecordSet& training_set) {
  const auto differ = [](const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; };
  for (const auto& [label, here] : seen) {
    const auto found = training.find(label);
    if (found == training.end()) continue;
    const SeenClass& there = found->second;
    if (differ(here.text, there.text) || differ(here.synset, there.synset)) {
      fail(ErrorCode::kData, "class {} is \"{}\" in \"{}\" and \"{}\" in \"{}\"", label, class_name(label, here), set.pattern, class_name(label, there),
           training_set.pattern);
    }
  }
}

/// What the records of `training` show; read only when it is not open already.
SeenClasses training_classes(const RecordSet& training, const OpenOptions& options) {
  if (const auto* opened = dynamic_cast<const Records*>(options.training)) return opened->seen();
  std::vector<ScannedFile> files = scan_record_set(training, options);
  const std::vector<std::string> damage = damage_of(files, options);
  SeenClasses seen = seen_classes(files);
  if (seen.empty()) fail_without_records(training, damage);
  return seen;
}

std::vector<std::string> missing_classes(const SeenClasses& seen, const SeenClasses& training, const ClassRule& rule) {
  std::vector<std::string> missing;
  for (const auto& [label, there] : training) {
    if (rule.allows(label) && !seen.contains(label)) missing.push_back(class_name(label, there));
  }
  return missing;
}

DatasetInfo describe(const RecordSet& set, const std::vector<ScannedFile>& files, const ClassRule& rule) {
  DatasetInfo info{.source = {}, .num_outputs = rule.num_outputs, .class_names = rule.names};
  int64_t count = 0;
  std::string identity;
  for (const ScannedFile& file : files) {
    count += static_cast<int64_t>(file.places.size());
    identity += fmt::format("{}\n{}\n", file.path.filename().string(), file.size);
  }
  info.source = fmt::format("TFRecords {}: {} in {}, {}", set.pattern, format_count(count, "picture"), format_count(static_cast<int64_t>(files.size()), "file"),
                            rule.said);
  info.fingerprint = io::hash64(as_bytes(identity));
  return info;
}

}  // namespace

OpenedDataset open_records(const RecordSet& set, const RecordSet& training, const OpenOptions& options) {
  std::vector<ScannedFile> files = scan_record_set(set, options);
  std::vector<std::string> damage = damage_of(files, options);
  const SeenClasses seen = seen_classes(files);
  if (seen.empty()) {
    for (const ScannedFile& file : files) {
      if (!file.places.empty()) static_cast<void>(Records({file}, {}, {}, {}).get(0));  // throws: says what is wrong with it
    }
    fail_without_records(set, damage);
  }
  const bool counts_itself = set.files == training.files || (options.training == nullptr && is_whole_imagenet(seen));
  const SeenClasses counted = counts_itself ? seen : training_classes(training, options);
  expect_same_names(seen, counted, set, training);
  const ClassRule rule = class_rule(counted);
  if (options.on_damage == OpenOptions::OnDamage::kStop || rule.num_outputs == 0)
    expect_labels_allowed(files, rule, fmt::format("\"{}\"", counts_itself ? set.pattern : training.pattern));
  DatasetInfo info = describe(set, files, rule);
  std::vector<std::string> warnings = class_warnings(missing_classes(seen, counted, rule));
  return {.dataset = std::make_unique<Records>(std::move(files), seen, rule, std::move(info)), .damage = std::move(damage), .warnings = std::move(warnings)};
}

}  // namespace fovea::data
