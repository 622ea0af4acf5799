// Batches in order, made by worker threads: the same bytes for any number of them.
#pragma once

#include "fovea/base/trace.h"
#include "fovea/data/batch.h"
#include "fovea/data/dataset.h"
#include "fovea/data/order.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fovea::data {

/// A sample that is damaged or went missing and was passed over (data.on_corrupt: skip).
struct Skipped {
  int64_t sample = 0;
  std::string message;  ///< with the place
};

struct LoaderOptions {
  DataOptions data;
  uint64_t seed = 0;
  int64_t batch = 32;    ///< global
  int64_t threads = 1;   ///< workers
  int64_t prefetch = 2;  ///< batches ready or in the making
  World world;
  bool pinned = false;     ///< page-locked host memory, for CUDA
  int64_t samples = 0;     ///< evaluation: only the first ones of the data set; 0 = all
  Trace* trace = nullptr;  ///< where workers mark what they do to training pictures; null: nowhere
  /// Detection: fills Targets.classes and .offsets, and must outlive the loader; null for classification.
  const TargetEncoder* encoder = nullptr;
};

/// Training: the endless stream from `first_step` on; a jump costs nothing. Evaluation: every sample of the share once, the last batch short.
/// A damaged sample that is skipped is replaced in training by the one that follows it in its permutation, and left out in evaluation.
/// Errors of workers are thrown by next() in batch order, so that the error is the same one every time.
class Loader {
 public:
  /// dataset  must outlive the loader
  /// throws kConfig when the options contradict each other: batch smaller than the ranks, MixUp with an odd batch, data options, also with what
  ///        the data set shows (check_options)
  static Loader train(const Dataset& dataset, const LoaderOptions& options, int64_t first_step);
  /// Batches have options.batch / world.size rows (at least one), without MixUp. Batch::step counts from 0. Of a detection
  /// set they hold the truths, with targets beside them where there is an encoder.
  static Loader evaluation(const Dataset& dataset, const LoaderOptions& options);
  /// Samples that are being prepared are finished, others dropped.
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  /// The next batch; nothing at the end of an evaluation pass. Its pixels are used again once neither the batch nor a view of it is held.
  /// throws kData at a damaged sample (policy stop), or when more than data.max_corrupt different samples were skipped; again at every further call
  std::optional<Batch> next();

  /// Seconds that next() waited for data since the last call of this function.
  double take_wait_seconds();
  /// Samples skipped since the last call, in batch order; also after next() has thrown.
  std::vector<Skipped> take_skipped();

 private:
  struct State;
  explicit Loader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Workers to use when data.threads is 0: one less than the processor's cores, at least 1.
int64_t default_loader_threads();

}  // namespace fovea::data
