#include "fovea/base/random.h"

#include "fovea/base/error.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace fovea {

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  // Multipliers and Weyl constants: Salmon et al. 2011, table 2 and section 4.3.
  constexpr uint64_t kM0 = 0xD2511F53, kM1 = 0xCD9E8D57;
  constexpr uint32_t kW0 = 0x9E3779B9, kW1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = kM0 * counter[0], p1 = kM1 * counter[2];
    counter = {static_cast<uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(p1), static_cast<uint32_t>(p0 >> 32) ^ counter[3] ^ key[1],
               static_cast<uint32_t>(p0)};
    key[0] += kW0;
    key[1] += kW1;
  }
  return counter;
}

Random::Random(uint64_t seed, uint64_t epoch, uint64_t sample, Purpose purpose)
    : key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
      // counter: block number and purpose | epoch | sample (64 bits, of which datasets use fewer)
      counter_{static_cast<uint32_t>(purpose) << 24, static_cast<uint32_t>(epoch), static_cast<uint32_t>(sample), static_cast<uint32_t>(sample >> 32)} {}

uint32_t Random::bits() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    FOVEA_CHECK((++counter_[0] & 0xFFFFFFU) != 0, "a stream holds 2^26 draws");
    used_ = 0;
  }
  return block_[static_cast<size_t>(used_++)];
}

double Random::uniform() {
  const uint64_t high = bits() >> 5, low = bits() >> 6;  // 27 + 26 bits
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

int64_t Random::integer(int64_t low, int64_t high) {
  FOVEA_CHECK(low <= high, "{} > {}", low, high);
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;  // 0 stands for 2^64
  if (range == 1) return low;
  const uint64_t limit = range == 0 ? ~uint64_t{0} : ~uint64_t{0} - (~uint64_t{0} % range + 1) % range;  // the last value of a whole number of ranges
  while (true) {
    const uint64_t high_bits = bits(), low_bits = bits();
    const uint64_t value = (high_bits << 32) | low_bits;
    if (value <= limit) return static_cast<int64_t>(static_cast<uint64_t>(low) + (range == 0 ? value : value % range));
  }
}

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

double Random::truncated_normal() {
  while (true) {
    const double value = normal();
    if (std::abs(value) <= 2) return value;
  }
}

double Random::gamma(double shape) {
  // Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; shape below 1 by the boost of its section 6.
  if (shape < 1) {
    const double u = 1 - uniform();
    return gamma(shape + 1) * std::pow(u, 1 / shape);
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double Random::beta(double a, double b) {
  const double x = gamma(a), y = gamma(b);
  // Both underflow only for tiny parameters, where the distribution is a coin on {0, 1}.
  return x + y > 0 ? x / (x + y) : (uniform() < a / (a + b) ? 1.0 : 0.0);
}

int64_t permuted(int64_t index, int64_t size, uint64_t seed, uint64_t epoch) {
  FOVEA_CHECK(index >= 0 && index < size, "{} of {}", index, size);
  const int half_bits = std::max(1, (static_cast<int>(std::bit_width(static_cast<uint64_t>(size - 1))) + 1) / 2);
  const uint64_t mask = (uint64_t{1} << half_bits) - 1;
  const std::array<uint32_t, 2> key{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  auto value = static_cast<uint64_t>(index);
  do {  // cycle walking: at most four times the domain, so fewer than four rounds on average
    uint64_t left = value >> half_bits, right = value & mask;
    for (uint32_t round = 0; round < 6; ++round) {  // four suffice for Luby-Rackoff; two more cost nothing that matters
      const auto f = philox({(static_cast<uint32_t>(Purpose::kOrder) << 24) | round, static_cast<uint32_t>(epoch), static_cast<uint32_t>(right),
                             static_cast<uint32_t>(right >> 32)},
                            key);
      const uint64_t next = (left ^ f[0] ^ (static_cast<uint64_t>(f[1]) << 32)) & mask;
      left = right;
      right = next;
    }
    value = (left << half_bits) | right;
  } while (value >= static_cast<uint64_t>(size));
  return static_cast<int64_t>(value);
}

}  // namespace fovea
