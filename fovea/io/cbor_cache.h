// Caches of our own: one CBOR value, followed by the hash of its bytes.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/json.h"

#include <cstdint>
#include <optional>

namespace fovea::io {

/// Complete or not at all. throws kCannotCreate, kIo
void write_cbor_cache(const fs::path& path, const Json& content);

/// Nothing when there is no such file, or it cannot be used: damaged, unreadable, larger than max_bytes. A cache is made again then.
std::optional<Json> read_cbor_cache(const fs::path& path, int64_t max_bytes);

}  // namespace fovea::io
