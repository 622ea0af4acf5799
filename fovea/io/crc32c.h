// CRC-32C (Castagnoli) as TFRecord and event files use it, and the CRC-32 of zip archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fovea::io {

/// CRC-32C of `bytes`; continues from `previous` when the data comes in pieces.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t previous = 0);

/// The rotated form that is stored in files (spec 1.6): a CRC of data that contains CRCs is weak otherwise.
uint32_t masked_crc32c(std::span<const std::byte> bytes);

/// The CRC-32 of zip, PNG and Ethernet (ISO 3309), which is another polynomial; continues from `previous`.
uint32_t crc32_zip(std::span<const std::byte> bytes, uint32_t previous = 0);

}  // namespace fovea::io
