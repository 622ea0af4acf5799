// A dense layer with bias; its result is float32 whatever it computes in.
#pragma once

#include "fovea/kernels/context.h"
#include "fovea/nn/graph.h"
#include "fovea/nn/initialise.h"
#include "fovea/nn/parameters.h"

#include <string>

namespace fovea::nn {

class Linear {
 public:
  struct Sizes {
    int64_t in = 0, out = 0;
  };
  Linear(Sizes sizes, std::string name, Parameters& parameters, const InitialiseOptions& initialise);
  /// [N, in] -> [N, out] float32
  [[nodiscard]] Tensor forward(const Tensor& input, const kernels::ForwardContext& context) const;
  [[nodiscard]] GraphValue forward(const GraphValue& input, GraphBuilder& graph) const;

 private:
  std::string name_;
  Tensor weight_, bias_;
};

}  // namespace fovea::nn
