// Numbers as they stand in files: little-endian, at any address.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace fovea::io {

static_assert(std::endian::native == std::endian::little, "the readers and writers of this layer copy numbers as they are");

/// The number that begins at bytes[at]; the caller has checked that it is there.
template <class T>
requires std::is_arithmetic_v<T> T load_number(std::span<const std::byte> bytes, size_t at = 0) {
  T value;
  std::memcpy(&value, bytes.subspan(at, sizeof(T)).data(), sizeof(T));
  return value;
}

template <class T>
requires std::is_arithmetic_v<T>
void append_number(std::vector<std::byte>& bytes, T value) {
  const auto* first = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), first, first + sizeof(T));
}

}  // namespace fovea::io
