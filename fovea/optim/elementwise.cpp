#include "fovea/optim/elementwise.h"

#include <ATen/Parallel.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace fovea::optim {
namespace {

// Chosen: 64 KiB a block, several blocks in a core's L2. The blocks do not depend on the number of threads, so neither does their sum.
constexpr int64_t kBlock = 16384;

/// Do the tensors hold the same elements in the same order of memory, without gaps? Strides of axes of size 1 say nothing.
bool same_order(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return false;
  for (int64_t axis = 0; axis < a.dim(); ++axis) {
    if (a.size(axis) != 1 && a.stride(axis) != b.stride(axis)) return false;
  }
  return a.is_non_overlapping_and_dense();
}

bool is_flat(const Tensor& tensor) { return tensor.is_cpu() && tensor.scalar_type() == at::kFloat; }

template <class Body>
void for_each_block(int64_t elements, const Body& body) {
  const int64_t blocks = (elements + kBlock - 1) / kBlock;
  at::parallel_for(0, blocks, 2, [&](int64_t first, int64_t last) {
    for (int64_t block = first; block < last; ++block) body(block, block * kBlock, std::min(elements, (block + 1) * kBlock));
  });
}

/// Adds the decay to g[0..size) and returns the sum of squares. The partial sums let the compiler use whole vector registers.
double add_decay_block(float* __restrict g, const float* __restrict w, int64_t size, float decay) {
  constexpr int64_t kLanes = 16;
  std::array<float, kLanes> sums{};
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const float sum = g[i + lane] + decay * w[i + lane];
      g[i + lane] = sum;
      sums[lane] += sum * sum;
    }
  }
  double total = 0;
  for (; i < size; ++i) {
    g[i] += decay * w[i];
    total += double{g[i]} * g[i];
  }
  for (const float sum : sums) total += sum;
  return total;
}

}  // namespace

Tensor add_decay(Tensor& gradient, const Tensor& value, double decay) {
  if (!is_flat(gradient) || !is_flat(value) || !same_order(gradient, value)) return add_decay_reference(gradient, value, decay);
  const int64_t elements = gradient.numel();
  std::vector<double> sums((elements + kBlock - 1) / kBlock);
  float* g = gradient.data_ptr<float>();
  const float* w = value.data_ptr<float>();
  for_each_block(elements, [&](int64_t block, int64_t begin, int64_t end) {
    sums[block] = add_decay_block(g + begin, w + begin, end - begin, static_cast<float>(decay));
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return at::scalar_tensor(std::sqrt(total), gradient.options());
}

Tensor add_decay_reference(Tensor& gradient, const Tensor& value, double decay) {
  if (decay != 0) gradient.add_(value, decay);
  return at::linalg_vector_norm(gradient);
}

void update(Tensor& value, Tensor& momentum, const Tensor& gradient, const UpdateRule& rule) {
  const bool flat = is_flat(value) && is_flat(momentum) && is_flat(gradient);
  if (!flat || !same_order(value, momentum) || !same_order(value, gradient)) return update_reference(value, momentum, gradient, rule);
  const auto mu = static_cast<float>(rule.momentum);
  const auto rate = static_cast<float>(rule.rate);
  const auto step = static_cast<float>(rule.step);
  float* __restrict w = value.data_ptr<float>();
  float* __restrict m = momentum.data_ptr<float>();
  const float* __restrict g = gradient.data_ptr<float>();
  for_each_block(value.numel(), [=](int64_t, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float moved = mu * m[i] + rate * g[i];
      m[i] = moved;
      w[i] -= step * moved;
    }
  });
  value.unsafeGetTensorImpl()->bump_version();  // as an ATen operation would: buffers derived from the weight see that it changed
}

void update_reference(Tensor& value, Tensor& momentum, const Tensor& gradient, const UpdateRule& rule) {
  momentum.mul_(rule.momentum).add_(gradient, rule.rate);
  value.sub_(momentum, rule.step);
}

void approach(Tensor& average, const Tensor& value, double share) {
  if (!is_flat(average) || !is_flat(value) || !same_order(average, value)) return approach_reference(average, value, share);
  const auto part = static_cast<float>(share);
  float* __restrict e = average.data_ptr<float>();
  const float* __restrict w = value.data_ptr<float>();
  for_each_block(average.numel(), [=](int64_t, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) e[i] += part * (w[i] - e[i]);
  });
}

void approach_reference(Tensor& average, const Tensor& value, double share) { average.add_(value - average, share); }

}  // namespace fovea::optim
