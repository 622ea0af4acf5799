// Many names in one sentence.
#pragma once

#include "fovea/base/strings.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

/// Appends "2 missing (a, b)" unless there are no names; at most 8 by name (chosen: a screen's width or two), the rest counted.
inline void append_list(std::vector<std::string>& sentences, const std::vector<std::string>& names, std::string_view what) {
  constexpr size_t kListed = 8;
  if (names.empty()) return;
  const std::span<const std::string> listed = std::span(names).first(std::min(kListed, names.size()));
  const std::string rest = names.size() > kListed ? fmt::format(", and {} more", names.size() - kListed) : "";
  sentences.push_back(fmt::format("{} {} ({}{})", names.size(), what, join(listed, ", "), rest));
}

}  // namespace fovea::train
