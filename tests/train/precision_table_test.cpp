#include "fovea/train/precision_table.h"

#include <gtest/gtest.h>

#include <map>

namespace fovea::train {
namespace {

std::map<std::string, std::string> types(Precision precision, kernels::Path path) {
  const auto model = model::make_model({.name = "resnet18"}, {.num_outputs = 3});
  std::map<std::string, std::string> found;
  for (const PrecisionRow& row : precision_table(*model, 64, precision, path)) found[row.what] = row.type;
  return found;
}

// The policy of docs/numerics.md: products and activations narrow; sums, parameters and everything that adds up over steps wide.
TEST(PrecisionTable, IsThePolicyInBfloat16) {
  const std::map<std::string, std::string> expected{{"pictures", "bfloat16"},
                                                    {"convolutions", "bfloat16"},
                                                    {"sums of batch norm", "float64"},
                                                    {"norm, residual, ReLU", "bfloat16"},
                                                    {"max pooling", "bfloat16"},
                                                    {"between layers", "bfloat16"},
                                                    {"average pooling", "float32"},
                                                    {"dense product", "bfloat16"},
                                                    {"logits", "float32"},
                                                    {"softmax", "float32"},
                                                    {"loss", "float32"},
                                                    {"gradients of weights", "float32"},
                                                    {"weights (masters)", "float32"},
                                                    {"biases", "float32"},
                                                    {"gamma, beta", "float32"},
                                                    {"moving mean, variance", "float32"},
                                                    {"momentum", "float32"},
                                                    {"averaged weights", "float32"}};

  EXPECT_EQ(types(Precision::kBFloat16, kernels::Path::kFused), expected);
}

TEST(PrecisionTable, IsWideThroughoutInFloat32) {
  for (const auto& [what, type] : types(Precision::kFloat32, kernels::Path::kFused)) {
    EXPECT_EQ(type, what == "sums of batch norm" ? "float64" : "float32") << what;
  }
}

TEST(PrecisionTable, ShowsTheNormOfTheReferencePath) {
  const auto found = types(Precision::kBFloat16, kernels::Path::kReference);

  EXPECT_EQ(found.at("norm by plain operations"), "float32");
  EXPECT_FALSE(found.contains("norm, residual, ReLU"));
}

}  // namespace
}  // namespace fovea::train
