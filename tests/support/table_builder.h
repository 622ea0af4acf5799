// Files in the form of a table around blocks of any content: what no writer writes, with checksums that fit.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/crc32c.h"
#include "fovea/io/little_endian.h"

#include <string>
#include <vector>

namespace fovea::test {

using namespace std::string_literals;

inline std::string varint(uint64_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  return bytes + static_cast<char>(number);
}

/// One pair of a block whose key begins with `shared` bytes of the one before.
inline std::string pair(std::string_view key, std::string_view value, size_t shared = 0) {
  return varint(shared) + varint(key.size()) + varint(value.size()) + std::string(key) + std::string(value);
}

inline const std::string kOnePlace = "\0\0\0\0\1\0\0\0"s;  ///< what a block ends with: the first key stands whole, and that is the only one

/// The table of blocks that each hold pairs and places.
inline std::string table_of(const std::vector<std::string>& blocks, char compression = 0) {
  std::string file, index;
  const auto append = [&](const std::string& content) {
    const std::string handle = varint(file.size()) + varint(content.size());
    const std::string checked = content + compression;
    std::vector<std::byte> checksum;
    io::append_number(checksum, io::masked_crc32c(as_bytes(checked)));
    file += checked + std::string(as_text(checksum));
    return handle;
  };
  for (const std::string& block : blocks) index += pair("key", append(block));
  std::string footer = append(kOnePlace);
  footer += append(index + kOnePlace);
  footer.resize(40);
  return file + footer + "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
}

}  // namespace fovea::test
