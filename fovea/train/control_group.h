// Control groups, v1 and v2: where the kernel keeps what this process may have.
#pragma once

#include "fovea/base/file.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

/// The content of a file in /proc or /sys; nothing when it is not there. (They say that their size is 0, so read_text() would give nothing.)
std::optional<std::string> read_kernel_file(const fs::path& path);

/// The process's control group for one controller, from /proc/self/cgroup.
struct ControlGroup {
  int version = 2;
  std::string path;  ///< "/user.slice/job"
};
/// controller  "memory", "cpu": v1's hierarchy where it is listed there, else v2's line "0::"; nothing when neither is there
std::optional<ControlGroup> control_group(std::string_view text, std::string_view controller);

/// The folders with the controller's files: of the group itself and of every group above it, from the innermost outwards; empty without control groups.
struct GroupFolders {
  int version = 2;
  std::vector<fs::path> folders;
};
/// `root` stands for "/"
GroupFolders group_folders(std::string_view controller, const fs::path& root = "/");

}  // namespace fovea::train
