#include "fovea/model/variant.h"

#include "fovea/base/error.h"

#include <gtest/gtest.h>

namespace fovea::model {
namespace {

struct Blocks {
  std::vector<int> stages;
  int64_t convolutions = 2;
  int64_t groups = 1;
  bool projects = false;
};

/// Convolutions of blocks of 64 channels: the widths of a real network do not matter.
TensorShapes tensors(const Blocks& blocks) {
  TensorShapes shapes;
  for (size_t stage = 0; stage < blocks.stages.size(); ++stage) {
    for (int block = 0; block < blocks.stages[stage]; ++block) {
      for (int64_t k = 1; k <= blocks.convolutions; ++k)
        shapes[fmt::format("layer{}.{}.conv{}.weight", stage + 1, block, k)] = {64, k == 2 ? 64 / blocks.groups : 64, 3, 3};
    }
  }
  if (blocks.projects) shapes["layer1.0.downsample.0.weight"] = {64, 64, 1, 1};
  return shapes;
}

TEST(VariantOf, IsKnownByNumberAndKindOfBlocks) {  // Table 1 of arXiv:1512.03385; spec 2.2
  EXPECT_EQ(variant_of(tensors({.stages = {2, 2, 2, 2}})), "resnet18");
  EXPECT_EQ(variant_of(tensors({.stages = {3, 4, 6, 3}})), "resnet34");
  EXPECT_EQ(variant_of(tensors({.stages = {3, 4, 6, 3}, .convolutions = 3})), "resnet50");
  EXPECT_EQ(variant_of(tensors({.stages = {3, 4, 6, 3}, .convolutions = 3, .groups = 32})), "resnext50_32x4d");
  EXPECT_EQ(variant_of(tensors({.stages = {3, 8, 36, 3}, .convolutions = 3})), "resnet152");
}

TEST(VariantOf, IsKnownWithoutTheLastStage) { EXPECT_EQ(variant_of(tensors({.stages = {3, 4, 6}})), "resnet34"); }

TEST(VariantOf, IsNothingForOthers) {
  EXPECT_EQ(variant_of({}), std::nullopt);
  EXPECT_EQ(variant_of(tensors({.stages = {3, 4, 6, 2}})), std::nullopt);
  EXPECT_EQ(variant_of(tensors({.stages = {3, 4}})), std::nullopt);
  EXPECT_EQ(variant_of({{"layer1.0.conv1.weight", {}}, {"layer1.0.conv2.weight", {64, 0, 3, 3}}}), std::nullopt);
}

TEST(LacksStage1Projection, IsSaidOfBasicBlocksAlone) {
  EXPECT_TRUE(lacks_stage1_projection(tensors({.stages = {3, 4, 6}})));
  EXPECT_FALSE(lacks_stage1_projection(tensors({.stages = {3, 4, 6}, .projects = true})));
  EXPECT_FALSE(lacks_stage1_projection(tensors({.stages = {3, 4, 6}, .convolutions = 3})));
  EXPECT_FALSE(lacks_stage1_projection({}));
}

}  // namespace
}  // namespace fovea::model
