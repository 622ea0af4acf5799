#include "fovea/model/backbone.h"

#include "fovea/base/strings.h"
#include "fovea/model/variant.h"

namespace fovea::model {
namespace {

kernels::Padding kernel_padding(Padding padding) { return padding == Padding::kSame ? kernels::Padding::kSame : kernels::Padding::kSymmetric; }

/// Makes the chains of one network.
class Maker {
 public:
  Maker(const ModelOptions& options, std::optional<uint64_t> seed, nn::Parameters& parameters)
      : options_(options),
        parameters_(parameters),
        initialise_{.distribution = options.initialiser == Initialiser::kHeNormal ? nn::Distribution::kHeNormal : nn::Distribution::kVarianceScaling,
                    .seed = seed} {}

  nn::Chain stem() {
    const bool small = options_.stem == Stem::kSmall;
    const kernels::Padding padding = options_.stem == Stem::kKeras ? kernels::Padding::kSymmetric : kernel_padding(options_.padding);
    const nn::Stage stage{.out = 64, .kernel = small ? 3 : 7, .stride = small ? 1 : 2, .padding = padding};
    return nn::Chain(spec(3, {stage}), {.chain = "stem", .stages = {{.conv = "conv1", .norm = "bn1"}}}, parameters_, initialise_);
  }

  std::vector<nn::Chain> blocks(const BackboneShape& shape) {
    const Variant& variant = variant_named(shape.variant);
    std::vector<nn::Chain> blocks;
    int64_t in = 64;
    for (int64_t stage = 0; stage < shape.stages; ++stage) {
      for (int64_t block = 0; block < variant.blocks[static_cast<size_t>(stage)]; ++block) {
        const bool begins = stage > 0 && block == 0;
        const Place place{.stage = stage, .block = block, .in = in, .stride = !begins ? 1 : stage + 1 == shape.stages ? shape.last_stride : 2};
        blocks.push_back(variant.bottleneck ? bottleneck(place, variant.groups) : basic(place));
        in = blocks.back().out_channels();
      }
    }
    return blocks;
  }

 private:
  struct Place {
    int64_t stage = 0, block = 0, in = 0, stride = 1;
    [[nodiscard]] int64_t width() const { return int64_t{64} << stage; }
    [[nodiscard]] std::string name() const { return fmt::format("layer{}.{}", stage + 1, block); }
  };

  [[nodiscard]] kernels::ChainSpec spec(int64_t in, std::vector<nn::Stage> stages) const {
    return {.in = in, .stages = std::move(stages), .bn_momentum = options_.bn_momentum, .bn_epsilon = options_.bn_epsilon};
  }

  /// Residual and names that both kinds of block share.
  nn::Chain block(const Place& place, std::vector<nn::Stage> stages, bool project) {
    kernels::ChainSpec chain = spec(place.in, std::move(stages));
    chain.activation = kernels::Activation::kRelu;
    chain.residual = project ? kernels::Residual::kProjection : kernels::Residual::kIdentity;
    chain.projection = {.out = chain.stages.back().out,
                        .kernel = 1,
                        .stride = place.stride,
                        .padding = kernel_padding(options_.padding),
                        .activation = kernels::Activation::kNone};
    nn::ChainNames names{.chain = place.name(), .projection = {.conv = place.name() + ".downsample.0", .norm = place.name() + ".downsample.1"}};
    for (size_t i = 1; i <= chain.stages.size(); ++i)
      names.stages.push_back({.conv = fmt::format("{}.conv{}", place.name(), i), .norm = fmt::format("{}.bn{}", place.name(), i)});
    const std::string last_gamma = names.stages.back().norm + ".weight";
    nn::Chain made(std::move(chain), std::move(names), parameters_, initialise_);
    if (options_.zero_init_last_gamma)
      parameters_.find(last_gamma)->value.detach().zero_();  // the block starts as the identity (arXiv:1706.02677, section 5.1)
    return made;
  }

  nn::Chain bottleneck(const Place& place, int64_t groups) {
    const int64_t middle = place.width() * (groups > 1 ? 2 : 1), out = 4 * place.width();
    const kernels::Padding padding = kernel_padding(options_.padding);
    return block(place,
                 {{.out = middle, .kernel = 1, .padding = padding},
                  {.out = middle, .kernel = 3, .stride = place.stride, .groups = groups, .padding = padding},
                  {.out = out, .kernel = 1, .padding = padding, .activation = kernels::Activation::kNone}},
                 place.block == 0);
  }

  nn::Chain basic(const Place& place) {
    const kernels::Padding padding = kernel_padding(options_.padding);
    const bool project = place.block == 0 && (place.stage > 0 || options_.stage1_projection);
    return block(place,
                 {{.out = place.width(), .kernel = 3, .stride = place.stride, .padding = padding},
                  {.out = place.width(), .kernel = 3, .padding = padding, .activation = kernels::Activation::kNone}},
                 project);
  }

  const ModelOptions& options_;
  nn::Parameters& parameters_;
  nn::InitialiseOptions initialise_;
};

}  // namespace

Backbone::Backbone(const BackboneShape& shape, const ModelOptions& options, std::optional<uint64_t> seed, nn::Parameters& parameters)
    : pools_(options.stem != Stem::kSmall),
      pool_{.kernel = 3, .stride = 2, .padding = options.stem == Stem::kKeras ? kernels::Padding::kSame : kernel_padding(options.padding)},
      stem_(Maker(options, seed, parameters).stem()),
      blocks_(Maker(options, seed, parameters).blocks(shape)) {}

}  // namespace fovea::model
