#include "fovea/apply/reference_detector.h"

#include "tests/models/reference_detector.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>

namespace fovea::apply {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReferenceDetector, HasItsStepAndNoNamesOfClasses) {
  const test::TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-00000007", {});
  Log nobody;

  const TrainedModel trained = load_reference_detector(folder.path(), {}, nobody);

  EXPECT_EQ(trained.step, 7);
  EXPECT_EQ(trained.identity.num_outputs, 3);
  EXPECT_THAT(trained.identity.classes, IsEmpty());
  EXPECT_EQ(trained.recipe.model.name, "ssd_resnet34");
  EXPECT_EQ(trained.model->parameters().find("layer1.0.bn1.weight")->value.detach().sum().item<float>(), 0);
}

TEST(ReferenceDetector, IsRefusedWhenALayerHasAnotherShape) {
  const test::TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-7", {.last_boxes = 6});
  Log nobody;

  EXPECT_THAT(test::message_of([&] { (void)load_reference_detector(folder.path(), {}, nobody); }),
              HasSubstr("does not fit: box.5.bias has another shape: [24] in the file, [16] here"));
}

TEST(ReferenceDetector, OnAnotherBackboneIsToBeConverted) {
  const test::TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-7", {.projects = true});
  Log nobody;

  const auto error = test::error_of([&] { (void)load_reference_detector(folder.path(), {}, nobody); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), HasSubstr("is on a resnet34 with one"));
  EXPECT_THAT(error->advice(), HasSubstr("FOLDER --recipe ssd-resnet34 --set model.stage1_projection=true"));
}

TEST(ReferenceDetector, IsNoClassifier) {
  Log nobody;

  const auto error = test::error_of([&] { (void)load_reference_detector(FOVEA_SOURCE_DIR "/tests/goldens/tf_bundle", {}, nobody); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), HasSubstr("is a checkpoint of TensorFlow without a detector's head"));
  EXPECT_THAT(error->advice(), HasSubstr("fovea checkpoint convert"));
}

TEST(ReferenceDetector, HasOneKindOfWeightsAndIsNoRun) {
  Log nobody;

  EXPECT_EQ(test::code_of([&] { (void)load_reference_detector(FOVEA_SOURCE_DIR "/tests/goldens/tf_bundle", {.weights = train::Weights::kEma}, nobody); }),
            ErrorCode::kUsage);
  EXPECT_EQ(test::code_of([&] { (void)load_reference_detector(FOVEA_SOURCE_DIR "/tests/goldens/tf_bundle", {.pick = train::Pick::kLatest}, nobody); }),
            ErrorCode::kUsage);
}

}  // namespace
}  // namespace fovea::apply
