// Batches in order, made by worker threads: the same bytes for any number of them.
#pragma once

#include "fovea/data/batch.h"
#include "fovea/data/dataset.h"
#include "fovea/data/order.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fovea::data {

/// A sample that could not be read and was passed over (data.on_corrupt: skip).
struct Skipped {
  int64_t sample = 0;
  std::string message;  ///< with the place
};

struct LoaderOptions {
  DataOptions data;
  uint64_t seed = 0;
  int64_t batch = 32;          ///< global
  int64_t threads = 1;         ///< workers
  int64_t prefetch = 2;        ///< batches ready or in the making
  World world;
  bool pinned = false;         ///< page-locked host memory, for CUDA
};

/// Training: the endless stream from `first_step` on; a jump costs nothing. Evaluation: every sample of the share once, the last batch short.
/// Errors of workers are thrown by next() in batch order, so that the error is the same one every time.
class Loader {
 public:
  static Loader train(const Dataset& dataset, const LoaderOptions& options, int64_t first_step);
  static Loader evaluation(const Dataset& dataset, const LoaderOptions& options);
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  /// The next batch; nothing at the end of an evaluation pass.
  /// throws kData at a damaged sample (policy stop), or when more than data.max_corrupt samples were skipped
  std::optional<Batch> next();

  /// Seconds that next() waited for data since the last call of this function.
  double take_wait_seconds();
  /// Samples skipped since the last call.
  std::vector<Skipped> take_skipped();

 private:
  struct State;
  explicit Loader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Workers to use when data.threads is 0: one less than the processor's cores, at least 1.
int64_t default_loader_threads();

}  // namespace fovea::data
