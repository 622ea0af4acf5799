// Chains with their tensors in a table of parameters.
#pragma once

#include "fovea/kernels/chain.h"
#include "fovea/nn/graph.h"
#include "fovea/nn/initialise.h"
#include "fovea/nn/parameters.h"

#include <string>
#include <vector>

namespace fovea::nn {

using kernels::Activation;
using kernels::ForwardContext;
using kernels::Residual;
using kernels::Stage;

/// Names of one stage's tensors: conv + ".weight", norm + ".weight" / ".bias" / ".running_mean" / ".running_var", and for a squeeze-excite
/// squeeze + ".weight" / ".bias", excite + ….
struct StageNames {
  std::string conv, norm, squeeze, excite;
};

struct ChainNames {
  std::string chain;  ///< for reports: "layer1.0"
  std::vector<StageNames> stages;
  StageNames projection;
};

class Chain {
 public:
  /// Adds the tensors to `parameters` in the order projection, stages (spec 2.8), initialised.
  Chain(kernels::ChainSpec spec, ChainNames names, Parameters& parameters, const InitialiseOptions& initialise);

  /// [N, in, H, W] -> [N, out, H', W'], channels-last
  [[nodiscard]] Tensor forward(const Tensor& input, const ForwardContext& context) const;
  /// {in, H, W} -> {out, H', W'}: the same of evaluation, written down
  [[nodiscard]] GraphValue forward(const GraphValue& input, GraphBuilder& graph) const;
  [[nodiscard]] int64_t out_channels() const { return spec_.stages.back().out; }

 private:
  kernels::StageTensors add_stage(const Stage& stage, int64_t in, const StageNames& names, Parameters& parameters, const InitialiseOptions& initialise);

  kernels::ChainSpec spec_;
  ChainNames names_;
  kernels::ChainTensors tensors_;
  int64_t parameter_count_ = 0;
};

}  // namespace fovea::nn
