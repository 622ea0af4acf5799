// Who works with a file: locks that go with their process however it ends, also on NFS, and that can be asked about without being taken.
#pragma once

#include "fovea/base/file.h"

#include <string>

namespace fovea {

/// Makes the file when it is missing and locks it (fcntl(2), lock of an open file description).
///
/// returns  a descriptor that holds the lock until it is closed; -1 with the reason in errno
int lock_file(const fs::path& file);

/// Does a process hold its lock? Looks only; disturbs nobody.
bool is_locked(const fs::path& file);

/// Of this machine; "?" when it has none.
std::string host_name();

}  // namespace fovea
