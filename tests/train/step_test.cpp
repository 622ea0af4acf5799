#include "fovea/train/step.h"

#include "fovea/data/loader.h"

#include "tests/support/close.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace fovea::train {
namespace {

data::Batch tiny_batch(double mixup) {
  const data::OpenedDataset opened = data::open_dataset("synthetic:classes=3,train=4,val=4,size=16", data::Split::kTrain, {});
  data::DataOptions options;
  options.image_size = 16;
  options.mixup = mixup;
  data::Loader loader = data::Loader::train(*opened.dataset, {.data = options, .batch = 4}, 0);
  return *loader.next();
}

/// Everything that a step needs, the same at every call.
struct Network {
  optim::OptimOptions optim{.momentum = 0, .weight_decay = 0, .freeze = {"layer3.*", "layer4.*"}};
  std::unique_ptr<model::Model> model = model::make_model({.name = "resnet18", .stem = model::Stem::kSmall}, {.num_outputs = 3, .seed = 5});
  std::unique_ptr<optim::Optimizer> optimizer;
  Network() {
    model->parameters().freeze(optim.freeze);
    optimizer = std::make_unique<optim::Optimizer>(model->parameters(), optim);
  }
  StepResult step(const data::Batch& batch, int64_t micro_batch) {
    StepParts parts{.model = *model, .optimizer = *optimizer};
    return train_step(parts, batch, 0.125, 0, {.optim = optim, .precision = Precision::kFloat32, .micro_batch = micro_batch});
  }
};

TEST(Step, UpdatesEveryWeightOnce) {
  Network network;
  std::vector<Tensor> before;
  for (const nn::Parameter& p : network.model->parameters().all()) before.push_back(p.value.detach().clone());

  network.step(tiny_batch(0), 0);

  // Plain gradient descent: w - 0.125 g; 0.125 is a power of two, so the product is exact and only the difference is rounded.
  size_t i = 0, trained = 0;
  for (const nn::Parameter& p : network.model->parameters().all()) {
    const Tensor& old = before[i++];
    if (!p.value.grad().defined()) continue;
    SCOPED_TRACE(p.name);
    test::expect_close(p.value, old - 0.125 * p.value.grad(), 1e-7, "weight");
    EXPECT_FALSE(p.value.detach().equal(old));
    ++trained;
  }
  EXPECT_GT(trained, 10U);
}

TEST(Step, CountsHitsAsTheEvaluationDoes) {
  const auto make = [] { return model::make_model({.name = "resnet18", .stem = model::Stem::kSmall}, {.num_outputs = 12, .seed = 5}); };
  const optim::OptimOptions optim;
  data::Batch batch{.images = at::randint(0, 256, {32, 16, 16, 3}).to(at::kByte), .targets = {.labels = at::arange(32).remainder(12)}};
  for (int64_t i = 0; i < 32; ++i) batch.samples.push_back(i);
  const auto same = make(), stepped = make();
  const StepOptions options{.optim = optim, .precision = Precision::kFloat32};
  const kernels::ForwardContext context{.training = true, .samples = batch.samples};
  const Tensor logits = same->forward(network_input(batch, options), context).logits.detach();
  optim::Optimizer optimizer(stepped->parameters(), optim);
  StepParts parts{.model = *stepped, .optimizer = optimizer};

  const StepResult result = train_step(parts, batch, 0.1, 0, options);

  // Without ties, a label is among the five largest when LibTorch's topk finds it there.
  const Tensor top = std::get<1>(logits.topk(5, 1));
  EXPECT_EQ(result.hits5.item<int64_t>(), top.eq(batch.targets.labels.unsqueeze(1)).sum().item<int64_t>());
  EXPECT_EQ(result.hits.item<int64_t>(), top.select(1, 0).eq(batch.targets.labels).sum().item<int64_t>());
}

class MicroBatches : public testing::TestWithParam<double> {};

TEST_P(MicroBatches, GiveTheGradientOfTheWholeBatch) {
  // Batch statistics are per pass, so in general the sums differ. A batch that holds the same four pictures twice has the same means and
  // (biased) variances in both halves and as a whole: then everything but the order of sums is equal.
  const data::Batch half = tiny_batch(GetParam());
  data::Batch whole = half;
  whole.images = at::cat({half.images, half.images});
  whole.targets.labels = at::cat({half.targets.labels, half.targets.labels});
  if (half.targets.lambda.defined()) {
    whole.targets.partner_labels = at::cat({half.targets.partner_labels, half.targets.partner_labels});
    whole.targets.lambda = at::cat({half.targets.lambda, half.targets.lambda});
  }
  whole.samples.insert(whole.samples.end(), half.samples.begin(), half.samples.end());
  Network one, two;

  const StepResult at_once = one.step(whole, 0);
  const StepResult in_passes = two.step(whole, 4);

  test::expect_close(in_passes.loss, at_once.loss, test::tolerance(Precision::kFloat32), "loss");
  test::expect_close(in_passes.grad_norm, at_once.grad_norm, 1e-4, "norm");  // chosen: a root of sums over a million values
  EXPECT_EQ(in_passes.hits.item<int64_t>(), at_once.hits.item<int64_t>());
  for (size_t i = 0; i < one.model->parameters().all().size(); ++i) {
    const nn::Parameter &a = one.model->parameters().all()[i], &b = two.model->parameters().all()[i];
    if (!a.value.grad().defined()) continue;
    SCOPED_TRACE(a.name);
    EXPECT_LE(test::relative_norm_error(b.value.grad(), a.value.grad()), 1e-3);  // chosen: a ReLU near 0 may switch
  }
}

INSTANTIATE_TEST_SUITE_P(Mixing, MicroBatches, testing::Values(0.0, 0.4), [](const auto& param) { return param.param > 0 ? "with_mixup" : "plain"; });

}  // namespace
}  // namespace fovea::train
