// How fast a folder's disk takes and gives back data: a short measurement with a file that nobody ever sees.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>

namespace fovea {

struct DiskSpeedOptions {
  int64_t max_bytes = int64_t{256} << 20;
  double seconds = 0.5;  ///< of each half; the piece under way is finished
};

struct DiskSpeed {
  int64_t bytes = 0;                  ///< written and read back
  double write_bytes_per_second = 0;  ///< with every piece synced
  double read_bytes_per_second = 0;
  bool is_read_from_memory = false;  ///< the kernel kept the pages although it was asked not to: the read says nothing about the disk
};

/// Writes up to options.max_bytes (a tenth of the free space at most) into a file of `folder` without a name and reads them back. Nothing is left
/// behind, also when the process is killed: the file loses its name as soon as it is open.
///
/// throws  kCannotCreate when no file can be made there; kIo when writing or reading fails
DiskSpeed disk_speed(const fs::path& folder, const DiskSpeedOptions& options);

}  // namespace fovea
