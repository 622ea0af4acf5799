// Numbers by a closed formula, the same in C++ and in tests/goldens/formula.py: goldens need not hold their input.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fovea::test {

/// `count` numbers in [-1, 1) that depend on the name and the element only: FNV-1a of the name, then MurmurHash3's 32-bit finaliser.
inline std::vector<double> draws(std::string_view name, int64_t count) {
  uint32_t key = 2166136261U;
  for (const char c : name) key = (key ^ static_cast<uint8_t>(c)) * 16777619U;
  std::vector<double> values;
  values.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    uint32_t x = key + static_cast<uint32_t>(i) * 2654435769U;
    x = (x ^ (x >> 16)) * 0x85EBCA6BU;
    x = (x ^ (x >> 13)) * 0xC2B2AE35U;
    x ^= x >> 16;
    values.push_back(static_cast<double>(x) / 2147483648.0 - 1);
  }
  return values;
}

}  // namespace fovea::test
