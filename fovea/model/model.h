// A network, its loss and what it needs, bound together: all that the trainer knows of a model.
#pragma once

#include "fovea/box/detect.h"
#include "fovea/data/batch.h"
#include "fovea/kernels/context.h"
#include "fovea/model/options.h"
#include "fovea/nn/graph.h"
#include "fovea/nn/parameters.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::model {

/// Terms of a loss; `total` is differentiated.
struct LossTerms {
  Tensor total;    ///< float32 scalar
  Tensor classes;  ///< detection: the part of the classes, float32 scalar without a gradient
  Tensor boxes;    ///< detection: the part of the boxes, float32 scalar without a gradient
};

class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual data::Task task() const { return data::Task::kClassify; }
  [[nodiscard]] virtual nn::Parameters& parameters() = 0;
  [[nodiscard]] virtual int64_t num_outputs() const = 0;
  /// Is a tensor of this name, here or in a file to start from, one of the backbone? All others are the head.
  [[nodiscard]] virtual bool is_backbone(std::string_view name) const = 0;
  /// images  [N, 3, H, W] channels-last, in the precision of the context
  [[nodiscard]] virtual data::Outputs forward(const Tensor& images, const kernels::ForwardContext& context) const = 0;
  /// Writes down what forward computes in evaluation. images  {3, H, W}   returns  the logits, {K}
  [[nodiscard]] virtual nn::GraphValue describe(const nn::GraphValue& images, nn::GraphBuilder& graph) const = 0;
  /// normalizer  images of the global batch: micro-batches and ranks add up to the mean
  [[nodiscard]] virtual LossTerms loss(const data::Outputs& outputs, const data::Targets& targets, double normalizer) const = 0;
  /// Detection: what the loader's workers make targets with; null for classification.
  [[nodiscard]] virtual std::unique_ptr<data::TargetEncoder> target_encoder() const { return nullptr; }
  /// Detection: [N] lists of what is seen, boxes as fractions of the picture, best first.
  [[nodiscard]] virtual std::vector<std::vector<box::Detection>> detect(const data::Outputs& /*outputs*/) const { return {}; }
};

/// What the maker of a model needs beside its options.
struct ModelFacts {
  int64_t num_outputs = 1000;
  double label_smoothing = 0;
  std::optional<uint64_t> seed = 0;  ///< of the first weights; none: zeros, for a network whose weights are read from elsewhere
};

/// One row of the table of models.
struct ModelEntry {
  std::string_view name;
  std::unique_ptr<Model> (*make)(const ModelOptions& options, const ModelFacts& facts);
  int64_t image_size = 224;                 ///< side at which its figures are quoted
  int64_t num_outputs = 1000;               ///< the same
  ModelOptions (*own_options)() = nullptr;  ///< with which it is what its source describes; null: the defaults
};

/// The options with which the network is what its source describes, and its name.
ModelOptions own_options(const ModelEntry& entry);

/// throws kUsage for an unknown name, with the nearest known one; a hyphen is as good as an underscore
const ModelEntry& model_entry(std::string_view name);
std::unique_ptr<Model> make_model(const ModelOptions& options, const ModelFacts& facts);
std::vector<std::string> model_names();

/// Rows of `fovea model NAME`: one per chain, measured on a forward pass of one picture.
struct LayerRow {
  std::string name;
  std::vector<int64_t> output;  ///< [N, C, H, W] or [N, K]
  int64_t parameters = 0;
  double forward_flops = 0;   ///< a multiply-add counts 2
  double backward_flops = 0;  ///< twice the forward ones; the first layer has no gradient of its input, so once
  double output_bytes = 0;
  double saved_bytes = 0;  ///< activations that wait for the backward pass
};
std::vector<LayerRow> layer_table(const Model& model, int64_t batch, int64_t image_size, Precision precision);

}  // namespace fovea::model
