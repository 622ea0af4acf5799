#include "fovea/data/check.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"
#include "fovea/data/record_set.h"
#include "fovea/image/decode.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

namespace fovea::data {
namespace {

constexpr int64_t kQuickPixels = 30'000'000;  // chosen: about 0.3 s of decoding on one core
constexpr int64_t kQuickThreads = 2;          // chosen: the loader's threads start at the same time
constexpr int64_t kRange = 256;               // samples handed to a thread at once

/// What is kept of a sample: 24 bytes, so that ImageNet fits.
struct Seen {
  uint64_t hash = 0;
  int64_t label = 0;   ///< detection: a hash of the boxes
  int64_t index = -1;  ///< -1: not readable
};

/// The label, or a hash of the boxes.
int64_t what_is_said(const Sample& sample) {
  if (sample.objects.empty()) return sample.label;
  std::vector<float> numbers;
  for (const Object& object : sample.objects)
    numbers.insert(numbers.end(), {object.box.y0, object.box.x0, object.box.y1, object.box.x1, static_cast<float>(object.class_id)});
  return static_cast<int64_t>(io::hash64(std::as_bytes(std::span(numbers))));
}

void count_picture(SplitReport& report, const image::Info& info) {
  ++report.sizes[static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(std::max(1, std::min(info.size.width, info.size.height)))))];
  report.grey += info.channels == 1 ? 1 : 0;
  report.cmyk += info.is_cmyk ? 1 : 0;
  report.png += info.format == image::Format::kPng ? 1 : 0;
}

class Checker {
 public:
  Checker(const CheckOptions& options, int64_t total) : options_(options), total_(total) {}

  /// Reads and decodes one split; findings come out in the order of the samples, whatever the threads.
  std::vector<Seen> run(const Dataset& dataset, SplitReport& split, CheckReport& report) {
    split.info = dataset.info();
    split.pictures = dataset.size();
    split.class_counts.resize(static_cast<size_t>(dataset.info().num_outputs));
    std::vector<Seen> seen(static_cast<size_t>(dataset.size()));
    std::map<int64_t, std::string> problems;
    const int64_t ranges = (dataset.size() + kRange - 1) / kRange;
    report.is_complete &= for_each_index(ranges, options_.threads, options_.stop, [&](int64_t range) {
      for (int64_t i = range * kRange; i < std::min((range + 1) * kRange, dataset.size()) && !options_.stop.stop_requested(); ++i) {
        check(dataset, i, split, seen[static_cast<size_t>(i)], problems);
      }
    });
    if (dataset.info().task == Task::kDetect) split.boxes = box_statistics(dataset, 0, options_.threads, options_.stop);
    report.is_complete &= !options_.stop.stop_requested();
    for (auto& [index, message] : problems) add(report, Severity::kError, std::move(message));
    std::erase_if(seen, [](const Seen& sample) { return sample.index < 0; });
    return seen;
  }

  void add(CheckReport& report, Severity severity, std::string message) const {
    ++(severity == Severity::kError ? report.errors : report.warnings);
    if (static_cast<int64_t>(report.findings.size()) < options_.max_findings) report.findings.push_back({.severity = severity, .message = std::move(message)});
  }

 private:
  void check(const Dataset& dataset, int64_t index, SplitReport& split, Seen& seen, std::map<int64_t, std::string>& problems) {
    std::string problem;
    Sample sample;
    std::optional<image::Info> info;
    try {
      sample = dataset.get(index);
      if (!sample.picture) {
        try {
          info = image::read_info(sample.encoded);
          image::decode(sample.encoded);
        } catch (const Error& error) {
          fail(error.code(), "{}: {}", dataset.place(index), error.what());
        }
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kData && error.code() != ErrorCode::kMissing) throw;
      problem = error.what();
    }
    const uint64_t hash = sample.picture ? io::hash64(std::as_bytes(std::span(sample.picture->pixels))) : io::hash64(sample.encoded);
    const std::lock_guard lock(mutex_);
    if (problem.empty()) {
      seen = {.hash = hash, .label = what_is_said(sample), .index = index};
      ++split.readable;
      split.bytes += static_cast<int64_t>(sample.encoded.size());
      if (dataset.info().task == Task::kClassify) ++split.class_counts[static_cast<size_t>(sample.label)];
      for (const Object& object : sample.objects) ++split.class_counts[static_cast<size_t>(object.class_id)];
      if (info) count_picture(split, *info);
    } else {
      problems[index] = std::move(problem);
    }
    ++done_;
    if (options_.progress) options_.progress(done_, total_);
  }

  const CheckOptions& options_;
  int64_t total_;
  int64_t done_ = 0;
  std::mutex mutex_;
};

void sort_by_content(std::vector<Seen>& seen) {
  std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return std::tie(a.hash, a.index) < std::tie(b.hash, b.index); });
}

const Seen* find_content(const std::vector<Seen>& sorted, uint64_t hash) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), hash, [](const Seen& sample, uint64_t value) { return sample.hash < value; });
  return found != sorted.end() && found->hash == hash ? &*found : nullptr;
}

std::string label_difference(const Seen& a, const Seen& b, const Dataset& dataset) {
  if (a.label == b.label) return {};
  if (dataset.info().task == Task::kDetect) return ", but with other boxes";
  const auto& names = dataset.info().class_names;
  return fmt::format(", but as another class: \"{}\" here, \"{}\" there", names[static_cast<size_t>(a.label)], names[static_cast<size_t>(b.label)]);
}

void find_duplicates(const Checker& checker, const Dataset& dataset, std::vector<Seen>& seen, CheckReport& report) {
  sort_by_content(seen);
  std::map<int64_t, std::string> messages;
  for (size_t i = 1; i < seen.size(); ++i) {
    if (seen[i].hash != seen[i - 1].hash) continue;
    const Seen& first = *find_content(seen, seen[i].hash);
    ++report.duplicates;
    messages[seen[i].index] =
        fmt::format("{}: the same picture as {}{}", dataset.place(seen[i].index), dataset.place(first.index), label_difference(seen[i], first, dataset));
  }
  for (auto& [index, message] : messages) checker.add(report, Severity::kWarning, std::move(message));
}

void find_overlap(const Checker& checker, const Dataset& train, const std::vector<Seen>& in_train, const Dataset& validation,
                  const std::vector<Seen>& in_validation, CheckReport& report) {
  std::map<int64_t, std::string> messages;
  for (const Seen& sample : in_validation) {
    const Seen* twin = find_content(in_train, sample.hash);
    if (twin == nullptr) continue;
    ++report.overlap;
    messages[sample.index] = fmt::format("{}: a validation picture that is also a training picture, {}{}", validation.place(sample.index),
                                         train.place(twin->index), label_difference(sample, *twin, train));
  }
  for (auto& [index, message] : messages) checker.add(report, Severity::kWarning, std::move(message));
}

void find_empty_classes(const Checker& checker, const SplitReport& split, std::string_view name, CheckReport& report) {
  const std::vector<std::string>& names = split.info.class_names;
  const bool has_background = !names.empty() && names.front() == "background";  // ImageNet's and a detector's output 0 is never a target
  const std::string_view what = split.boxes ? "box" : "picture";
  for (size_t i = has_background ? 1 : 0; i < split.class_counts.size(); ++i) {
    if (split.class_counts[i] == 0) checker.add(report, Severity::kWarning, fmt::format("class {} \"{}\" has no readable {} {}", i, names[i], name, what));
  }
}

/// Without a set, `warnings` has the reason.
OpenedDataset open_if_there(const std::string& where, Split split) {
  try {
    return open_dataset(where, split, {.on_damage = OpenOptions::OnDamage::kSkip});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kMissing || !(is_directory(fs::path(where)))) throw;
    return {.dataset = nullptr, .damage = {}, .warnings = {fmt::format("no {} set: {}", split == Split::kTrain ? "training" : "validation", error.what())}};
  }
}

}  // namespace

CheckReport check_dataset(const std::string& where, const CheckOptions& options) {
  const OpenedDataset validation = open_if_there(where, Split::kValidation);
  OpenedDataset train;
  try {
    train = open_if_there(where, Split::kTrain);
  } catch (const Error& error) {
    const bool is_bare = validation.dataset && !fs::exists(fs::path(where) / "train") && find_record_sets(where, Split::kTrain).empty();
    if (error.code() != ErrorCode::kData || !is_bare) throw;  // one folder of classes has no training split
  }
  CheckReport report;
  Checker checker(options, (train.dataset ? train.dataset->size() : 0) + (validation.dataset ? validation.dataset->size() : 0));
  const auto detects = [](const OpenedDataset& opened) { return opened.dataset && opened.dataset->info().task == Task::kDetect; };
  const bool has_boxes = detects(train) || detects(validation);
  const auto look = [&](const OpenedDataset& opened, std::optional<SplitReport>& split) {
    for (const std::string& damage : opened.damage) checker.add(report, Severity::kError, damage);
    if (has_boxes) {  // what a command warns of; classes without pictures are found below
      for (const std::string& warning : opened.warnings) checker.add(report, Severity::kWarning, warning);
    }
    if (!opened.dataset) return std::vector<Seen>{};
    return checker.run(*opened.dataset, split.emplace(), report);
  };
  std::vector<Seen> in_train = look(train, report.train);
  std::vector<Seen> in_validation = look(validation, report.validation);
  if (!report.is_complete) return report;  // what follows is about the whole
  if (train.dataset) find_duplicates(checker, *train.dataset, in_train, report);
  if (validation.dataset) find_duplicates(checker, *validation.dataset, in_validation, report);
  if (train.dataset && validation.dataset) find_overlap(checker, *train.dataset, in_train, *validation.dataset, in_validation, report);
  if (report.train) find_empty_classes(checker, *report.train, "training", report);
  if (report.validation) find_empty_classes(checker, *report.validation, "validation", report);
  return report;
}

std::vector<Finding> quick_check(const Dataset& dataset, int64_t samples) {
  const int64_t count = std::min(samples, dataset.size());
  std::vector<std::string> problems(static_cast<size_t>(count));
  int64_t budget = kQuickPixels;
  std::vector<Sample> to_decode;
  std::vector<int64_t> at;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t index = i * dataset.size() / count;
    try {
      Sample sample = dataset.get(index);
      if (sample.picture) continue;
      const image::Size size = image::read_info(sample.encoded).size;
      const int64_t pixels = int64_t{size.width} * size.height;
      if (pixels > budget) continue;
      budget -= pixels;
      to_decode.push_back(std::move(sample));
      at.push_back(i);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kData && error.code() != ErrorCode::kMissing) throw;
      const std::string_view message = error.what();
      problems[static_cast<size_t>(i)] =
          message.find(dataset.place(index)) == std::string_view::npos ? fmt::format("{}: {}", dataset.place(index), message) : std::string(message);
    }
  }
  for_each_index(static_cast<int64_t>(at.size()), kQuickThreads, {}, [&](int64_t k) {
    const int64_t i = at[static_cast<size_t>(k)];
    try {
      image::decode(to_decode[static_cast<size_t>(k)].encoded);
    } catch (const Error& error) {
      problems[static_cast<size_t>(i)] = fmt::format("{}: {}", dataset.place(i * dataset.size() / count), error.what());
    }
  });
  std::vector<Finding> findings;
  for (std::string& problem : problems) {
    if (!problem.empty()) findings.push_back({.severity = Severity::kError, .message = std::move(problem)});
  }
  return findings;
}

}  // namespace fovea::data
