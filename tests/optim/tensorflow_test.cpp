// Rates and updates against TensorFlow's own operations: tests/goldens/tensorflow.json, written by make_tensorflow_goldens.py (tensorflow-cpu 2.21.0).
#include "fovea/io/json.h"
#include "fovea/optim/optimizer.h"
#include "fovea/optim/schedule.h"

#include "tests/models/formula.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <map>

namespace fovea::optim {
namespace {

const io::Json& goldens() {
  static const io::Json all = io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/tensorflow.json");
  return all;
}

/// The recipes' schedules, written out: this layer knows no recipes. lr of LARS is that of the batch.
OptimOptions schedule_options(const std::string& name, int64_t batch) {
  if (name == "resnext101") return {.lr = 0.256, .schedule = ScheduleKind::kCosine, .warmup_epochs = 8, .decay_epochs = 90};
  if (name == "resnet50-keras")
    return {.lr = 0.1, .epoch_steps = EpochSteps::kDown, .warmup_epochs = 5, .drop_epochs = {30, 60, 80}, .drop_factors = {0.1, 0.01, 0.001}};
  if (name == "resnet50-lars") {
    return {.algorithm = Algorithm::kLars,
            .lr = batch == 256 ? 2.5 : 9.5,
            .lr_batch = 0,
            .schedule = ScheduleKind::kPolynomial,
            .warmup_epochs = 3,
            .decay_epochs = 38,
            .end_lr = 1e-4};
  }
  return {};  // resnet50-sgd is what the options are by default
}

class TensorFlowSchedule : public testing::TestWithParam<std::tuple<const char*, int64_t>> {};

TEST_P(TensorFlowSchedule, GivesTheSameRates) {
  const auto& [name, batch] = GetParam();
  const io::Json& golden = goldens().at("schedules").at(fmt::format("{} {}", name, batch));
  const Schedule schedule(schedule_options(name, batch),
                          {.dataset_size = 1281167, .global_batch = batch, .total_steps = golden.at("total_steps").get<int64_t>()});

  const auto steps = golden.at("steps").get<std::vector<int64_t>>();
  const auto rates = golden.at("rates").get<std::vector<double>>();
  ASSERT_GT(steps.size(), 8U);
  for (size_t i = 0; i < steps.size(); ++i) {
    // Both in float64. 1 + cos(x) near pi loses all but some digits of an already tiny rate: hence the share of the peak.
    EXPECT_NEAR(schedule.lr(steps[i]), rates[i], 1e-12 * rates[i] + 1e-15 * schedule.summary().peak_lr) << "step " << steps[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Recipes, TensorFlowSchedule,
                         testing::Combine(testing::Values("resnet50-sgd", "resnext101", "resnet50-lars", "resnet50-keras"), testing::Values(256, 2048)),
                         [](const auto& test) { return fmt::format("{}_{}", normal_name(std::get<0>(test.param)), std::get<1>(test.param)); });

class SsdSchedule : public testing::TestWithParam<size_t> {};
INSTANTIATE_TEST_SUITE_P(Batches, SsdSchedule, testing::Range<size_t>(0, 4));

TEST_P(SsdSchedule, GivesTheSameRates) {  // tests/goldens/ssd.json, written by make_ssd_goldens.py (tensorflow-cpu 2.21.0)
  const io::Json golden = io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/ssd.json").at("rates").at(GetParam());
  const double shift = 1 + 0.1 * golden.at("k").get<double>();  // spec 3.6
  const Schedule schedule({.lr = 3e-3,
                           .lr_batch = 32,
                           .schedule = ScheduleKind::kPlateauCosine,
                           .epoch_steps = EpochSteps::kUp,
                           .warmup_epochs = 7,
                           .plateau_epochs = 15 * shift,
                           .decay_epochs = 55 * shift},
                          {.dataset_size = 117266, .global_batch = golden.at("batch"), .total_steps = 64 * golden.at("steps_per_epoch").get<int64_t>()});

  const auto steps = golden.at("steps").get<std::vector<int64_t>>();
  const auto rates = golden.at("rates").get<std::vector<double>>();
  for (size_t i = 0; i < steps.size(); ++i) EXPECT_NEAR(schedule.lr(steps[i]), rates[i], 1e-12) << "step " << steps[i];
}

struct Row {
  nn::Kind kind;
  int64_t elements;
};
const std::map<std::string, Row> kRows{
    {"kernel", {nn::Kind::kKernel, 72}}, {"zero", {nn::Kind::kKernel, 6}}, {"gamma", {nn::Kind::kGamma, 8}}, {"bias", {nn::Kind::kBias, 5}}};

Tensor formula(const std::string& name, int64_t elements, double factor) { return at::tensor(test::draws(name, elements)).mul(factor).to(at::kFloat); }

struct Update {
  const char* golden;
  OptimOptions options;
};
void PrintTo(const Update& update, std::ostream* out) { *out << update.golden; }

class TensorFlowUpdate : public testing::TestWithParam<Update> {};

TEST_P(TensorFlowUpdate, GivesTheSameWeightsAfterEveryStep) {
  const auto& [title, options] = GetParam();
  const io::Json& trail = goldens().at("updates").at(title);
  const auto rates = goldens().at("updates").at("rates").get<std::vector<double>>();
  nn::Parameters parameters;
  for (const auto& [name, weights] : trail.at(0).items()) {
    const Row row = kRows.at(name);
    parameters.add({.name = name, .kind = row.kind, .value = formula(name, row.elements, name == "zero" ? 0 : 0.5)});
  }
  Optimizer optimizer(parameters, options);

  ASSERT_EQ(trail.size(), rates.size());
  for (size_t step = 0; step < rates.size(); ++step) {
    for (nn::Parameter& p : parameters.all()) p.value.mutable_grad() = formula(fmt::format("{}/{}", p.name, step), p.value.numel(), 0.25);
    decay_and_clip(parameters, options);
    optimizer.step(rates[step]);

    for (const nn::Parameter& p : parameters.all()) {
      SCOPED_TRACE(fmt::format("{} after step {}", p.name, step));
      const Tensor expected = at::tensor(trail.at(step).at(p.name).get<std::vector<double>>());
      // Five steps in float32 on both sides, on values of up to 2: some units in the last place.
      EXPECT_LE((p.value.detach().to(at::kDouble) - expected).abs().max().item<double>(), 2e-6);
    }
  }
}

// Decay as in the goldens: within LARS alone, in the loss as well, none.
INSTANTIATE_TEST_SUITE_P(Algorithms, TensorFlowUpdate,
                         testing::Values(Update{"lars", {.algorithm = Algorithm::kLars, .weight_decay = 0.01}},
                                         Update{"lars, double decay", {.algorithm = Algorithm::kLars, .weight_decay = 0.01, .lars_double_decay = true}},
                                         Update{"momentum", {.weight_decay = 0}},
                                         Update{"momentum_keras", {.algorithm = Algorithm::kMomentumKeras, .weight_decay = 0}}),
                         [](const auto& test) { return fmt::format("Case{}", test.index); });

}  // namespace
}  // namespace fovea::optim
