// The same weights and picture as in PyTorch: tests/goldens/ssd_network.json, written by make_ssd_network_goldens.py (torch 2.13.0, float64).
#include "fovea/model/ssd.h"

#include "tests/models/digest.h"
#include "tests/models/formula.h"

namespace fovea::model {
namespace {

/// Shares of a tensor's norm. float32: PyTorch's own stands within 1e-5 of the goldens (the script prints it), and so does the fused path; but a sum in
/// another order may put a value on the other side of a ReLU, which changes the gradients behind it: seen 1e-2. bfloat16: 8 bits of mantissa through
/// 40 layers. A wrong layer is off by 1.
struct Limits {
  test::DigestLimits outputs, gradients;
};
Limits limits_of(Precision precision) { return precision == Precision::kFloat32 ? Limits{{1e-5, 1e-3}, {5e-2, 1e-6}} : Limits{{0.05, 0.02}, {0.3, 1e-3}}; }

using Choice = std::tuple<Precision, kernels::Path>;

std::string name_of(const testing::TestParamInfo<Choice>& test) {
  const auto [precision, path] = test.param;
  return fmt::format("{}_{}", kPrecisionNames[static_cast<size_t>(precision)], kernels::kPathNames[static_cast<size_t>(path)]);
}

class SsdAgainstPyTorch : public testing::TestWithParam<Choice> {};
INSTANTIATE_TEST_SUITE_P(Networks, SsdAgainstPyTorch,
                         testing::Combine(testing::Values(Precision::kFloat32, Precision::kBFloat16),
                                          testing::Values(kernels::Path::kReference, kernels::Path::kFused)),
                         name_of);

void expect_outputs(const data::Outputs& outputs, const io::Json& golden, const test::DigestLimits& limits) {
  test::expect_digest("logits", outputs.logits, golden.at("logits"), limits);
  test::expect_digest("offsets", outputs.offsets, golden.at("offsets"), limits);
}

Tensor weighted_mean(const Tensor& x, const char* name) { return (x * at::tensor(test::draws(name, x.numel())).to(at::kFloat).view(x.sizes())).mean(); }

TEST_P(SsdAgainstPyTorch, GivesTheSameOutputsGradientsAndStatistics) {
  const auto [precision, path] = GetParam();
  const io::Json golden = io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/ssd_network.json");
  const auto cell = golden.at("cell").get<int64_t>(), cells = golden.at("side").get<int64_t>() / cell;
  const Tensor colours = at::tensor(test::draws("images", 3 * cells * cells)).to(at::kFloat).view({1, 3, cells, cells});
  const Tensor images = colours.repeat_interleave(cell, 2).repeat_interleave(cell, 3).contiguous(at::MemoryFormat::ChannelsLast).to(scalar_type(precision));
  const auto model = make_model(ssd_options(), {.num_outputs = golden.at("outputs")});
  test::fill(model->parameters());
  const Limits limits = limits_of(precision);

  {
    const at::NoGradGuard no_gradient;
    expect_outputs(model->forward(images, {.precision = precision, .path = path}), golden.at("evaluation"), limits.outputs);
  }
  const data::Outputs outputs = model->forward(images, {.training = true, .precision = precision, .path = path});
  (weighted_mean(outputs.logits, "dlogits") + weighted_mean(outputs.offsets, "doffsets")).backward();

  expect_outputs(outputs, golden.at("training"), limits.outputs);
  size_t compared = 0;
  for (const nn::Parameter& p : model->parameters().all()) {
    const bool is_statistic = p.kind == nn::Kind::kStatistic;
    const auto& [kind, tensor] = is_statistic ? std::pair("statistics", p.value) : std::pair("gradients", p.value.grad());
    test::expect_digest(p.name, tensor, golden.at(kind).at(p.name), limits.gradients);
    ++compared;
  }
  EXPECT_EQ(compared, golden.at("gradients").size() + golden.at("statistics").size());
}

}  // namespace
}  // namespace fovea::model
