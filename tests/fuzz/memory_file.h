// Bytes in memory under a path, for readers that open files.
#pragma once

#include "fovea/base/error.h"
#include "fovea/base/file.h"

#include <sys/mman.h>
#include <unistd.h>

namespace fovea::fuzz {

class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::byte> bytes) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    FOVEA_CHECK(descriptor_ >= 0, "memfd_create");
    OutputFile(path()).write(bytes);
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] fs::path path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

}  // namespace fovea::fuzz
