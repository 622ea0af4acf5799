// Two whole steps of the reference's three programs against TensorFlow: tests/goldens/tensorflow.json (make_tensorflow_goldens.py, tensorflow-cpu 2.21.0).
// Mean subtraction, SAME padding or the Keras stem, grouped convolutions, fused batch norm with its unbiased moving variance, smoothing, the L2 term
// with and without a half, the decayed dense bias, both forms of momentum.
#include "fovea/io/json.h"
#include "fovea/train/step.h"

#include "tests/models/formula.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <array>

namespace fovea::train {
namespace {

struct Program {
  const char* golden;
  model::ModelOptions model;
  optim::OptimOptions optim;
  double label_smoothing = 0;
};
void PrintTo(const Program& program, std::ostream* out) { *out << program.golden; }

constexpr optim::Algorithm kKeras = optim::Algorithm::kMomentumKeras;

/// The networks are the smallest of their kind. The decay is a hundred times a recipe's, so that a missing, halved or doubled one shows in every kernel;
/// the Keras program has no half in its sum of squares, hence 2 x 0.01.
std::vector<Program> programs() {
  return {
      {"estimator", {.name = "resnet18"}, {.momentum = 0.9, .weight_decay = 0.01}},
      {"keras", {.name = "resnet18", .stem = model::Stem::kKeras, .bn_momentum = 0.9}, {.algorithm = kKeras, .momentum = 0.9, .weight_decay = 2 * 0.01}},
      {"resnext", {.name = "resnext50_32x4d"}, {.momentum = 0.875, .weight_decay = 0.01}, 0.1},
  };
}

const io::Json& goldens() {
  static const io::Json all = io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/tensorflow.json").at("steps");
  return all;
}

/// Squares of one colour, as the script makes them.
data::Batch pictures() {
  const auto batch = goldens().at("batch").get<int64_t>(), side = goldens().at("side").get<int64_t>(), cell = goldens().at("cell").get<int64_t>();
  const int64_t cells = side / cell;
  const Tensor colours = (127.5 + 127 * at::tensor(test::draws("pictures 3", batch * cells * cells * 3))).round().to(at::kByte).view({batch, cells, cells, 3});
  const auto labels = goldens().at("labels").get<std::vector<int64_t>>();
  data::Batch result{.images = colours.repeat_interleave(cell, 1).repeat_interleave(cell, 2).contiguous(), .targets = {.labels = at::tensor(labels)}};
  for (int64_t i = 0; i < batch; ++i) result.samples.push_back(i);
  return result;
}

class TensorFlowStep : public testing::TestWithParam<std::tuple<Program, kernels::Path>> {};

TEST_P(TensorFlowStep, GivesTheSameLossesWeightsAndStatistics) {
  const auto& [program, path] = GetParam();
  const io::Json& golden = goldens().at("networks").at(program.golden);
  const auto network = model::make_model(program.model, {.num_outputs = goldens().at("outputs").get<int64_t>(), .label_smoothing = program.label_smoothing});
  test::fill(network->parameters());
  std::vector<Tensor> before;
  for (const nn::Parameter& p : network->parameters().all()) before.push_back(p.value.detach().clone());
  optim::Optimizer optimizer(network->parameters(), program.optim);
  StepParts parts{.model = *network, .optimizer = optimizer};
  const StepOptions options{.optim = program.optim, .pixels = {.mean = {123.68F, 116.78F, 103.94F}}, .precision = Precision::kFloat32, .path = path};
  const data::Batch batch = pictures();

  for (size_t step = 0; step < 2; ++step) {
    SCOPED_TRACE(fmt::format("step {}", step));
    // The logits of the step, in training mode, by a pass of their own that leaves no trace. TensorFlow's own float32 is within 4e-5 of its float64.
    const std::vector<Tensor> statistics = network->parameters().copy_statistics();
    const Tensor logits = network->forward(network_input(batch, options), {.training = true, .precision = options.precision, .path = path}).logits;
    network->parameters().put_statistics(statistics);
    const Tensor expected_logits = at::tensor(golden.at("logits").at(step).get<std::vector<double>>()).view(logits.sizes());
    EXPECT_LE((logits.detach().to(at::kDouble) - expected_logits).abs().max().item<double>(), 1e-4);

    const double l2 = optim::l2_loss(network->parameters(), program.optim).item<double>();
    const StepResult result = train_step(parts, batch, goldens().at("rates").at(step).get<double>(), static_cast<int64_t>(step), options);
    const auto losses = golden.at("losses").at(step).get<std::array<double, 2>>();
    EXPECT_NEAR(result.loss.item<double>(), losses[0], 1e-4);  // float32 on both sides; TensorFlow's own is within 2e-5 of its float64
    EXPECT_NEAR(l2, losses[1], 5e-5 * losses[1]);              // for the log only: LibTorch 1.13 adds a float32 norm in float32, seen 1.9e-5 off
  }

  // golden: norm of the change, its product with the draws of NAME/probe, elements 0, n / 3, n - 1. The room is 1e-3 of the change, and what rounding
  // the values themselves to float32 after every step leaves of them (1.2e-7 is twice 2^-24): of betas near 2 that is more than the first.
  size_t i = 0;
  ASSERT_EQ(golden.at("changes").size(), network->parameters().all().size());
  for (const nn::Parameter& p : network->parameters().all()) {
    SCOPED_TRACE(p.name);
    const Tensor value = p.value.detach().to(at::kDouble).view({-1}), change = value - before[i++].to(at::kDouble).view({-1});
    const int64_t n = change.numel();
    const auto expected = golden.at("changes").at(p.name).get<std::array<double, 5>>();
    const double room = 1e-3 * expected[0] + 1.2e-7 * value.norm().item<double>();
    EXPECT_NEAR(change.norm().item<double>(), expected[0], room);
    EXPECT_NEAR(change.dot(at::tensor(test::draws(p.name + "/probe", n))).item<double>(), expected[1], room);
    const std::array<int64_t, 3> places{0, n / 3, n - 1};
    for (size_t k = 0; k < places.size(); ++k) {
      EXPECT_NEAR(change[places[k]].item<double>(), expected[k + 2], 10 * room / std::sqrt(static_cast<double>(n))) << "element " << places[k];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, TensorFlowStep,
                         testing::Combine(testing::ValuesIn(programs()), testing::Values(kernels::Path::kReference, kernels::Path::kFused)),
                         [](const auto& test) {
                           return fmt::format("{}_{}", std::get<0>(test.param).golden, kernels::kPathNames[static_cast<size_t>(std::get<1>(test.param))]);
                         });

}  // namespace
}  // namespace fovea::train
