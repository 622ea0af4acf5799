#include "fovea/data/record_scan.h"

#include "fovea/base/parallel.h"
#include "fovea/data/label_cache.h"
#include "fovea/io/scan_cache.h"

#include <fmt/format.h>

#include <mutex>
#include <set>
#include <tuple>

namespace fovea::data {
namespace {

constexpr int64_t kScanThreads = 8;  // chosen: keeps a disk's queue filled; the work is waiting, not computing

RecordLabels read_labels(const fs::path& path, const std::vector<io::RecordPlace>& places) {
  const InputFile file(path);
  RecordLabels found;
  std::set<std::tuple<int64_t, std::string, std::string>> seen;
  for (size_t record = 0; record < places.size(); ++record) {
    const auto facts = read_record_facts(file, places[record]);
    found.labels.push_back(facts ? facts->label : kUnknownLabel);
    if (facts && seen.emplace(facts->label, facts->text, facts->synset).second) {
      found.names.push_back({.label = facts->label, .text = facts->text, .synset = facts->synset, .record = static_cast<int64_t>(record)});
    }
  }
  return found;
}

/// The two caches, if the caller wants any.
class Caches {
 public:
  explicit Caches(const fs::path& path) : path_(path) {
    if (path_.empty()) return;
    label_path_ = path_;
    label_path_ += ".labels";
    scans_ = io::ScanCache::load(path_);
    labels_ = LabelCache::load(label_path_);
  }

  ScannedFile scan(const fs::path& path) {
    // the stamp is taken before reading: a file that changes meanwhile does not fit its entry next time
    const FileStamp stamp = file_stamp(path).value_or(FileStamp{});
    std::optional<io::RecordScan> scan;
    std::optional<RecordLabels> labels;
    if (!path_.empty()) {
      const std::lock_guard lock(mutex_);
      scan = scans_.find(path, stamp);
      labels = labels_.find(path, stamp);
    }
    const bool is_known = scan && labels && labels->labels.size() == scan->records.size();
    if (!is_known) {
      scan = io::scan_records(path);
      labels = read_labels(path, scan->records);
      if (!path_.empty()) {
        const std::lock_guard lock(mutex_);
        scans_.put(path, stamp, *scan);
        labels_.put(path, stamp, *labels);
        is_changed_ = true;
      }
    }
    return {.path = path, .size = stamp.size, .places = std::move(scan->records), .found = std::move(*labels), .damage = std::move(scan->damage)};
  }

  void save() const {
    if (!is_changed_) return;
    scans_.save(path_);
    labels_.save(label_path_);
  }

 private:
  fs::path path_;
  fs::path label_path_;
  std::mutex mutex_;
  io::ScanCache scans_;
  LabelCache labels_;
  bool is_changed_ = false;
};

}  // namespace

std::vector<ScannedFile> scan_record_set(const RecordSet& set, const OpenOptions& options) {
  std::vector<ScannedFile> files(set.files.size());
  Caches caches(options.index_cache);
  for_each_index(static_cast<int64_t>(files.size()), kScanThreads, {}, [&](int64_t index) {
    const auto i = static_cast<size_t>(index);
    files[i] = caches.scan(set.files[i]);
  });
  caches.save();
  return files;
}

std::string record_place(const ScannedFile& file, int64_t record) {
  return fmt::format("{}: record {} at byte {}", file.path.string(), record, file.places[static_cast<size_t>(record)].offset - io::kRecordHeaderBytes);
}

}  // namespace fovea::data
