#include "fovea/apply/detector.h"

#include "fovea/apply/trained_model.h"
#include "fovea/train/checkpoint.h"

#include "tests/data/pictures.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::apply {
namespace {

using test::code_of;

/// An SSD on a ResNet-18 that sees one dog in every picture, where the last level's first default box is: the square of 0.87 in the middle (spec 3.3).
fs::path save(const fs::path& run) {
  const auto network = model::make_model({.name = "ssd_resnet18"}, {.num_outputs = 3, .seed = 7});
  train::CheckpointContents contents{.step = 1};
  for (const nn::Parameter& p : network->parameters().all()) contents.model.push_back({p.name, p.value.detach()});
  for (train::NamedTensor& row : contents.model) {
    if (!row.name.starts_with("class.") && !row.name.starts_with("box.")) continue;
    row.value.zero_();
    if (!row.name.starts_with("class.") || !row.name.ends_with("bias")) continue;
    const Tensor scores = row.value.view({-1, 3});  // [shapes, outputs]
    scores.select(1, 0).fill_(10);
    if (row.name == "class.5.bias") scores[0].copy_(at::tensor({0.0F, 0.0F, 10.0F}));
  }
  contents.state = train::state_json({.step = 1}, {.model = "ssd_resnet18",
                                                   .num_outputs = 3,
                                                   .classes = {"background", "cat", "dog"},
                                                   .class_ids = {0, 17, 90},
                                                   .recipe = {{"model.name", "ssd_resnet18"},
                                                              {"data.image_size", "300"},
                                                              {"data.eval_resize", "300"},
                                                              {"data.eval_crop", "stretch"},
                                                              {"train.precision", "float32"}}});
  return train::write_checkpoint(run, contents);
}

class DetectorTest : public testing::Test {
 protected:
  static const test::TemporaryFolder& folder() {
    static const test::TemporaryFolder shared;
    return shared;
  }
  static const fs::path& checkpoint() {
    static const fs::path made = save(folder() / "run");
    return made;
  }
  static const Detector& detector() {
    static const Detector made(checkpoint());
    return made;
  }
};

TEST_F(DetectorTest, GivesBoxesInPixelsOfThePictureAndIdsOfTheData) {
  const Sightings seen = detector().detect(folder().put("a.jpg", data::jpeg(1)));

  ASSERT_EQ(seen.objects.size(), 1U);
  const Sighting& dog = seen.objects[0];
  EXPECT_EQ(dog.name, "dog");
  EXPECT_EQ(dog.class_id, 2);
  EXPECT_EQ(dog.source_id, 90);
  EXPECT_NEAR(dog.score, 0.99991, 1e-5);  // e^10 / (e^10 + 2)
  EXPECT_NEAR(dog.x, 0.065 * seen.size.width, 1e-3);
  EXPECT_NEAR(dog.height, 0.87 * seen.size.height, 1e-3);
}

TEST_F(DetectorTest, KeepsTheOrderOfPicturesAndNamesTheProblemOfOne) {
  const std::vector<fs::path> files{folder().put("b.jpg", data::jpeg(2)), folder() / "nothing.jpg", folder().put("c.jpg", data::jpeg(3))};

  const std::vector<Sightings> all = detector().detect_each(files);

  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].objects.size(), 1U);
  EXPECT_TRUE(all[1].objects.empty());
  EXPECT_NE(all[1].problem, "");
  EXPECT_EQ(all[2].file, files[2]);
  EXPECT_EQ(all[2].problem, "");
}

TEST_F(DetectorTest, HasAnIdForEveryOutput) {
  const fs::path odd = folder() / "odd";
  const train::Identity identity{
      .model = "ssd_resnet18", .num_outputs = 2, .classes = {"background", "cat"}, .class_ids = {0, 0, 17}, .recipe = {{"model.name", "ssd_resnet18"}}};
  train::write_checkpoint_folder(odd, {.model = {{"class.0.bias", at::zeros({8})}}, .state = train::state_json({}, identity)});
  Log nobody;

  EXPECT_THAT(test::message_of([&] { (void)load_trained(odd, {}, nobody); }), testing::EndsWith("state.json has 3 class ids for 2 outputs"));
}

TEST_F(DetectorTest, RefusesWhatIsNoPicture) {
  EXPECT_EQ(code_of([&] { (void)detector().detect(folder() / "nothing.jpg"); }), ErrorCode::kMissing);
  EXPECT_EQ(code_of([&] { (void)detector().detect(checkpoint() / "state.json"); }), ErrorCode::kData);
}

TEST_F(DetectorTest, IsNoClassifier) {
  EXPECT_EQ(code_of([&] { const Classifier classifier(checkpoint()); }), ErrorCode::kUsage);
}

}  // namespace
}  // namespace fovea::apply
