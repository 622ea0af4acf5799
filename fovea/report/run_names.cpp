#include "fovea/report/run_names.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <system_error>

namespace fovea::report {

namespace {

fs::path full_path(const fs::path& run) {
  std::error_code ignored;
  const fs::path path = fs::absolute(run, ignored).lexically_normal();
  return path.has_filename() ? path : path.parent_path();  // "runs/r50/" is "runs/r50"
}

/// The last `count` parts of a path; all of it when there are fewer.
fs::path tail(const fs::path& path, size_t count) {
  const auto parts = static_cast<size_t>(std::distance(path.begin(), path.end()));
  fs::path result;
  for (auto part = std::next(path.begin(), static_cast<std::ptrdiff_t>(parts - std::min(count, parts))); part != path.end(); ++part) result /= *part;
  return result;
}

}  // namespace

std::vector<std::string> distinct_names(std::span<const fs::path> runs) {
  std::vector<fs::path> paths;
  std::transform(runs.begin(), runs.end(), std::back_inserter(paths), full_path);
  std::vector<std::string> names(paths.size());
  size_t open = paths.size();
  for (size_t count = 1; open > 0; ++count) {
    std::map<fs::path, size_t> times;
    for (const fs::path& path : paths) ++times[tail(path, count)];
    for (size_t i = 0; i < paths.size(); ++i) {
      const fs::path name = tail(paths[i], count);
      if (!names[i].empty() || (times[name] > 1 && name != paths[i])) continue;  // a whole path is as long as a name can be
      names[i] = name.string();
      --open;
    }
  }
  return names;
}

std::vector<fs::path> without_repeats(std::span<const fs::path> runs) {
  std::vector<fs::path> result, seen;
  for (const fs::path& run : runs) {
    std::error_code ignored;
    const fs::path place = fs::weakly_canonical(full_path(run), ignored);
    if (std::find(seen.begin(), seen.end(), place) != seen.end()) continue;
    seen.push_back(place);
    result.push_back(run);
  }
  return result;
}

}  // namespace fovea::report
