#include "fovea/kernels/norm_act.h"

#include "fovea/kernels/norm_act_simd.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

namespace fovea::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kVectorChannels = 16;  // float lanes of the widest target
constexpr int64_t kBlockRows = 256;      // float32 sums over so few rows lose nothing that matters; blocks are added up in float64

/// The memory of a channels-last tensor as rows of C values.
template <class Value>
struct Rows {
  explicit Rows(const Tensor& t) : data(static_cast<Value*>(t.data_ptr())), rows(t.size(0) * t.size(2) * t.size(3)), channels(t.size(1)) {}
  Value* data;
  int64_t rows, channels;
};

/// body(first_row, last_row, sums) adds to float32 sums [2 * channels]; called per block. Returns [2, channels] float64 over all rows.
/// One accumulator per thread, added up in thread order: the same numbers on every run with the same number of threads.
template <class Body>
Tensor sums_over_rows(int64_t rows, int64_t channels, const Body& body) {
  const int64_t parts = std::min<int64_t>(at::get_num_threads(), std::max<int64_t>(1, rows / kBlockRows));
  Tensor partial = at::zeros({parts, 2, channels}, at::kDouble);
  auto* all = partial.data_ptr<double>();
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> block(static_cast<size_t>(2 * channels));
    for (int64_t part = begin; part < end; ++part) {
      double* total = all + part * 2 * channels;
      const int64_t last = rows * (part + 1) / parts;
      for (int64_t row = rows * part / parts; row < last; row += kBlockRows) {
        std::fill(block.begin(), block.end(), 0.0F);
        body(row, std::min(row + kBlockRows, last), block.data());
        for (int64_t i = 0; i < 2 * channels; ++i) total[i] += static_cast<double>(block[static_cast<size_t>(i)]);
      }
    }
  });
  return parts == 1 ? partial[0] : partial.sum(0);
}

template <class Body>
void for_rows(int64_t rows, const Body& body) {
  const int64_t parts = std::min<int64_t>(at::get_num_threads(), std::max<int64_t>(1, rows / kBlockRows));
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) { body(rows * begin / parts, rows * end / parts); });
}

struct Moments {
  Tensor mean, variance;  // [C] float64; biased
  double count = 0;
};

template <class Value>
Moments batch_moments(const Tensor& x, StatisticsReducer* reducer) {
  const Rows<Value> in(x);
  const Tensor shift = x.select(0, 0).select(1, 0).select(1, 0).to(at::kFloat).contiguous();  // the first pixel
  const auto* s = shift.data_ptr<float>();
  const Tensor sums = sums_over_rows(in.rows, in.channels, [&](int64_t first, int64_t last, float* block) {
    accumulate_moments(in.data + first * in.channels, last - first, in.channels, s, block, block + in.channels);
  });
  const auto count = static_cast<double>(in.rows);
  Tensor total = at::empty({3, in.channels}, at::kDouble);  // sum of x, of x squared, count
  const Tensor wide = shift.to(at::kDouble);
  total[0] = sums[0] + wide * count;
  total[1] = sums[1] + wide * sums[0] * 2 + wide * wide * count;
  total[2].fill_(count);
  if (reducer == nullptr) {  // without ranks the shifted sums are the more exact ones
    const Tensor centred = sums[0] / count;
    return {centred + wide, (sums[1] / count - centred * centred).clamp_min(0), count};
  }
  reducer->sum(total);
  const auto all = total[2][0].item<double>();
  const Tensor mean = total[0] / all;
  return {mean, (total[1] / all - mean * mean).clamp_min(0), all};
}

class NormAct : public torch::autograd::Function<NormAct> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& moving_mean,
                        const Tensor& moving_variance, const Tensor& residual, double momentum, double epsilon, bool unbiased, bool relu,
                        int64_t reducer_address) {
    return x.scalar_type() == at::kFloat
               ? forward_as<float>(ctx, x, gamma, beta, moving_mean, moving_variance, residual, momentum, epsilon, unbiased, relu, reducer_address)
               : forward_as<Bf16>(ctx, x, gamma, beta, moving_mean, moving_variance, residual, momentum, epsilon, unbiased, relu, reducer_address);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor dy = gradients[0].to(saved[0].scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    return saved[0].scalar_type() == at::kFloat ? backward_as<float>(ctx, saved, dy) : backward_as<Bf16>(ctx, saved, dy);
  }

 private:
  template <class Value>
  static Tensor forward_as(AutogradContext* ctx, const Tensor& x, const Tensor& gamma, const Tensor& beta, Tensor moving_mean, Tensor moving_variance,
                           const Tensor& residual, double momentum, double epsilon, bool unbiased, bool relu, int64_t reducer_address) {
    auto* reducer = reinterpret_cast<StatisticsReducer*>(reducer_address);
    const Moments moments = batch_moments<Value>(x, reducer);
    const double correction = unbiased && moments.count > 1 ? moments.count / (moments.count - 1) : 1.0;
    moving_mean.mul_(momentum).add_(moments.mean.to(at::kFloat), 1 - momentum);
    moving_variance.mul_(momentum).add_((moments.variance * correction).to(at::kFloat), 1 - momentum);

    const Tensor inverse = (moments.variance + epsilon).rsqrt();
    const Tensor scale = (gamma.detach() * inverse).to(at::kFloat), offset = (beta.detach() - moments.mean * inverse * gamma.detach()).to(at::kFloat);
    Tensor y = at::empty_like(x);
    const Rows<Value> in(x), out(y);
    const Value* added = residual.numel() > 0 ? static_cast<const Value*>(residual.data_ptr()) : nullptr;
    const auto *a = scale.data_ptr<float>(), *b = offset.data_ptr<float>();
    for_rows(in.rows, [&](int64_t first, int64_t last) {
      const int64_t at = first * in.channels;
      apply_norm(in.data + at, added == nullptr ? nullptr : added + at, last - first, in.channels, a, b, relu, out.data + at);
    });
    ctx->save_for_backward({x, gamma, moments.mean, inverse, relu ? y : Tensor()});
    ctx->saved_data["relu"] = relu;
    ctx->saved_data["count"] = moments.count;
    ctx->saved_data["reducer"] = reducer_address;
    ctx->saved_data["residual"] = residual.numel() > 0;
    return y;
  }

  template <class Value>
  static variable_list backward_as(AutogradContext* ctx, const variable_list& saved, const Tensor& dy) {
    const Tensor &x = saved[0], &gamma = saved[1], &mean = saved[2], &inverse = saved[3];
    const bool relu = ctx->saved_data["relu"].toBool(), has_residual = ctx->saved_data["residual"].toBool();
    auto* reducer = reinterpret_cast<StatisticsReducer*>(ctx->saved_data["reducer"].toInt());
    const Rows<Value> in(x), upstream(dy), out(relu ? saved[4] : dy);
    const int64_t channels = in.channels;
    // With a residual the masked gradient is needed as a tensor of its own, and the second pass reads it instead of masking again.
    const bool keep_masked = has_residual && relu;
    Tensor masked = keep_masked ? at::empty_like(x) : Tensor();
    Value* kept = keep_masked ? static_cast<Value*>(masked.data_ptr()) : nullptr;
    const Tensor mean_float = mean.to(at::kFloat);
    const auto* m = mean_float.data_ptr<float>();
    const Tensor own = sums_over_rows(in.rows, channels, [&](int64_t first, int64_t last, float* block) {
      const int64_t at = first * channels;
      accumulate_gradient(upstream.data + at, out.data + at, in.data + at, last - first, channels, m, relu, kept == nullptr ? nullptr : kept + at, block,
                          block + channels);
    });
    Tensor sums = own;
    if (reducer != nullptr) {
      sums = own.clone();
      reducer->sum(sums);  // the gradient through the statistics comes from every rank's pictures
    }
    const double count = ctx->saved_data["count"].toDouble();
    const Tensor a = gamma.detach() * inverse, b = a * inverse * inverse * sums[1] / count, c = b * mean - a * sums[0] / count;
    Tensor dx;
    if (ctx->needs_input_grad(0)) {
      dx = at::empty_like(x);
      const Rows<Value> target(dx);
      const Tensor af = a.to(at::kFloat), bf = b.to(at::kFloat), cf = c.to(at::kFloat);
      const auto *ap = af.data_ptr<float>(), *bp = bf.data_ptr<float>(), *cp = cf.data_ptr<float>();
      const Value* gradient = keep_masked ? kept : upstream.data;
      const bool mask = relu && !keep_masked;
      for_rows(in.rows, [&](int64_t first, int64_t last) {
        const int64_t at = first * channels;
        apply_gradient(gradient + at, out.data + at, in.data + at, last - first, channels, ap, bp, cp, mask, target.data + at);
      });
    }
    const Tensor dgamma = (own[1] * inverse).to(at::kFloat), dbeta = own[0].to(at::kFloat);
    const Tensor dresidual = !has_residual ? Tensor() : keep_masked ? masked : dy;
    return {dx, dgamma, dbeta, Tensor(), Tensor(), dresidual, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

bool norm_act_takes(const Tensor& x) {
  return x.is_cpu() && x.dim() == 4 && x.size(1) % kVectorChannels == 0 && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

Tensor norm_act(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& moving_mean, const Tensor& moving_variance, const Tensor& residual,
                const NormActOptions& options, StatisticsReducer* reducer) {
  expect_shape(x, {kAny, kAny, kAny, kAny}, "x");
  FOVEA_CHECK(norm_act_takes(x), "norm_act takes CPU tensors of float32 or bfloat16 with a multiple of {} channels", kVectorChannels);
  for (const Tensor* t : {&gamma, &beta, &moving_mean, &moving_variance}) expect_shape(*t, {x.size(1)}, "a per-channel tensor");
  const Tensor dense = x.contiguous(at::MemoryFormat::ChannelsLast);
  Tensor added = residual;
  if (!added.defined()) {
    added = at::empty({0}, x.options());  // LibTorch 1.13 takes no undefined argument here
  } else {
    expect_shape(added, {x.size(0), x.size(1), x.size(2), x.size(3)}, "residual");
    added = added.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
  }
  return NormAct::apply(dense, gamma, beta, moving_mean, moving_variance, added, options.momentum, options.epsilon, options.unbiased_moving_variance,
                        options.relu, reinterpret_cast<int64_t>(reducer));
}

}  // namespace fovea::kernels
