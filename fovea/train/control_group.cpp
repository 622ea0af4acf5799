#include "fovea/train/control_group.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <algorithm>
#include <array>
#include <span>

namespace fovea::train {

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

std::optional<ControlGroup> control_group(std::string_view text, std::string_view controller) {
  std::optional<ControlGroup> unified;
  for (const std::string& line : split(text, '\n')) {  // "5:cpu,memory:/path"
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string path = line.substr(second + 1);
    const std::vector<std::string> controllers = split(std::string_view(line).substr(first + 1, second - first - 1), ',');
    if (std::find(controllers.begin(), controllers.end(), controller) != controllers.end()) return ControlGroup{.version = 1, .path = path};
    if (line.starts_with("0::")) unified = ControlGroup{.version = 2, .path = path};
  }
  return unified;
}

GroupFolders group_folders(std::string_view controller, const fs::path& root) {
  const std::optional<std::string> listing = read_kernel_file(root / "proc/self/cgroup");
  const std::optional<ControlGroup> group = listing ? control_group(*listing, controller) : std::nullopt;
  if (!group) return {};
  GroupFolders groups{.version = group->version};
  const fs::path mount = group->version == 1 ? root / "sys/fs/cgroup" / controller : root / "sys/fs/cgroup";
  // ".." stands there when the group lies outside of our namespace. In a container the path may be the host's and not exist under the mount: the walk
  // upwards then meets the mount itself, which is the container's own group.
  for (fs::path below = fs::path("/" + group->path).lexically_normal().relative_path();; below = below.parent_path()) {
    groups.folders.push_back(below.empty() ? mount : mount / below);
    if (below.empty()) return groups;
  }
}

}  // namespace fovea::train
