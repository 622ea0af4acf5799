// Which sample stands where: an endless stream of permutations, computed, never remembered.
#pragma once

#include <cstdint>

namespace fovea::data {

/// A place of the stream.
struct Draw {
  int64_t sample = 0;    ///< index into the data set
  int64_t epoch = 0;     ///< which permutation
  int64_t position = 0;  ///< global place in the stream; MixUp pairs 2k with 2k + 1
};

/// Position p is sample permuted(p mod size) of permutation p / size: each sample once per permutation, batches cross borders.
class TrainOrder {
 public:
  TrainOrder(int64_t size, uint64_t seed);
  [[nodiscard]] Draw at(int64_t position) const;
  /// The k-th substitute (k = 1, 2, ...) for a sample that cannot be read: the samples that follow it in its permutation, cyclically.
  [[nodiscard]] Draw substitute(Draw draw, int64_t k) const;

 private:
  int64_t size_;
  uint64_t seed_;
};

/// Positions [begin, end) of step `step` that belong to `rank`; cut at even positions so that MixUp pairs stay together.
struct Share {
  int64_t begin = 0, end = 0;
};
struct World {
  int64_t rank = 0, size = 1;
};
Share train_share(int64_t step, int64_t global_batch, World world);

/// Indices [begin, end) of an evaluation pass that belong to `rank`: every sample once, shares differ by at most one.
Share evaluation_share(int64_t dataset_size, World world);

}  // namespace fovea::data
