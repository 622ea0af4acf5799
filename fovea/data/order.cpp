#include "fovea/data/order.h"

#include "fovea/base/error.h"
#include "fovea/base/random.h"

#include <algorithm>

namespace fovea::data {

TrainOrder::TrainOrder(int64_t size, uint64_t seed) : size_(size), seed_(seed) { FOVEA_CHECK(size > 0, "a stream needs samples, got {}", size); }

Draw TrainOrder::at(int64_t position) const {
  FOVEA_CHECK(position >= 0, "position {}", position);
  const int64_t epoch = position / size_;
  return {.sample = permuted(position % size_, size_, seed_, static_cast<uint64_t>(epoch)), .epoch = epoch, .position = position};
}

Draw TrainOrder::substitute(Draw draw, int64_t k) const {
  FOVEA_CHECK(k >= 1, "substitute {}", k);
  const int64_t index = (draw.position % size_ + k % size_) % size_;
  return {.sample = permuted(index, size_, seed_, static_cast<uint64_t>(draw.epoch)), .epoch = draw.epoch, .position = draw.position};
}

Share train_share(int64_t step, int64_t global_batch, World world) {
  FOVEA_CHECK(step >= 0 && global_batch > 0 && world.size > 0 && world.rank >= 0 && world.rank < world.size, "step {}, batch {}, rank {} of {}", step,
              global_batch, world.rank, world.size);
  const int64_t pairs = (global_batch + 1) / 2;
  const auto cut = [&](int64_t rank) { return std::min(global_batch, 2 * (pairs * rank / world.size)); };
  return {.begin = step * global_batch + cut(world.rank), .end = step * global_batch + cut(world.rank + 1)};
}

Share evaluation_share(int64_t dataset_size, World world) {
  FOVEA_CHECK(dataset_size >= 0 && world.size > 0 && world.rank >= 0 && world.rank < world.size, "{} samples, rank {} of {}", dataset_size, world.rank,
              world.size);
  return {.begin = dataset_size * world.rank / world.size, .end = dataset_size * (world.rank + 1) / world.size};
}

}  // namespace fovea::data
