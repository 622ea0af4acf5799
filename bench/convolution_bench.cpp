// Backward of single convolutions in bfloat16 for the weights alone: ours beside LibTorch's. Prints milliseconds for the shapes of ResNet-50 at
// 224 px (batch 32), ResNet-18 at 64 px (batch 64), and SSD-ResNet34 at 300 px (batch 8).
#include "fovea/kernels/convolution.h"

#include <ATen/Functions.h>
#include <benchmark/benchmark.h>

#include <thread>

namespace {

using namespace fovea;

struct Shape {
  int64_t batch, in, out, side, kernel, stride;
};

constexpr Shape kShapes[] = {{64, 512, 512, 2, 3, 1},  {64, 256, 512, 4, 3, 2},  {64, 256, 256, 4, 3, 1},  {64, 128, 128, 8, 3, 1},   {32, 64, 256, 56, 1, 1},
                             {32, 256, 64, 56, 1, 1},  {32, 512, 128, 28, 1, 1}, {32, 128, 512, 28, 1, 1}, {32, 256, 1024, 14, 1, 1}, {32, 1024, 256, 14, 1, 1},
                             {32, 2048, 512, 7, 1, 1}, {32, 512, 2048, 7, 1, 1}, {32, 512, 512, 7, 3, 1},  {32, 256, 256, 14, 3, 1},  {32, 128, 128, 28, 3, 1},
                             {8, 256, 256, 38, 3, 1},  {8, 64, 64, 75, 3, 1},    {8, 64, 128, 75, 3, 2}};

void weight_gradient(benchmark::State& state, Shape s, bool ours) {
  at::manual_seed(1);
  const Tensor x = at::randn({s.batch, s.in, s.side, s.side}).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
  Tensor weight = at::randn({s.out, s.in, s.kernel, s.kernel}).requires_grad_();
  const std::array<int64_t, 2> padding{s.kernel / 2, s.kernel / 2};
  const Tensor y = ours ? kernels::convolution(x, weight, {}, {.stride = s.stride, .padding = padding})
                        : at::conv2d(x, weight.to(at::kBFloat16), {}, {s.stride, s.stride}, padding);
  const Tensor upstream = at::randn(y.sizes()).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
  for (auto unused : state) {
    static_cast<void>(unused);
    weight.mutable_grad() = Tensor();
    y.backward(upstream, /*retain_graph=*/true);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  set_compute_threads(std::thread::hardware_concurrency());
  for (const Shape& s : kShapes) {
    const std::string name = fmt::format("{}_to_{}_k{}_s{}_at_{}px_batch_{}", s.in, s.out, s.kernel, s.stride, s.side, s.batch);
    for (const bool ours : {false, true}) {
      benchmark::RegisterBenchmark((name + (ours ? "/fovea" : "/libtorch")).c_str(), weight_gradient, s, ours)->Unit(benchmark::kMillisecond)->UseRealTime();
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
