#include "fovea/model/resnet.h"

#include "fovea/base/strings.h"
#include "fovea/loss/classification.h"
#include "fovea/nn/chain.h"
#include "fovea/nn/linear.h"
#include "fovea/nn/pool.h"

#include <ATen/Functions.h>

#include <algorithm>

namespace fovea::model {
namespace {

/// Table 1 of arXiv:1512.03385, spec 2.1 (200: arXiv:1603.05027) and spec 2.2. groups > 1: the middle of a bottleneck is twice as wide.
struct Variant {
  std::string_view name;
  std::array<int64_t, 4> blocks;
  bool bottleneck;
  int64_t groups;
};
constexpr std::array kVariants{
    Variant{"resnet18", {2, 2, 2, 2}, false, 1},          Variant{"resnet34", {3, 4, 6, 3}, false, 1},
    Variant{"resnet50", {3, 4, 6, 3}, true, 1},           Variant{"resnet101", {3, 4, 23, 3}, true, 1},
    Variant{"resnet152", {3, 8, 36, 3}, true, 1},         Variant{"resnet200", {3, 24, 36, 3}, true, 1},
    Variant{"resnext50_32x4d", {3, 4, 6, 3}, true, 32},   Variant{"resnext101_32x4d", {3, 4, 23, 3}, true, 32},
    Variant{"resnext152_32x4d", {3, 8, 36, 3}, true, 32},
};

kernels::Padding kernel_padding(Padding padding) { return padding == Padding::kSame ? kernels::Padding::kSame : kernels::Padding::kSymmetric; }

class ResNet final : public Model {
 public:
  ResNet(const Variant& variant, const ModelOptions& options, const ModelFacts& facts)
      : options_(options),
        facts_(facts),
        initialise_{.distribution = options.initialiser == Initialiser::kHeNormal ? nn::Distribution::kHeNormal : nn::Distribution::kVarianceScaling,
                    .seed = facts.seed},
        stem_(make_stem()) {
    int64_t in = 64;
    for (size_t stage = 0; stage < 4; ++stage) {
      for (int64_t block = 0; block < variant.blocks[stage]; ++block) {
        const Place place{.stage = static_cast<int64_t>(stage), .block = block, .in = in};
        blocks_.push_back(variant.bottleneck ? bottleneck(place, variant.groups) : basic(place));
        in = blocks_.back().out_channels();
      }
    }
    nn::InitialiseOptions dense{.distribution = nn::Distribution::kGlorotUniform, .seed = facts.seed};
    if (options.dense_init_std > 0) dense = {.distribution = nn::Distribution::kNormal, .std = options.dense_init_std, .seed = facts.seed};
    head_.emplace(nn::Linear::Sizes{.in = in, .out = facts.num_outputs}, "fc", parameters_, dense);
    if (options.zero_init_last_gamma) zero_last_gammas(variant.bottleneck ? "bn3" : "bn2");
  }

  nn::Parameters& parameters() override { return parameters_; }
  [[nodiscard]] int64_t num_outputs() const override { return facts_.num_outputs; }

  [[nodiscard]] data::Outputs forward(const Tensor& images, const kernels::ForwardContext& context) const override {
    return {.logits = logits(images, context)};
  }

  [[nodiscard]] nn::GraphValue describe(const nn::GraphValue& images, nn::GraphBuilder& graph) const override { return logits(images, graph); }

  [[nodiscard]] LossTerms loss(const data::Outputs& outputs, const data::Targets& targets, double normalizer) const override {
    const loss::MixedLabels labels{.labels = targets.labels, .partner_labels = targets.partner_labels, .lambda = targets.lambda};
    return {.total = loss::cross_entropy(outputs.logits, labels, facts_.label_smoothing, normalizer)};
  }

 private:
  /// The network, written once: of tensors, with a context, it computes; of values of a graph, with its builder, it writes down.
  template <class Value, class On>
  Value logits(const Value& images, On& on) const {
    Value x = stem_.forward(images, on);
    if (options_.stem != Stem::kSmall) {
      const kernels::Padding padding = options_.stem == Stem::kKeras ? kernels::Padding::kSame : kernel_padding(options_.padding);
      x = nn::max_pool(x, {.kernel = 3, .stride = 2, .padding = padding}, on);
    }
    for (const nn::Chain& block : blocks_) x = block.forward(x, on);
    return head_->forward(nn::global_mean(x, on), on);
  }

  struct Place {
    int64_t stage = 0, block = 0, in = 0;
    [[nodiscard]] int64_t width() const { return int64_t{64} << stage; }
    [[nodiscard]] int64_t stride() const { return stage > 0 && block == 0 ? 2 : 1; }
    [[nodiscard]] std::string name() const { return fmt::format("layer{}.{}", stage + 1, block); }
  };

  [[nodiscard]] kernels::ChainSpec spec(int64_t in, std::vector<nn::Stage> stages) const {
    return {.in = in, .stages = std::move(stages), .bn_momentum = options_.bn_momentum, .bn_epsilon = options_.bn_epsilon};
  }

  nn::Chain make_stem() {
    const bool small = options_.stem == Stem::kSmall;
    const kernels::Padding padding = options_.stem == Stem::kKeras ? kernels::Padding::kSymmetric : kernel_padding(options_.padding);
    const nn::Stage stage{.out = 64, .kernel = small ? 3 : 7, .stride = small ? 1 : 2, .padding = padding};
    return nn::Chain(spec(3, {stage}), {.chain = "stem", .stages = {{.conv = "conv1", .norm = "bn1"}}}, parameters_, initialise_);
  }

  /// Residual and names that both kinds of block share.
  nn::Chain block(const Place& place, std::vector<nn::Stage> stages, bool project) {
    kernels::ChainSpec chain = spec(place.in, std::move(stages));
    chain.activation = kernels::Activation::kRelu;
    chain.residual = project ? kernels::Residual::kProjection : kernels::Residual::kIdentity;
    chain.projection = {.out = chain.stages.back().out,
                        .kernel = 1,
                        .stride = place.stride(),
                        .padding = kernel_padding(options_.padding),
                        .activation = kernels::Activation::kNone};
    nn::ChainNames names{.chain = place.name(), .projection = {.conv = place.name() + ".downsample.0", .norm = place.name() + ".downsample.1"}};
    for (size_t i = 1; i <= chain.stages.size(); ++i)
      names.stages.push_back({.conv = fmt::format("{}.conv{}", place.name(), i), .norm = fmt::format("{}.bn{}", place.name(), i)});
    return nn::Chain(std::move(chain), std::move(names), parameters_, initialise_);
  }

  nn::Chain bottleneck(const Place& place, int64_t groups) {
    const int64_t middle = place.width() * (groups > 1 ? 2 : 1), out = 4 * place.width();
    const kernels::Padding padding = kernel_padding(options_.padding);
    return block(place,
                 {{.out = middle, .kernel = 1, .padding = padding},
                  {.out = middle, .kernel = 3, .stride = place.stride(), .groups = groups, .padding = padding},
                  {.out = out, .kernel = 1, .padding = padding, .activation = kernels::Activation::kNone}},
                 place.block == 0);
  }

  nn::Chain basic(const Place& place) {
    const kernels::Padding padding = kernel_padding(options_.padding);
    const bool project = place.block == 0 && (place.stage > 0 || options_.stage1_projection);
    return block(place,
                 {{.out = place.width(), .kernel = 3, .stride = place.stride(), .padding = padding},
                  {.out = place.width(), .kernel = 3, .padding = padding, .activation = kernels::Activation::kNone}},
                 project);
  }

  /// Every block then starts as the identity (arXiv:1706.02677, section 5.1).
  void zero_last_gammas(std::string_view norm) {
    for (nn::Parameter& p : parameters_.all()) {
      if (p.kind == nn::Kind::kGamma && matches_pattern(p.name, fmt::format("layer*.{}.weight", norm))) p.value.detach().zero_();
    }
  }

  ModelOptions options_;
  ModelFacts facts_;
  nn::Parameters parameters_;
  nn::InitialiseOptions initialise_;
  nn::Chain stem_;
  std::vector<nn::Chain> blocks_;
  std::optional<nn::Linear> head_;
};

}  // namespace

std::unique_ptr<Model> make_resnet(const ModelOptions& options, const ModelFacts& facts) {
  const auto variant = std::find_if(kVariants.begin(), kVariants.end(), [name = normal_name(options.name)](const Variant& v) { return v.name == name; });
  FOVEA_CHECK(variant != kVariants.end(), "\"{}\" is not of the ResNet family", options.name);
  return std::make_unique<ResNet>(*variant, options, facts);
}

}  // namespace fovea::model
