// Files of a set that stay open between reads.
#pragma once

#include "fovea/base/file.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace fovea::data {

/// Keeps the last few files open: ImageNet has more shards than a process may have descriptors. Thread-safe.
class OpenFiles {
 public:
  explicit OpenFiles(size_t count) : files_(count) {}

  /// `path` is that of file `index`. throws as InputFile
  std::shared_ptr<const InputFile> get(size_t index, const fs::path& path) const {
    const std::lock_guard lock(mutex_);
    if (!files_[index]) {
      files_[index] = std::make_shared<const InputFile>(path);
      order_.push_back(index);
      if (order_.size() > kOpenFiles) {
        files_[order_.front()].reset();  // threads that read from it keep it until they are done
        order_.erase(order_.begin());
      }
    }
    return files_[index];
  }

 private:
  static constexpr size_t kOpenFiles = 256;  // chosen: two data sets and all else stay below the usual limit of 1,024 descriptors

  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const InputFile>> files_;
  mutable std::vector<size_t> order_;
};

}  // namespace fovea::data
