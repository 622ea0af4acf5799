#include "fovea/cli/output_file.h"

#include "fovea/base/error.h"

namespace fovea::cli {

void Overwrite::expect_place(const fs::path& file) const {
  std::error_code ignored;  // what cannot be looked at is found out when it is written
  if (!fs::exists(fs::symlink_status(file, ignored))) return;
  if (!force) fail(ErrorCode::kCannotCreate, Advice{"another name, or --force to replace it"}, "\"{}\" exists", file.string());
  const fs::file_status target = fs::status(file, ignored);
  if (fs::exists(target) && !fs::is_regular_file(target))
    fail(ErrorCode::kCannotCreate, Advice{"another name"}, "\"{}\" is a folder or a device, which --force does not replace", file.string());
}

void Overwrite::write(const fs::path& file, std::span<const std::byte> bytes) const {
  expect_place(file);
  write_atomically(file, bytes);
}

}  // namespace fovea::cli
