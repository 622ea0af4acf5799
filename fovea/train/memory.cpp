#include "fovea/train/memory.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/train/control_group.h"

#include <algorithm>
#include <limits>

namespace fovea::train {
namespace {

// Where each version of control groups keeps what we ask for (kernel documentation: admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst).
struct GroupFiles {
  std::string_view limit;
  std::string_view usage;
  std::string_view cache_key;  // of memory.stat: file cache that can be given up, with the groups below
};
constexpr GroupFiles kVersion1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr GroupFiles kVersion2{"memory.max", "memory.current", "inactive_file"};

int64_t memory_entry(const fs::path& path, std::string_view key) {
  const std::optional<std::string> text = read_kernel_file(path);
  const std::optional<int64_t> value = text ? kilobyte_entry(*text, key) : std::nullopt;
  if (!value) fail(ErrorCode::kIo, "cannot read {} from \"{}\"", key, path.string());
  return *value;
}

struct GroupLimit {
  fs::path file;
  int64_t bytes = 0;
  int64_t free_bytes = 0;
};

std::string_view next_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// The group and every group above it that has a limit.
std::vector<GroupLimit> group_limits(const fs::path& root) {
  const GroupFolders groups = group_folders("memory", root);
  const GroupFiles& files = groups.version == 1 ? kVersion1 : kVersion2;
  std::vector<GroupLimit> limits;
  for (const fs::path& folder : groups.folders) {
    const std::optional<std::string> text = read_kernel_file(folder / files.limit);
    if (const std::optional<int64_t> bytes = text ? limit_value(*text) : std::nullopt) {
      const std::optional<int64_t> used = limit_value(read_kernel_file(folder / files.usage).value_or(""));
      const std::optional<int64_t> cache = plain_entry(read_kernel_file(folder / "memory.stat").value_or(""), files.cache_key);
      limits.push_back({.file = folder / files.limit, .bytes = *bytes, .free_bytes = std::max<int64_t>(0, *bytes - used.value_or(0) + cache.value_or(0))});
    }
  }
  return limits;
}

}  // namespace

ProcessMemory process_memory(const fs::path& root) {
  const fs::path path = root / "proc/self/status";
  return {.resident_bytes = memory_entry(path, "VmRSS"), .peak_bytes = memory_entry(path, "VmHWM")};
}

MemoryLimit memory_limit(const fs::path& root) {
  MemoryLimit limit{.bytes = memory_entry(root / "proc/meminfo", "MemTotal"), .source = "physical memory"};
  for (const GroupLimit& group : group_limits(root)) {
    if (group.bytes < limit.bytes) limit = {.bytes = group.bytes, .source = group.file.string()};
  }
  return limit;
}

int64_t available_memory_bytes(const fs::path& root) {
  int64_t available = memory_entry(root / "proc/meminfo", "MemAvailable");
  for (const GroupLimit& group : group_limits(root)) available = std::min(available, group.free_bytes);
  return available;
}

std::optional<int64_t> kilobyte_entry(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (!line.starts_with(key) || line.substr(key.size(), 1) != ":") continue;
    line = trim(line.substr(key.size() + 1));
    if (!line.ends_with(" kB")) return std::nullopt;
    const std::optional<int64_t> kilobytes = parse_int(trim(line.substr(0, line.size() - 3)));
    if (!kilobytes || *kilobytes < 0 || *kilobytes > std::numeric_limits<int64_t>::max() / 1024) return std::nullopt;
    return *kilobytes * 1024;
  }
  return std::nullopt;
}

std::optional<int64_t> plain_entry(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.starts_with(key) && line.substr(key.size(), 1) == " ") return parse_int(trim(line.substr(key.size() + 1)));
  }
  return std::nullopt;
}

std::optional<int64_t> limit_value(std::string_view text) { return parse_int(trim(text)); }

}  // namespace fovea::train
