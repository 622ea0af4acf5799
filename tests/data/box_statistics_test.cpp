#include "fovea/data/box_statistics.h"

#include "fovea/data/check.h"
#include "tests/data/coco_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::data {
namespace {

using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::unique_ptr<Dataset> open_boxes(const TemporaryFolder& folder, const std::vector<std::vector<double>>& boxes) {
  CocoFile file = cats_and_dogs();
  file.picture("a.jpg", 300, 300);
  for (const std::vector<double>& box : boxes) file.box(3, box);
  put(folder, "train/a.jpg", jpeg(1));
  put(folder, "instances_train.json", file.text());
  return open_dataset(folder.path().string(), Split::kTrain, {}).dataset;
}

// Spec 3.3: the first default box of the cell in the middle of the level of 3 x 3 is a square of 0.69 * 300 = 207 pixels around the centre.
TEST(BoxStatistics, ABoxLikeADefaultBoxIsFitted) {
  const TemporaryFolder folder;

  const BoxStatistics statistics = box_statistics(*open_boxes(folder, {{46.5, 46.5, 207, 207}}), 0, 1);

  EXPECT_EQ(statistics.all.boxes, 1);
  EXPECT_GE(statistics.all.matches, 1);
  EXPECT_EQ(statistics.all.forced, 0);
  EXPECT_EQ(statistics.classes.at(1).boxes, 1);
  EXPECT_EQ(statistics.classes.at(2).boxes, 0);
  EXPECT_EQ(statistics.by_side.begin()->first, 128);
  EXPECT_THAT(statistics.per_picture, ElementsAre(Pair(1, 1)));
}

// The smallest default box has 21 x 21 pixels: none has an IoU of 0.5 with 2 x 2. Two boxes at one place claim the same default box.
TEST(BoxStatistics, BoxesTooSmallAreForcedOrLost) {
  const TemporaryFolder folder;

  const BoxStatistics statistics = box_statistics(*open_boxes(folder, {{100, 100, 2, 2}, {100, 100, 2, 2}}), 0, 2);

  EXPECT_EQ(statistics.all.matches, 1);
  EXPECT_EQ(statistics.all.forced, 1);
  EXPECT_EQ(statistics.all.lost, 1);
  EXPECT_EQ(statistics.most, 2);
}

TEST(CheckOfBoxes, CountsBoxesAndNamesFaults) {
  const TemporaryFolder folder;
  put_cats_and_dogs(folder);
  put(folder, "train/b.jpg", jpeg(0));  // the same picture as a.jpg, with other boxes
  CocoFile validation = cats_and_dogs();
  validation.picture("c.jpg").box(17, {1, 1, 2, 2}).box(17, {11, 1, 2, 2}).picture("d.jpg");
  put(folder, "instances_val.json", validation.text());

  const CheckReport report = check_dataset(folder.path().string(), {});

  EXPECT_EQ(report.errors, 0);
  EXPECT_THAT(report.train->class_counts, ElementsAre(0, 2, 1));
  EXPECT_THAT(report.text(), HasSubstr("the same picture as"));
  EXPECT_THAT(report.text(), HasSubstr("but with other boxes"));
  EXPECT_THAT(report.text(), HasSubstr("warning: 1 box reaching beyond the picture is cut to it"));
  EXPECT_THAT(report.text(), HasSubstr("class 1 \"cat\" has no readable validation box"));
  EXPECT_EQ(report.json()["validation"]["boxes"]["classes"][1]["count"], 2);
  EXPECT_EQ(report.json()["validation"]["boxes"]["classes"][1]["id"], 17);
}

TEST(DataStatistics, OfADetectionSetCountBoxes) {
  const TemporaryFolder folder;
  put_cats_and_dogs(folder);
  const auto train = open_dataset(folder.path().string(), Split::kTrain, {}).dataset;

  const io::OrderedJson statistics = data_statistics(train.get(), nullptr);

  EXPECT_EQ(statistics["train"]["images"], 2);
  EXPECT_EQ(statistics["train"]["classes"][0]["name"], "cat");
  EXPECT_EQ(statistics["train"]["classes"][0]["count"], 2);
  EXPECT_EQ(statistics["train"]["boxes"]["count"], 3);
}

}  // namespace
}  // namespace fovea::data
