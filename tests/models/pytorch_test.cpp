// The same weights, picture and labels as in PyTorch: tests/goldens/resnet.json, written by make_resnet_goldens.py (torch 2.13.0, float64).
#include "fovea/io/json.h"
#include "fovea/model/model.h"

#include "tests/models/digest.h"
#include "tests/models/formula.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace fovea::model {
namespace {

/// A row of the goldens, and the options that make the same network here.
struct Case {
  const char* id;     ///< letters and digits, for the test's name
  const char* title;  ///< the golden's
  ModelOptions options;
  Precision precision;
  /// Some value before a ReLU of this network stands within float32's rounding of zero. Sums in another order (threads, BLAS, LibTorch) put it on the
  /// other side, and every gradient behind it changes; seen: 3e-2 of a norm. The other networks hold the sharp limit.
  bool is_at_a_kink = false;
};

/// Shares of a tensor's norm, unless said otherwise. float32: PyTorch's own float32 stands within 8e-6 of the goldens (the script prints it), and
/// issue and design ask for 1e-4. bfloat16: 8 bits of mantissa through 18 layers; seen: 0.15 and 0.2; a wrong layer is off by 1.
struct Limits {
  double logits;  ///< absolute, on logits of about 1
  test::DigestLimits gradients;
};
Limits limits_of(Precision precision) { return precision == Precision::kFloat32 ? Limits{1e-4, {1e-4, 1e-3}} : Limits{0.25, {0.3, 0.02}}; }

const io::Json& goldens() {
  static const io::Json all = io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/resnet.json");
  return all;
}

/// Squares of one colour, as the script makes them; [N, 3, side, side] float32.
Tensor pictures() {
  const auto batch = goldens().at("batch").get<int64_t>(), side = goldens().at("side").get<int64_t>(), cell = goldens().at("cell").get<int64_t>(),
             cells = side / cell;
  const Tensor colours = at::tensor(test::draws("images", batch * 3 * cells * cells)).to(at::kFloat).view({batch, 3, cells, cells});
  return colours.repeat_interleave(cell, 2).repeat_interleave(cell, 3).contiguous(at::MemoryFormat::ChannelsLast);
}

struct Pass {
  std::unique_ptr<Model> model;
  Tensor evaluation_logits, training_logits;
  double loss = 0;
};

Pass pass_of(const Case& row, kernels::Path path) {
  Pass pass{.model = make_model(row.options, {.num_outputs = goldens().at("outputs").get<int64_t>(), .label_smoothing = 0.1})};
  test::fill(pass.model->parameters());
  const Tensor input = pictures().to(scalar_type(row.precision));
  {
    const at::NoGradGuard no_gradient;
    pass.evaluation_logits = pass.model->forward(input, {.precision = row.precision, .path = path}).logits;
  }
  const data::Outputs outputs = pass.model->forward(input, {.training = true, .precision = row.precision, .path = path});
  const auto labels = goldens().at("labels").get<std::vector<int64_t>>();
  const LossTerms terms = pass.model->loss(outputs, {.labels = at::tensor(labels)}, static_cast<double>(labels.size()));
  terms.total.backward();
  pass.training_logits = outputs.logits.detach();
  pass.loss = terms.total.item<double>();
  return pass;
}

void expect_logits(const Tensor& actual, const io::Json& golden, double limit) {
  const Tensor expected = at::tensor(golden.get<std::vector<double>>()).view(actual.sizes());
  EXPECT_LE((actual.to(at::kDouble) - expected).abs().max().item<double>(), limit);
}

void PrintTo(const Case& row, std::ostream* out) { *out << row.id; }

class AgainstPyTorch : public testing::TestWithParam<std::tuple<Case, kernels::Path>> {};

TEST_P(AgainstPyTorch, GivesTheSameLogitsLossGradientsAndStatistics) {
  const auto& [row, path] = GetParam();
  const io::Json& golden = goldens().at("networks").at(row.title);
  Limits limits = limits_of(row.precision);
  if (row.is_at_a_kink) limits.gradients.share = 5e-2;

  Pass pass = pass_of(row, path);

  expect_logits(pass.evaluation_logits, golden.at("evaluation_logits"), limits.logits);
  expect_logits(pass.training_logits, golden.at("training_logits"), limits.logits);
  EXPECT_NEAR(pass.loss, golden.at("loss").get<double>(), limits.logits);
  if (!golden.contains("gradients")) return;  // the padding cases: logits alone tell
  size_t compared = 0;
  for (const nn::Parameter& p : pass.model->parameters().all()) {
    const bool is_statistic = p.kind == nn::Kind::kStatistic;
    test::expect_digest(p.name, is_statistic ? p.value : p.value.grad(), golden.at(is_statistic ? "statistics" : "gradients").at(p.name), limits.gradients);
    ++compared;
  }
  EXPECT_EQ(compared, golden.at("gradients").size() + golden.at("statistics").size());
}

ModelOptions torchvision(const char* name) { return {.name = name, .padding = Padding::kSymmetric, .stage1_projection = false, .bn_momentum = 0.9}; }

std::vector<Case> cases() {
  constexpr Precision kWide = Precision::kFloat32;
  return {
      {"resnet18", "resnet18", torchvision("resnet18"), kWide},
      {"resnet50", "resnet50", torchvision("resnet50"), kWide, true},
      {"resnext50", "resnext50_32x4d", torchvision("resnext50_32x4d"), kWide},
      {"resnet18_same", "resnet18, SAME and a projection in stage 1", {.name = "resnet18", .bn_momentum = 0.9}, kWide},
      {"resnet18_keras", "resnet18, Keras stem", {.name = "resnet18", .stem = Stem::kKeras, .bn_momentum = 0.9}, kWide},
      {"resnet18_bfloat16", "resnet18", torchvision("resnet18"), Precision::kBFloat16},
  };
}

std::string name_of(const testing::TestParamInfo<std::tuple<Case, kernels::Path>>& test) {
  const auto& [row, path] = test.param;
  return fmt::format("{}_{}", row.id, kernels::kPathNames[static_cast<size_t>(path)]);
}

INSTANTIATE_TEST_SUITE_P(Networks, AgainstPyTorch,
                         testing::Combine(testing::ValuesIn(cases()), testing::Values(kernels::Path::kReference, kernels::Path::kFused)), name_of);

}  // namespace
}  // namespace fovea::model
