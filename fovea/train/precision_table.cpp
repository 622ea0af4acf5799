#include "fovea/train/precision_table.h"

#include "fovea/base/strings.h"
#include "fovea/optim/ema.h"
#include "fovea/optim/optimizer.h"
#include "fovea/tensor/graph_types.h"
#include "fovea/train/made_up_batch.h"
#include "fovea/train/step.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <initializer_list>
#include <set>

namespace fovea::train {
namespace {

std::string type_name(at::ScalarType type) {
  switch (type) {
    case at::kFloat: return "float32";
    case at::kBFloat16: return "bfloat16";
    case at::kDouble: return "float64";
    default: return normal_name(c10::toString(type));
  }
}

/// The types met under one heading.
class Types {
 public:
  void add(at::ScalarType type) { names_.insert(type_name(type)); }
  void add(const Tensor& tensor) { add(tensor.scalar_type()); }
  [[nodiscard]] std::string text() const { return join(std::vector<std::string>(names_.begin(), names_.end()), ", "); }

 private:
  std::set<std::string> names_;
};

/// Looks at the sums that batch norm would share with other ranks, and leaves them as they are: a world of one.
class WatchedSums final : public kernels::StatisticsReducer {
 public:
  void sum(Tensor& sums) override { types.add(sums); }
  Types types;
};

/// Types of the operations whose name begins with one of these.
std::string types_of(const std::vector<OperationType>& operations, std::initializer_list<std::string_view> names) {
  Types types;
  for (const OperationType& operation : operations) {
    const bool is_meant = std::any_of(names.begin(), names.end(), [&](std::string_view name) { return operation.name.starts_with(name); });
    if (is_meant) types.add(operation.type);
  }
  return types.text();
}

}  // namespace

std::vector<PrecisionRow> precision_table(model::Model& model, int64_t side, Precision precision, kernels::Path path) {
  constexpr int64_t kPictures = 2;  // chosen: types do not depend on it
  const StepOptions options{.precision = precision, .path = path};
  optim::Optimizer optimizer(model.parameters(), options.optim);
  optim::Ema ema(model.parameters(), 0.9);
  const data::Batch batch = made_up_batch(model, kPictures, side);

  WatchedSums sums;
  Types between_layers;
  const Tensor input = network_input(batch, options);
  kernels::ForwardContext context{.training = true, .precision = precision, .path = path};
  if (path == kernels::Path::kFused) context.statistics = &sums;  // the reference path has no such place: there the graph shows them
  context.observer = [&](const kernels::LayerReport& layer) {
    if (layer.output.dim() == 4) between_layers.add(layer.output);
  };
  const data::Outputs outputs = model.forward(input, context);
  const Tensor loss = model.loss(outputs, batch.targets, kPictures).total;
  const std::vector<OperationType> operations = graph_types(loss);
  loss.backward();

  Types weights, norms, biases, statistics, gradients, momentum, averages;
  for (const nn::Parameter& row : model.parameters().all()) {
    Types& kind = row.kind == nn::Kind::kKernel ? weights : row.kind == nn::Kind::kBias ? biases : row.kind == nn::Kind::kStatistic ? statistics : norms;
    kind.add(row.value);
    if (row.trainable) gradients.add(row.value.grad());
  }
  optim::decay_and_clip(model.parameters(), options.optim);
  optimizer.step(0.1);
  ema.update(1);
  for (const optim::StateTensor& state : optimizer.state()) momentum.add(state.value);
  for (const Tensor& value : ema.values()) averages.add(value);

  const bool is_narrow = precision == Precision::kBFloat16;
  const std::string wide = "float32 throughout";
  const auto why = [&](std::string narrow) { return is_narrow ? std::move(narrow) : wide; };
  std::vector<PrecisionRow> rows;
  const auto add = [&](std::string what, std::string type, std::string reason) {
    if (!type.empty()) rows.push_back({.what = std::move(what), .type = std::move(type), .why = std::move(reason)});
  };
  Types pictures, logits, losses;
  pictures.add(input);
  logits.add(outputs.logits);
  losses.add(loss);
  add("pictures", pictures.text(), why("normalised in float32 from bytes, then rounded once"));
  add("convolutions", types_of(operations, {"Convolution", "MkldnnConvolution"}), why("nearly all of the work; the products are added up in float32 inside"));
  add("sums of batch norm", sums.types.text(), "float32 over 256 pixels, blocks added in float64: a mean of 10^6 small values must not stall");
  add("norm, residual, ReLU", types_of(operations, {"NormAct"}), why("computed in float32 registers, rounded once when stored"));
  add("norm by plain operations", types_of(operations, {"Rsqrt"}), "the reference path: statistics and scaling in float32");
  add("max pooling", types_of(operations, {"MaxPool"}), why("picks values, rounds nothing"));
  add("between layers", between_layers.text(), why("half the memory, half the traffic"));
  add("average pooling", types_of(operations, {"Mean"}), why("a sum over the whole map: summed and kept wide"));
  add("dense product", types_of(operations, {"Addmm", "Linear"}), why("a matrix product like the convolutions"));
  add("logits", logits.text(), why("widened before the softmax"));
  add("softmax", types_of(operations, {"LogSoftmax", "Detection"}), why("exponentials and their sum lose too much in 8 bits of mantissa"));
  add("loss", losses.text(), why("a sum over the batch"));
  add("gradients of weights", gradients.text(), why("convolutions give them rounded to bfloat16; decay, norm and clipping then act in float32"));
  add("weights (masters)", weights.text(), why("an update is often smaller than bfloat16 can add; cast at every use"));
  add("biases", biases.text(), why("as the weights"));
  add("gamma, beta", norms.text(), why("used in float32 as they are"));
  add("moving mean, variance", statistics.text(), why("move by a small share of each batch"));
  add("momentum", momentum.text(), why("a sum over many steps"));
  add("averaged weights", averages.text(), why("move by a small share of each step"));
  return rows;
}

}  // namespace fovea::train
