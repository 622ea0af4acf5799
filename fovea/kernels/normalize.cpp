#include "fovea/kernels/normalize.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

namespace fovea::kernels {
namespace {

/// The CPU's one pass; on_row writes 3 * W values of a row of the result.
template <class In, class Out>
void normalize_rows(const Tensor& images, const float* lambda, const PixelScale& scale, Tensor& result) {
  const auto* in = static_cast<const In*>(images.data_ptr());
  auto* out = static_cast<Out*>(result.data_ptr());
  const int64_t pixels = images.size(1) * images.size(2);
  std::array<float, 3> gain{}, shift{};
  for (size_t c = 0; c < 3; ++c) {
    gain[c] = 1 / scale.std[c];
    shift[c] = -scale.mean[c] / scale.std[c];
  }
  at::parallel_for(0, images.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const In* own = in + n * pixels * 3;
      Out* to = out + n * pixels * 3;
      if (lambda == nullptr) {
        for (int64_t p = 0; p < pixels * 3; p += 3) {
          for (int64_t c = 0; c < 3; ++c) to[p + c] = static_cast<Out>(static_cast<float>(own[p + c]) * gain[c] + shift[c]);
        }
        continue;
      }
      const In* partner = in + (n ^ 1) * pixels * 3;
      const float l = lambda[n], rest = 1 - l;
      for (int64_t p = 0; p < pixels * 3; p += 3) {
        for (int64_t c = 0; c < 3; ++c) {
          to[p + c] = static_cast<Out>((l * static_cast<float>(own[p + c]) + rest * static_cast<float>(partner[p + c])) * gain[c] + shift[c]);
        }
      }
    }
  });
}

/// The same by tensor operations, for other devices.
Tensor normalize_by_tensors(const Tensor& images, const Tensor& lambda, const PixelScale& scale, Precision precision) {
  Tensor x = images.to(at::kFloat);
  if (lambda.defined()) {
    const Tensor partner = x.view({-1, 2, x.size(1), x.size(2), 3}).flip({1}).reshape_as(x);
    const Tensor l = lambda.view({-1, 1, 1, 1});
    x = x * l + partner * (1 - l);
  }
  const auto row = [&](const std::array<float, 3>& values) { return at::tensor(at::ArrayRef<float>(values.data(), 3)).to(x.device()); };
  x = (x - row(scale.mean)) / row(scale.std);
  return x.permute({0, 3, 1, 2}).to(scalar_type(precision));  // a view of [N, H, W, 3] is channels-last already
}

}  // namespace

Tensor normalize(const Tensor& images, const Tensor& lambda, const PixelScale& scale, Precision precision) {
  expect_shape(images, {kAny, kAny, kAny, 3}, "images");
  if (lambda.defined()) {
    expect_shape(lambda, {images.size(0)}, "lambda");
    FOVEA_CHECK(images.size(0) % 2 == 0, "mixing pairs rows, {} are not even", images.size(0));
  }
  if (!images.is_cpu()) return normalize_by_tensors(images, lambda, scale, precision);
  const Tensor dense = images.contiguous();
  const Tensor weights = lambda.defined() ? lambda.contiguous() : Tensor();
  const float* l = lambda.defined() ? weights.data_ptr<float>() : nullptr;
  Tensor result =
      at::empty({images.size(0), 3, images.size(1), images.size(2)}, at::TensorOptions(scalar_type(precision)).memory_format(at::MemoryFormat::ChannelsLast));
  const bool bytes = images.scalar_type() == at::kByte;
  if (precision == Precision::kFloat32) {
    bytes ? normalize_rows<uint8_t, float>(dense, l, scale, result) : normalize_rows<float, float>(dense, l, scale, result);
  } else {
    bytes ? normalize_rows<uint8_t, at::BFloat16>(dense, l, scale, result) : normalize_rows<float, at::BFloat16>(dense, l, scale, result);
  }
  return result;
}

}  // namespace fovea::kernels
