#include "fovea/train/memory.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace fovea::train {
namespace {

// Where each version of control groups keeps what we ask for (kernel documentation: admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst).
struct GroupFiles {
  std::string_view mount;
  std::string_view limit;
  std::string_view usage;
  std::string_view cache_key;  // of memory.stat: file cache that can be given up, with the groups below
};
constexpr GroupFiles kVersion1{"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr GroupFiles kVersion2{"sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"};

// Files in /proc and /sys say that their size is 0, so read_text() would give nothing.
std::optional<std::string> read_kernel_file(const fs::path& path) {
  try {
    const InputFile file(path);
    std::string text;
    std::array<std::byte, 4096> piece{};
    while (const size_t count = file.read_at(static_cast<int64_t>(text.size()), piece)) {
      text += as_text(std::span(piece).first(count));
      if (text.size() > size_t{1} << 20) break;  // chosen: 1 MiB, no such file is near it
    }
    return text;
  } catch (const Error&) {
    return std::nullopt;  // absent on this system: a group without this controller, another mount
  }
}

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

/// The group and every group above it that has a limit. In a container the path may be the host's and not exist under the mount: the
/// walk upwards then meets the mount itself, which is the container's own group.
std::vector<GroupLimit> group_limits(const fs::path& root) {
  const std::optional<std::string> listing = read_kernel_file(root / "proc/self/cgroup");
  const std::optional<ControlGroup> group = listing ? memory_group(*listing) : std::nullopt;
  if (!group) return {};
  const GroupFiles& files = group->version == 1 ? kVersion1 : kVersion2;
  const fs::path mount = root / files.mount;
  std::vector<GroupLimit> limits;
  // ".." stands there when the group lies outside of our namespace
  for (fs::path below = fs::path("/" + group->path).lexically_normal().relative_path();; below = below.parent_path()) {
    const fs::path folder = below.empty() ? mount : mount / below;
    const std::optional<std::string> text = read_kernel_file(folder / files.limit);
    if (const std::optional<int64_t> bytes = text ? limit_value(*text) : std::nullopt) {
      const std::optional<int64_t> used = limit_value(read_kernel_file(folder / files.usage).value_or(""));
      const std::optional<int64_t> cache = plain_entry(read_kernel_file(folder / "memory.stat").value_or(""), files.cache_key);
      limits.push_back({.file = folder / files.limit, .bytes = *bytes, .free_bytes = std::max<int64_t>(0, *bytes - used.value_or(0) + cache.value_or(0))});
    }
    if (below.empty()) return limits;
  }
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

std::optional<ControlGroup> memory_group(std::string_view text) {
  std::optional<ControlGroup> unified;
  while (!text.empty()) {
    const std::string_view line = next_line(text);  // "5:cpu,memory:/path"
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string path(line.substr(second + 1));
    const std::vector<std::string> controllers = split(line.substr(first + 1, second - first - 1), ',');
    if (std::find(controllers.begin(), controllers.end(), "memory") != controllers.end()) return ControlGroup{.version = 1, .path = path};
    if (line.starts_with("0::")) unified = ControlGroup{.version = 2, .path = path};
  }
  return unified;
}

}  // namespace fovea::train
