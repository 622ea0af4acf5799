// Memory of this process and what it may have: control groups (v1 and v2, with their parents), else the machine.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

struct ProcessMemory {
  int64_t resident_bytes = 0;
  int64_t peak_bytes = 0;  ///< largest resident size so far
};

struct MemoryLimit {
  int64_t bytes = 0;
  std::string source;  ///< "physical memory", or the file that says so: "/sys/fs/cgroup/job/memory.max"
};

/// `root` stands for "/" (tests give a folder). throws kIo when /proc cannot be read
ProcessMemory process_memory(const fs::path& root = "/");

/// The smallest limit of the process's control group, the groups above it, and the physical memory.
MemoryLimit memory_limit(const fs::path& root = "/");

/// Bytes that can still be taken under every limit before something is killed: file cache that can be given up counts as free.
int64_t available_memory_bytes(const fs::path& root = "/");

/// "VmRSS:      1234 kB" in texts like /proc/self/status and /proc/meminfo, in bytes; nothing when the key is not there.
std::optional<int64_t> kilobyte_entry(std::string_view text, std::string_view key);

/// "inactive_file 4096" in texts like memory.stat.
std::optional<int64_t> plain_entry(std::string_view text, std::string_view key);

/// The content of memory.max or memory.limit_in_bytes: nothing for "max" and what is no number.
std::optional<int64_t> limit_value(std::string_view text);

}  // namespace fovea::train
