// Unpacking by the system's gzip: another reader than the code under test.
#pragma once

#include "fovea/base/file.h"

#include <stdio.h>

#include <array>
#include <stdexcept>
#include <string>

namespace fovea::test {

/// What `gzip -dc` makes of the file; throws when it complains.
inline std::string gunzipped(const fs::path& path) {
  const std::string command = "gzip -dc '" + path.string() + "'";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start gzip");
  std::string text;
  std::array<char, 4096> piece{};
  while (const size_t count = ::fread(piece.data(), 1, piece.size(), pipe)) text.append(piece.data(), count);
  if (::pclose(pipe) != 0) throw std::runtime_error("gzip does not take " + path.string());
  return text;
}

}  // namespace fovea::test
