// Randomness without memory: every draw is a pure function of (seed, epoch, sample, purpose), whatever thread asks and in whatever order.
#pragma once

#include <array>
#include <cstdint>

namespace fovea {

/// What a stream of draws is for. Values are part of the resume format: never renumber, only append.
enum class Purpose : uint32_t {
  kOrder = 1,       ///< permutation of an epoch
  kCrop = 2,        ///< training crop
  kFlip = 3,        ///< horizontal flip
  kMixUp = 4,       ///< lambda of a pair
  kInitialise = 5,  ///< weights
  kSynthetic = 6,   ///< made-up pictures and labels
  kConvert = 7,     ///< order of records in a converted set
  kDropPath = 8,    ///< stochastic depth
  kColour = 9,      ///< brightness, contrast, saturation, hue
};

/// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): 128-bit counter, 64-bit key.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A short stream of draws for one (seed, epoch, sample, purpose). A value type; cheap to make.
class Random {
 public:
  Random(uint64_t seed, uint64_t epoch, uint64_t sample, Purpose purpose);

  uint32_t bits();
  double uniform();                            ///< [0, 1), 53 bits
  double uniform(double low, double high);     ///< [low, high)
  int64_t integer(int64_t low, int64_t high);  ///< [low, high], both ends included; unbiased
  double normal();                             ///< N(0, 1), Box-Muller
  double truncated_normal();                   ///< N(0, 1) redrawn outside +-2
  double beta(double a, double b);             ///< Beta(a, b) by two gamma draws (Marsaglia and Tsang 2000)

 private:
  double gamma(double shape);

  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
};

/// Position `index` of a pseudo-random permutation of 0..size-1, computed in O(1): a Feistel network over the next power of four with
/// cycle walking. Different (seed, epoch) give unrelated permutations.
int64_t permuted(int64_t index, int64_t size, uint64_t seed, uint64_t epoch);

}  // namespace fovea
