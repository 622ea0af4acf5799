#include "fovea/tensor/product_speed.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <chrono>

namespace fovea {

double product_gflops(Precision precision, double seconds) {
  // chosen: large enough for the speed to settle, small enough for plain loops (1 GFLOP/s) to take a quarter of a second
  constexpr int64_t kSide = 512;
  const at::NoGradGuard no_gradient;
  const Tensor a = at::ones({kSide, kSide}, scalar_type(precision)), b = at::ones_like(a);
  Tensor c = at::mm(a, b);
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const auto begun = Clock::now();
  double best = 0;
  do {
    const auto start = Clock::now();
    at::mm_out(c, a, b);
    best = std::max(best, 2.0 * kSide * kSide * kSide / since(start) / 1e9);
  } while (since(begun) < seconds);
  return best;
}

}  // namespace fovea
