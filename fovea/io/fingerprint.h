// Fast content hashes (XXH3) for duplicates and for telling whether something changed; not against an adversary.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <span>
#include <string>

namespace fovea::io {

uint64_t hash64(std::span<const std::byte> bytes, uint64_t seed = 0);

/// Hash of a whole file, read in pieces. throws kMissing, kIo
uint64_t hash_file(const fs::path& path);

/// 16 hexadecimal digits.
std::string hex(uint64_t value);

}  // namespace fovea::io
