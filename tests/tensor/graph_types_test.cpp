#include "fovea/tensor/graph_types.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

const OperationType* find(const std::vector<OperationType>& types, std::string_view name) {
  for (const OperationType& each : types) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

TEST(OperationName, IsTheOneOfTheForwardFunction) {
  EXPECT_EQ(operation_name("ConvolutionBackward0"), "Convolution");
  EXPECT_EQ(operation_name("MulBackward1"), "Mul");
  EXPECT_EQ(operation_name("torch::autograd::CppNode<fovea::kernels::(anonymous namespace)::NormAct>"), "NormAct");
  EXPECT_EQ(operation_name("torch::autograd::CppNode<Plain>"), "Plain");
  EXPECT_EQ(operation_name("Unknown"), "Unknown");
}

TEST(GraphTypes, AreThoseOfTheResultsOnTheWay) {
  const Tensor weight = at::ones({2, 3}).requires_grad_();
  const Tensor narrow = at::mm(at::ones({1, 2}).to(at::kBFloat16), weight.to(at::kBFloat16));  // [1, 3] bfloat16
  const Tensor result = (narrow * narrow).sum(at::kFloat);

  const std::vector<OperationType> types = graph_types(result);

  ASSERT_NE(find(types, "Mm"), nullptr);
  EXPECT_EQ(find(types, "Mm")->type, at::kBFloat16);
  EXPECT_EQ(find(types, "Mm")->count, 1);
  ASSERT_NE(find(types, "Sum"), nullptr);
  EXPECT_EQ(find(types, "Sum")->type, at::kFloat);
  for (const OperationType& each : types) EXPECT_EQ(each.name.find("Accumulate"), std::string::npos) << each.name;
}

TEST(GraphTypes, AreNoneWithoutAGradient) { EXPECT_TRUE(graph_types(at::ones({2})).empty()); }

}  // namespace
}  // namespace fovea
