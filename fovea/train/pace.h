// Where time goes: waiting for data, computing, and how long is left.
#pragma once

#include <chrono>
#include <cstdint>

namespace fovea::train {

class Pace {
 public:
  Pace() : since_(Clock::now()) {}

  void add(int64_t images, double wait_seconds) {
    images_ += images;
    wait_ += wait_seconds;
  }
  /// Time that is neither waiting nor computing: evaluation, saving.
  void exclude(double seconds) { excluded_ += seconds; }

  struct Reading {
    double images_per_second = 0;
    double wait_fraction = 0;
    double seconds = 0;  ///< of training since the last reading
  };
  /// Figures since the last reading, and begins anew.
  Reading take() {
    const Reading reading = look();
    since_ = Clock::now();
    images_ = 0;
    wait_ = excluded_ = 0;
    return reading;
  }
  [[nodiscard]] Reading look() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - since_).count() - excluded_;
    if (seconds <= 0) return {};
    return {static_cast<double>(images_) / seconds, wait_ / seconds, seconds};
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point since_;
  int64_t images_ = 0;
  double wait_ = 0, excluded_ = 0;
};

}  // namespace fovea::train
