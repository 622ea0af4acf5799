// Tables of sorted keys and values in LevelDB's form, which the indices of TensorFlow's checkpoints have: blocks with checksums, read whole.
#pragma once

#include "fovea/base/file.h"

#include <map>
#include <string>

namespace fovea::io {

using Table = std::map<std::string, std::string>;

/// Compares every block with its checksum. Files may have 64 MiB, and so may their keys and values together.
/// throws kMissing, kIo; kData when it is no table, damaged, compressed or too large
Table read_table(const fs::path& path);

/// The bytes of a file: all pairs in one block, every key written out.
std::string table_bytes(const Table& table);

}  // namespace fovea::io
