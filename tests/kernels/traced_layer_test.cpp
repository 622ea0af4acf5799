#include "fovea/kernels/traced_layer.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::kernels {
namespace {

using testing::ElementsAre;

/// Two layers and what stands between them: relu(2 x), then its square.
Tensor network(const Tensor& x, const ForwardContext& context) {
  const Tensor first = traced_layer(context, "first", x, [&] { return x * 2; });
  const Tensor between = at::relu(first);
  return traced_layer(context, "second", between, [&] { return between * between; });
}

std::vector<std::string> names(const std::vector<Span>& spans) {
  std::vector<std::string> result;
  for (const Span& span : spans) result.push_back(std::string(name_of(span.activity)) + " " + span.part);
  return result;
}

TEST(TracedLayer, MarksForwardAndBackwardOfEachLayer) {
  Trace trace;
  trace.start();
  const Tensor x = at::tensor({3.0F, -1.0F}).requires_grad_(true);

  const Tensor y = network(x, {.training = true, .trace = &trace});
  trace.begin_part(Activity::kBackward, "loss");
  y.sum().backward();
  trace.end_parts();

  const std::vector<Span> spans = trace.take().spans;
  ASSERT_THAT(names(spans), ElementsAre("forward first", "forward second", "backward loss", "backward second", "backward first"));
  EXPECT_LE(spans[3].end_ns, spans[4].begin_ns);
  // y = (2 relu(x))^2 = 4 x^2 where x > 0, so the gradient is 8 x = 24; hooks that look on do not change it.
  EXPECT_TRUE(at::equal(x.grad(), at::tensor({24.0F, 0.0F})));
}

TEST(TracedLayer, GivesTheInputsGradientTimeToNobodyWhenNothingIsBelow) {
  Trace trace;
  trace.start();
  const Tensor weight = at::tensor({2.0F}).requires_grad_(true), pictures = at::tensor({1.0F, 3.0F});

  const Tensor y = traced_layer({.training = true, .trace = &trace}, "stem", pictures, [&] { return pictures * weight; });
  y.sum().backward();
  trace.end_parts();

  EXPECT_THAT(names(trace.take().spans), ElementsAre("forward stem", "backward stem"));
  EXPECT_EQ(weight.grad().item<float>(), 4);
}

TEST(TracedLayer, MarksNoBackwardOfWhatIsFrozen) {
  Trace trace;
  trace.start();
  const Tensor x = at::tensor({1.0F});

  const Tensor y = traced_layer({.trace = &trace}, "frozen", x, [&] { return x * 2; });

  EXPECT_EQ(y.item<float>(), 2);
  EXPECT_THAT(names(trace.take().spans), ElementsAre("forward frozen"));
}

TEST(TracedLayer, IsSilentOutsideARecording) {
  Trace trace;
  const Tensor x = at::tensor({3.0F, -1.0F}).requires_grad_(true);

  network(x, {.training = true, .trace = &trace}).sum().backward();
  network(x, {.training = true}).sum().backward();

  EXPECT_TRUE(trace.take().spans.empty());
  EXPECT_TRUE(at::equal(x.grad(), at::tensor({48.0F, 0.0F})));
}

}  // namespace
}  // namespace fovea::kernels
