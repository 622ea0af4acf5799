#include "fovea/io/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace fovea::io {

uint32_t crc32c(std::span<const std::byte> bytes, uint32_t previous) {
  // ISA-L takes and returns the bare register; the checksum of the standard (RFC 3720, B.4) inverts it before and after.
  constexpr size_t kPiece = size_t{1} << 30;  // ISA-L counts in int
  uint32_t state = ~previous;
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), kPiece);
    // The prototype lacks const; the function only reads.
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
    state = crc32_iscsi(data, static_cast<int>(count), state);
    bytes = bytes.subspan(count);
  }
  return ~state;
}

uint32_t masked_crc32c(std::span<const std::byte> bytes) {
  const uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;  // spec 1.6
}

uint32_t crc32_zip(std::span<const std::byte> bytes, uint32_t previous) {
  return crc32_gzip_refl(previous, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());  // inverts by itself
}

}  // namespace fovea::io
