// Fast content hashes (XXH3) for duplicates and for telling whether something changed; not against an adversary.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fovea::io {

uint64_t hash64(std::span<const std::byte> bytes, uint64_t seed = 0);

/// Appends the hash of `bytes` to them: how a cache file of our own ends.
void append_hash(std::vector<std::byte>& bytes);
/// What stands before such a hash; nothing when the hash is another one, or the bytes are too few for one.
std::optional<std::span<const std::byte>> hashed_body(std::span<const std::byte> bytes);

/// Hash of a whole file, read in pieces. throws kMissing, kIo
uint64_t hash_file(const fs::path& path);

/// 16 hexadecimal digits.
std::string hex(uint64_t value);

}  // namespace fovea::io
