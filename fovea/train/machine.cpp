#include "fovea/train/machine.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/kernels/norm_act_simd.h"
#include "fovea/train/control_group.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace fovea::train {

namespace {

/// The value of "KEY : VALUE" in the lines of a text like /proc/cpuinfo; empty when the key is not there.
std::string line_value(std::string_view text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon != std::string::npos && trim(std::string_view(line).substr(0, colon)) == key) return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

/// Of one control group: v1 has two files, v2 one with both numbers.
std::optional<double> quota_of(const fs::path& folder, int version) {
  if (version == 2) return cpu_quota(read_kernel_file(folder / "cpu.max").value_or(""));
  const std::string quota = read_kernel_file(folder / "cpu.cfs_quota_us").value_or(""), period = read_kernel_file(folder / "cpu.cfs_period_us").value_or("");
  return cpu_quota(fmt::format("{} {}", trim(quota), trim(period)));  // -1 stands for no limit there
}

}  // namespace

Processor processor(const fs::path& root) {
  const std::string text = read_kernel_file(root / "proc/cpuinfo").value_or("");
  const std::string name = line_value(text, "model name");
  Processor result{.name = name.empty() ? "?" : name, .vector_target = std::string(kernels::vector_target())};
  const std::vector<std::string> flags = split(line_value(text, "flags"), ' ');
  for (const std::string_view feature : {"avx2", "avx512f", "avx512_bf16", "amx_bf16"}) {
    if (std::find(flags.begin(), flags.end(), feature) != flags.end()) result.features.emplace_back(feature);
  }
  return result;
}

Cores cores(const fs::path& root) {
  Cores result{.online = ::sysconf(_SC_NPROCESSORS_ONLN)};
  cpu_set_t set;
  result.allowed = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : result.online;
  const GroupFolders groups = group_folders("cpu", root);
  for (const fs::path& folder : groups.folders) {
    const std::optional<double> quota = quota_of(folder, groups.version);
    if (quota && (!result.quota || *quota < *result.quota)) result.quota = quota;
  }
  return result;
}

std::string huge_pages(const fs::path& root) {
  return std::string(bracketed_word(read_kernel_file(root / "sys/kernel/mm/transparent_hugepage/enabled").value_or("")));
}

int64_t open_file_limit() {
  rlimit limit{};
  FOVEA_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0, "the limit of open files cannot be asked");
  return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(limit.rlim_cur);
}

NvidiaDriver nvidia_driver(const fs::path& root) {
  NvidiaDriver driver;
  // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 ..."
  for (const std::string& word : split(line_value(read_kernel_file(root / "proc/driver/nvidia/version").value_or(""), "NVRM version"), ' ')) {
    const bool is_version = !word.empty() && word.find('.') != std::string::npos && word.find_first_not_of("0123456789.") == std::string::npos;
    if (is_version && driver.version.empty()) driver.version = word;
  }
  std::error_code ignored;  // without a driver there is no such folder
  for (const auto& entry : fs::directory_iterator(root / "proc/driver/nvidia/gpus", ignored)) {
    const std::string model = line_value(read_kernel_file(entry.path() / "information").value_or(""), "Model");
    driver.gpus.push_back(model.empty() ? entry.path().filename().string() : model);
  }
  std::sort(driver.gpus.begin(), driver.gpus.end());
  return driver;
}

std::string blas_library(const fs::path& root) {
  for (const std::string& line : split(read_kernel_file(root / "proc/self/maps").value_or(""), '\n')) {
    const size_t path = line.find('/');
    if (path == std::string::npos) continue;
    const std::string name = fs::path(line.substr(path)).filename().string();
    if (name.starts_with("libblas.") || name.starts_with("libopenblas") || name.starts_with("libmkl_")) return line.substr(path);
  }
  return {};
}

std::optional<double> cpu_quota(std::string_view cpu_max) {
  const std::vector<std::string> words = split(trim(cpu_max), ' ');
  if (words.size() != 2) return std::nullopt;
  const std::optional<int64_t> quota = parse_int(words[0]), period = parse_int(words[1]);
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::string_view bracketed_word(std::string_view text) {
  const size_t begin = text.find('['), end = text.find(']');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return text.substr(begin + 1, end - begin - 1);
}

}  // namespace fovea::train
