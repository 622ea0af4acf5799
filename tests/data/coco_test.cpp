#include "fovea/data/coco.h"

#include "tests/data/coco_pictures.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::data {
namespace {

using test::code_of;
using test::message_of;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

OpenedDataset open(const TemporaryFolder& folder, Split split = Split::kTrain, const OpenOptions& options = {}) {
  return open_dataset(folder.path().string(), split, options);
}

/// One training picture a.jpg of 12 x 8 pixels in `folder`, with the boxes of `file`.
void put_one_picture(const TemporaryFolder& folder, const CocoFile& file) {
  put(folder, "train/a.jpg", jpeg(1));
  put(folder, "instances_train.json", file.text());
}

TEST(Coco, GivesPicturesWithTheirBoxesInTheOrderOfTheFile) {
  const TemporaryFolder folder;
  put_cats_and_dogs(folder);

  const auto train = open(folder).dataset;

  ASSERT_EQ(train->size(), 2);
  const DatasetInfo& info = train->info();
  EXPECT_EQ(info.task, Task::kDetect);
  EXPECT_EQ(info.num_outputs, 3);
  EXPECT_THAT(info.class_names, ElementsAre("background", "cat", "dog"));
  EXPECT_THAT(info.class_ids, ElementsAre(0, 3, 17));
  EXPECT_EQ(info.source, fmt::format("COCO pictures in {} with instances_train.json: 2 pictures, 3 boxes, 2 classes; 1 picture without boxes left out",
                                     (folder / "train").string()));
  const Sample first = train->get(0);
  EXPECT_EQ(text_of(first), jpeg(1));
  EXPECT_EQ(first.source_id, 1);
  ASSERT_THAT(first.objects, SizeIs(2));
  EXPECT_EQ(first.objects[0].box, (box::Box{.y0 = 0.25F, .x0 = 0.25F, .y1 = 0.75F, .x1 = 0.75F}));
  EXPECT_EQ(first.objects[0].class_id, 2);
  EXPECT_EQ(first.objects[0].area, 12);
  EXPECT_FALSE(first.objects[0].is_crowd);
  EXPECT_TRUE(first.objects[1].is_crowd);
  EXPECT_EQ(train->get(1).source_id, 3);
  EXPECT_EQ(train->known_objects(1).front().class_id, 1);
  EXPECT_EQ(train->place(1), (folder / "train/a.jpg").string());
}

TEST(Coco, ValidationKeepsPicturesWithoutBoxesAndHasTheClassesOfTraining) {
  const TemporaryFolder folder;
  put_cats_and_dogs(folder);
  put(folder, "instances_val.json", CocoFile().category(17, "dog").picture("c.jpg").box(17, {1, 1, 2, 2}).picture("d.jpg").text());

  const OpenedDataset validation = open(folder, Split::kValidation);

  EXPECT_EQ(validation.dataset->size(), 2);
  EXPECT_THAT(validation.dataset->info().class_names, ElementsAre("background", "cat", "dog"));
  EXPECT_EQ(validation.dataset->get(0).objects.front().class_id, 2);
  EXPECT_THAT(validation.dataset->get(1).objects, IsEmpty());
  EXPECT_THAT(validation.warnings, ElementsAre(HasSubstr("validation has no pictures of 1 of the training classes: cat")));
}

TEST(Coco, RefusesValidationWithOtherClasses) {
  const TemporaryFolder folder;
  put_cats_and_dogs(folder);
  put(folder, "instances_val.json", CocoFile().category(17, "cat").category(4, "cow").picture("c.jpg").text());

  EXPECT_THAT(message_of([&] { open(folder, Split::kValidation); }),
              AllOf(HasSubstr("instances_val.json\" has other classes than"), HasSubstr("4 \"cow\" is not in training, 17 \"cat\" is \"dog\" in training")));
}

TEST(Coco, IsFoundInTheLayoutOfTheDownload) {
  const TemporaryFolder folder;
  put(folder, "train2017/a.jpg", jpeg(1));
  put(folder, "annotations/instances_train2017.json", cats_and_dogs().picture("a.jpg").box(3, {1, 1, 2, 2}).text());

  EXPECT_EQ(open(folder).dataset->size(), 1);
  EXPECT_EQ(code_of([&] { open(folder, Split::kValidation); }), ErrorCode::kMissing);
}

TEST(Coco, CutsOrLeavesOutBoxesThatAreNoneAndCountsThem) {
  const TemporaryFolder folder;
  CocoFile file = cats_and_dogs();
  file.picture("a.jpg").box(3, {-3, 2, 6, 4}).box(3, {1, 1, 0, 2}).box(3, {4, 4, -2, 2}).box(3, {12, 8, 2, 2}).box(3, {13, 9, 2, 2}).box(3, {1, 1, 2, 2});
  put_one_picture(folder, file);

  const OpenedDataset clipped = open(folder);
  const OpenedDataset dropped = open(folder, Split::kTrain, {.on_bad_box = OnBadBox::kDrop});

  ASSERT_THAT(clipped.dataset->get(0).objects, SizeIs(2));
  EXPECT_EQ(clipped.dataset->get(0).objects[0].box, (box::Box{.y0 = 0.25F, .x0 = 0, .y1 = 0.75F, .x1 = 0.25F}));
  EXPECT_THAT(clipped.warnings,
              ElementsAre(HasSubstr("1 box reaching beyond the picture is cut to it, the first in"), HasSubstr("1 box without width or height"),
                          HasSubstr("1 box with corners in the wrong order"), HasSubstr("2 boxes outside of the picture are left out")));
  EXPECT_THAT(dropped.dataset->get(0).objects, SizeIs(1));
  EXPECT_THAT(message_of([&] { open(folder, Split::kTrain, {.on_bad_box = OnBadBox::kStop}); }),
              AllOf(HasSubstr("train/a.jpg: box 0 is one reaching beyond the picture: left -0.25"), HasSubstr("right 0.25")));
}

TEST(Coco, ASetWithoutBoxesEndsWithTheReason) {
  const TemporaryFolder folder;
  put_one_picture(folder, cats_and_dogs().picture("a.jpg"));
  EXPECT_THAT(message_of([&] { open(folder); }), HasSubstr("has no boxes to train on"));

  put_one_picture(folder, cats_and_dogs().picture("a.jpg").box(3, {1, 1, 0, 0}));
  EXPECT_THAT(message_of([&] { open(folder); }), HasSubstr("has no boxes to train on: 1 box without width or height is left out"));
}

TEST(Coco, CaptionsAreNoBoxes) {
  const TemporaryFolder folder;
  put(folder, "train/a.jpg", jpeg(1));
  put(folder, "captions_train.json", R"({"images": [], "annotations": [{"id": 1, "image_id": 1, "caption": "a cat"}]})");
  EXPECT_THAT(message_of([&] { open(folder); }), HasSubstr("has captions and no boxes, and no instances_*.json is there"));

  put(folder, "instances_train.json", R"({"images": [{"id": 1}], "annotations": [{"id": 1, "image_id": 1, "caption": "a cat"}], "categories": []})");
  EXPECT_THAT(message_of([&] { open(folder); }), HasSubstr("annotations carry captions and no boxes"));
}

TEST(Coco, MissingPicturesStopOrAreLeftOut) {
  const TemporaryFolder folder;
  put_cats_and_dogs(folder);
  fs::remove(folder / "train/a.jpg");

  EXPECT_EQ(code_of([&] { open(folder); }), ErrorCode::kMissing);
  EXPECT_THAT(message_of([&] { open(folder); }), AllOf(HasSubstr("1 of the 3 pictures that"), HasSubstr("the first is \"a.jpg\"")));

  const OpenedDataset opened = open(folder, Split::kTrain, {.on_damage = OpenOptions::OnDamage::kSkip});
  EXPECT_EQ(opened.dataset->size(), 1);
  EXPECT_THAT(opened.damage, SizeIs(1));
}

TEST(Coco, APictureOfAnotherSizeThanItsAnnotationsIsAnError) {
  const TemporaryFolder folder;
  put_one_picture(folder, cats_and_dogs().picture("a.jpg", 8, 12).box(3, {1, 1, 2, 2}));

  EXPECT_THAT(message_of([&] { static_cast<void>(open(folder).dataset->get(0)); }),
              AllOf(HasSubstr("train/a.jpg: the picture has 12 x 8 pixels"), HasSubstr("its annotations are for 8 x 12")));

  put(folder, "instances_train.json", R"({"images": [{"id": 9, "file_name": "a.jpg"}], "annotations": [], "categories": [{"id": 1, "name": "cat"}]})");
  EXPECT_THAT(message_of([&] { open(folder); }), HasSubstr("images[0] (id 9, a.jpg) has no width and height"));
}

TEST(Coco, FaultsOfTheFileAreNamed) {
  const TemporaryFolder folder;
  const std::string whole = cats_and_dogs().picture("a.jpg").box(3, {1, 1, 2, 2}).text();
  put(folder, "train/a.jpg", jpeg(1));

  put(folder, "instances_train.json", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(message_of([&] { open(folder); }), AllOf(HasSubstr("instances_train.json"), HasSubstr("cut short")));
  put(folder, "instances_train.json", cats_and_dogs().picture("a.jpg").box(5, {1, 1, 2, 2}).text());
  EXPECT_THAT(message_of([&] { open(folder); }), HasSubstr("category_id is 5, which \"categories\" does not list"));
  put(folder, "instances_train.json", cats_and_dogs().box(3, {1, 1, 2, 2}).text());
  EXPECT_THAT(message_of([&] { open(folder); }), HasSubstr("image_id is 0, which \"images\" does not list"));
}

TEST(Coco, NoNumberOfBoxesIsTooMany) {
  const TemporaryFolder folder;
  CocoFile file = cats_and_dogs();
  file.picture("a.jpg");
  for (int i = 0; i < 100'000; ++i) file.box(i % 2 == 0 ? 3 : 17, {1, 1, 2, 2});
  put_one_picture(folder, file);

  EXPECT_THAT(open(folder).dataset->get(0).objects, SizeIs(100'000));
}

TEST(Coco, PicturesThatTheFileDoesNotListAreSaid) {
  const TemporaryFolder folder;
  put_cats_and_dogs(folder);
  put(folder, "train/more.jpg", jpeg(7));

  EXPECT_THAT(open(folder).warnings, ElementsAre(HasSubstr("1 picture that")));
}

TEST(Coco, TheFingerprintTellsChangedBoxesAndPictures) {
  const TemporaryFolder folder;
  put_cats_and_dogs(folder);
  const uint64_t before = open(folder).dataset->info().fingerprint;
  EXPECT_EQ(open(folder).dataset->info().fingerprint, before);

  put(folder, "train/a.jpg", jpeg(0) + " ");
  const uint64_t other_size = open(folder).dataset->info().fingerprint;
  EXPECT_NE(other_size, before);
  CocoFile train = cats_and_dogs();
  train.picture("b.jpg").box(17, {3, 2, 6, 4}).box(3, {0, 0, 12, 8}, true).picture("empty.jpg").picture("a.jpg").box(3, {6, 4, 3, 1});
  put(folder, "instances_train.json", train.text());
  EXPECT_NE(open(folder).dataset->info().fingerprint, other_size);
}

}  // namespace
}  // namespace fovea::data
