// Many names in one sentence.
#pragma once

#include "fovea/base/strings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

/// Appends "2 missing (a, b)" unless there are no names; at most 8 by name (chosen: a screen's width or two), the rest counted. Names may be of
/// somebody else's file.
inline void append_list(std::vector<std::string>& sentences, const std::vector<std::string>& names, std::string_view what) {
  constexpr size_t kListed = 8;
  if (names.empty()) return;
  std::vector<std::string> listed(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kListed, names.size())));
  std::ranges::transform(listed, listed.begin(), [](const std::string& name) { return one_line(name, kShownName); });
  const std::string rest = names.size() > kListed ? fmt::format(", and {} more", names.size() - kListed) : "";
  sentences.push_back(fmt::format("{} {} ({}{})", names.size(), what, join(listed, ", "), rest));
}

}  // namespace fovea::train
