// SHA-256 (FIPS 180-4): what other programs' files name their pictures by.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace fovea::io {

/// 64 hexadecimal digits.
std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace fovea::io
