// A folder of a test's own, gone when the test ends.
#pragma once

#include "fovea/base/file.h"

#include <stdlib.h>

#include <stdexcept>
#include <string>

namespace fovea::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "fovea-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder in " + fs::temp_directory_path().string());
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // a left-over folder is no reason to abort the other tests
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return path_ / name; }

  /// Writes a file into the folder and returns its path.
  fs::path put(const std::string& name, std::string_view content) const {
    // Neither synced nor cut to nothing and refilled, which file systems sync too: a thousand damaged files must not wait for the disk.
    fs::remove(path_ / name);
    OutputFile(path_ / name).write(content);
    return path_ / name;
  }
  fs::path put(const std::string& name, std::span<const std::byte> content) const { return put(name, as_text(content)); }

 private:
  fs::path path_;
};

}  // namespace fovea::test
