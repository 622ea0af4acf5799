// Files that a command writes where the user says: never over one that exists, unless --force is given.
#pragma once

#include "fovea/base/file.h"

#include <CLI/App.hpp>

#include <cstddef>
#include <span>

namespace fovea::cli {

/// What happens to a file that stands where one is to be written.
struct Overwrite {
  bool force = false;

  void add_to(CLI::App& parser) { parser.add_flag("--force", force, "replace a file that exists"); }

  /// Refuses when there is something that may not be replaced. For before long work; write() asks again.
  /// throws kCannotCreate
  void expect_place(const fs::path& file) const;

  /// Writes it, complete or absent. throws kCannotCreate, kIo
  void write(const fs::path& file, std::span<const std::byte> bytes) const;
};

}  // namespace fovea::cli
