// Averaged weights: e <- d e + (1 - d) w after every update; statistics are averaged the same way.
#pragma once

#include "fovea/nn/parameters.h"

#include <cstdint>
#include <vector>

namespace fovea::optim {

class Ema {
 public:
  /// Starts as a copy of the present values, of every row of the table.
  Ema(nn::Parameters& parameters, double decay);

  /// The effective decay is min(decay, (1 + n) / (10 + n)) (TF's ExponentialMovingAverage with num_updates; spec 4.6).
  ///
  /// update_number  n: updates made so far, this one included; the first call of a run has 1 and uses 2/11
  void update(int64_t update_number);

  /// The average begins again as a copy of the present values.
  void restart();

  /// In table order, one for every row; the tensors are the live ones, so that a loader may copy into them.
  [[nodiscard]] std::vector<Tensor>& values() { return values_; }

 private:
  nn::Parameters& parameters_;
  double decay_;
  std::vector<Tensor> values_;
};

/// Puts other values into the table for the life of the object (evaluation with averaged weights), then the own ones back. Nothing is copied:
/// the tensors exchange their memory (and count a new version), so everybody who holds a tensor of the table sees the other values.
/// Make no update meanwhile.
class SwappedValues {
 public:
  /// values  one for every row, in table order, of the same shapes
  SwappedValues(nn::Parameters& parameters, std::vector<Tensor>& values);
  ~SwappedValues();
  SwappedValues(const SwappedValues&) = delete;
  SwappedValues& operator=(const SwappedValues&) = delete;

 private:
  void swap();

  nn::Parameters& parameters_;
  std::vector<Tensor>& values_;
};

}  // namespace fovea::optim
