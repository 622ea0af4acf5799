#include "fovea/model/resnet.h"

#include "fovea/base/strings.h"
#include "fovea/loss/classification.h"
#include "fovea/model/backbone.h"
#include "fovea/nn/linear.h"

namespace fovea::model {
namespace {

class ResNet final : public Model {
 public:
  ResNet(const ModelOptions& options, const ModelFacts& facts)
      : facts_(facts), backbone_({.variant = normal_name(options.name)}, options, facts.seed, parameters_), head_(make_head(options)) {}

  nn::Parameters& parameters() override { return parameters_; }
  [[nodiscard]] int64_t num_outputs() const override { return facts_.num_outputs; }
  [[nodiscard]] bool is_backbone(std::string_view name) const override { return !name.starts_with("fc."); }

  [[nodiscard]] data::Outputs forward(const Tensor& images, const kernels::ForwardContext& context) const override {
    return {.logits = logits(images, context)};
  }

  [[nodiscard]] nn::GraphValue describe(const nn::GraphValue& images, nn::GraphBuilder& graph) const override { return logits(images, graph); }

  [[nodiscard]] LossTerms loss(const data::Outputs& outputs, const data::Targets& targets, double normalizer) const override {
    const loss::MixedLabels labels{.labels = targets.labels, .partner_labels = targets.partner_labels, .lambda = targets.lambda};
    return {.total = loss::cross_entropy(outputs.logits, labels, facts_.label_smoothing, normalizer)};
  }

 private:
  template <class Value, class On>
  Value logits(const Value& images, On& on) const {
    return head_.forward(nn::global_mean(backbone_.forward(images, on), on), on);
  }

  nn::Linear make_head(const ModelOptions& options) {
    nn::InitialiseOptions dense{.distribution = nn::Distribution::kGlorotUniform, .seed = facts_.seed};
    if (options.dense_init_std > 0) dense = {.distribution = nn::Distribution::kNormal, .std = options.dense_init_std, .seed = facts_.seed};
    return nn::Linear({.in = backbone_.out_channels(), .out = facts_.num_outputs}, "fc", parameters_, dense);
  }

  ModelFacts facts_;
  nn::Parameters parameters_;
  Backbone backbone_;
  nn::Linear head_;
};

}  // namespace

std::unique_ptr<Model> make_resnet(const ModelOptions& options, const ModelFacts& facts) { return std::make_unique<ResNet>(options, facts); }

}  // namespace fovea::model
