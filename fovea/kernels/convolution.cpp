#include "fovea/kernels/convolution.h"

#include <ATen/Functions.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <tuple>

namespace fovea::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Measured (docs/benchmarks.md): 3x3 at 7x7 pixels 1.7 times faster as a product, at 14x14 0.8 times.
constexpr int64_t kFewPixels = 49;

/// Columns of zeros that make oneDNN's weight gradient fast: a 3x3 kernel takes two to three times as long over 38 or 75 columns as over 40 or 80.
int64_t missing_columns(const Tensor& weight, const Tensor& dy) {
  constexpr int64_t kFewColumns = 32, kEven = 8;  // measured (docs/benchmarks.md)
  return weight.size(2) == 3 && dy.size(3) > kFewColumns ? (kEven - dy.size(3) % kEven) % kEven : 0;
}

bool is_faster_as_product(const Tensor& weight, const Tensor& dy) { return weight.size(2) == 1 || dy.size(2) * dy.size(3) <= kFewPixels; }

/// The pixels under the kernel for every output pixel: [N * H' * W', k * k * in].
Tensor patches(const Tensor& x, int64_t kernel, at::IntArrayRef output, const ConvolutionOptions& options) {
  const auto [rows, columns] = options.padding;
  const Tensor pixels = (rows > 0 || columns > 0 ? at::constant_pad_nd(x, {columns, columns, rows, rows}) : x).permute({0, 2, 3, 1}).contiguous();
  const auto stride = pixels.strides();
  return pixels
      .as_strided({x.size(0), output[2], output[3], kernel, kernel, x.size(1)},
                  {stride[0], stride[1] * options.stride, stride[2] * options.stride, stride[1], stride[2], stride[3]})
      .reshape({-1, kernel * kernel * x.size(1)});
}

/// [out, in, k, k] float32
Tensor weight_gradient(const Tensor& x, const Tensor& weight, const Tensor& dy, const ConvolutionOptions& options) {
  const int64_t out = weight.size(0), in = weight.size(1), kernel = weight.size(2);
  const Tensor flat = at::mm(dy.permute({0, 2, 3, 1}).reshape({-1, out}).t(), patches(x, kernel, dy.sizes(), options));
  return flat.view({out, kernel, kernel, in}).permute({0, 3, 1, 2});
}

class Convolution : public torch::autograd::Function<Convolution> {
 public:
  /// bias  empty where there is none: LibTorch 1.13 takes no undefined argument here
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t stride, int64_t rows, int64_t columns) {
    const Tensor narrow = weight.detach().to(x.scalar_type());
    ctx->save_for_backward({x, narrow});
    ctx->saved_data["options"] = std::vector<int64_t>{stride, rows, columns};
    return at::conv2d(x, narrow, bias.numel() > 0 ? bias.detach().to(x.scalar_type()) : Tensor(), {stride, stride}, {rows, columns});
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const std::vector<int64_t> numbers = ctx->saved_data["options"].toIntVector();
    const ConvolutionOptions options{.stride = numbers[0], .padding = {numbers[1], numbers[2]}};
    const bool wants_x = ctx->needs_input_grad(0), wants_weight = ctx->needs_input_grad(1), wants_bias = ctx->needs_input_grad(2);
    const Tensor dy = gradients[0].to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);

    const auto gradients_of = [&](const Tensor& output, const Tensor& input, std::array<bool, 3> wanted) {
      return at::convolution_backward(output, input, weight, at::OptionalIntArrayRef(), {options.stride, options.stride}, options.padding, {1, 1},
                                      /*transposed=*/false, {0, 0}, /*groups=*/1, wanted);
    };
    Tensor dx, dweight;
    if (wants_x) dx = std::get<0>(gradients_of(dy, x, {true, false, false}));
    if (wants_weight && is_faster_as_product(weight, dy)) {
      dweight = weight_gradient(x, weight, dy, options);
    } else if (wants_weight) {
      const int64_t columns = missing_columns(weight, dy);
      const auto widened = [](const Tensor& map, int64_t by) { return by == 0 ? map : at::constant_pad_nd(map, {0, by}); };
      dweight = std::get<1>(gradients_of(widened(dy, columns), widened(x, columns * options.stride), {false, true, false}));
    }
    if (wants_weight) dweight = dweight.to(at::kFloat, /*non_blocking=*/false, /*copy=*/false, at::MemoryFormat::Contiguous);
    const Tensor dbias = wants_bias ? dy.sum({0, 2, 3}, /*keepdim=*/false, at::kFloat) : Tensor();
    return {dx, dweight, dbias, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvolutionOptions& options) {
  expect_shape(weight, {kAny, x.size(1), kAny, weight.size(2)}, "weight of a convolution");
  return Convolution::apply(x, weight, bias.defined() ? bias : at::empty({0}, weight.options()), options.stride, options.padding[0], options.padding[1]);
}

bool convolution_takes(const Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kBFloat16 && multiplies_bfloat16_fast(); }

}  // namespace fovea::kernels
