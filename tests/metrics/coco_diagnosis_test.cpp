#include "fovea/metrics/coco_diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace fovea::metrics {
namespace {

using testing::_;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Pictures of 200 x 100 pixels, 20 truths of the sparse classes 1, 4 and 90, none square.
io::CocoInstances instances() {
  io::CocoInstances made;
  made.categories = {{90, "cup"}, {1, "person"}, {4, "car"}};
  for (int64_t i = 0; i < 20; ++i) {
    made.pictures.push_back({i, 200, 100, ""});
    const double x = 5.0 * static_cast<double>(i), y = 40.0 - static_cast<double>(i);
    made.truths.push_back({i, made.categories[static_cast<size_t>(i % 3)].id, {x, y, 60, 20}, 1200, false});
  }
  return made;
}

/// A detection on every truth, with `change` made to it.
std::vector<std::string> diagnosed(const std::function<void(io::CocoDetection&)>& change) {
  const io::CocoInstances truths = instances();
  std::vector<io::CocoDetection> detections;
  for (const io::CocoTruth& each : truths.truths) {
    detections.push_back({each.image_id, each.category_id, each.box, 0.5});
    change(detections.back());
  }
  return diagnose_coco(truths, detections, DetectionSource::kFile);
}
std::vector<std::string> with_boxes(io::CocoBox (*box)(const io::CocoBox&)) {
  return diagnosed([&](io::CocoDetection& each) { each.box = box(each.box); });
}
std::vector<std::string> with_ids(int64_t (*id)(int64_t)) {
  return diagnosed([&](io::CocoDetection& each) { each.category_id = id(each.category_id); });
}

TEST(CocoDiagnosis, NamesTheOrderOfCoordinatesThatWouldFit) {
  EXPECT_THAT(
      with_boxes([](const io::CocoBox& b) {
        return io::CocoBox{b.y, b.x, b.height, b.width};
      }),
      ElementsAre(_,
                  AllOf(HasSubstr("the boxes look like [y, x, height, width]: read so, detections of any class are on 100 % of the truths, as they stand on"),
                        HasSubstr("write [x, y, width, height] in pixels"))));
  EXPECT_THAT(with_boxes([](const io::CocoBox& b) {
                return io::CocoBox{b.x, b.y, b.x + b.width, b.y + b.height};
              }),
              ElementsAre(_, HasSubstr("the boxes look like corners [x0, y0, x1, y1]: read so")));
  EXPECT_THAT(with_boxes([](const io::CocoBox& b) {
                return io::CocoBox{b.y, b.x, b.y + b.height, b.x + b.width};
              }),
              ElementsAre(_, HasSubstr("the boxes look like corners [y0, x0, y1, x1]: read so")));
  EXPECT_THAT(with_boxes([](const io::CocoBox& b) {
                return io::CocoBox{b.x + b.width / 2, b.y + b.height / 2, b.width, b.height};
              }),
              ElementsAre(_, HasSubstr("the boxes look like [centre x, centre y, width, height]: read so")));
  EXPECT_THAT(with_boxes([](const io::CocoBox& b) {
                return io::CocoBox{b.x / 200, b.y / 100, b.width / 200, b.height / 100};
              }),
              ElementsAre(_, HasSubstr("the boxes look like [x, y, width, height] as fractions of the picture: read so")));
  EXPECT_THAT(with_boxes([](const io::CocoBox& b) {
                return io::CocoBox{b.y / 100, b.x / 200, (b.y + b.height) / 100, (b.x + b.width) / 200};
              }),
              ElementsAre(_, HasSubstr("the boxes look like corners [y0, x0, y1, x1] as fractions of the picture: read so")));
}

TEST(CocoDiagnosis, NamesTheNumberingOfClassesThatWouldFit) {
  const auto dense = [](int64_t id) -> int64_t { return id == 1 ? 0 : id == 4 ? 1 : 2; };
  const auto dense_from_1 = [](int64_t id) -> int64_t { return id == 1 ? 1 : id == 4 ? 2 : 3; };

  EXPECT_THAT(
      with_ids(dense),
      ElementsAre(_, AllOf(HasSubstr("the category ids do not fit: detections of any class are on 100 % of the truths, those of the right class on 0 %"),
                           HasSubstr("read as positions in the list of categories by ascending id, from 0 on 100 %: write the ids of the annotations"))));
  EXPECT_THAT(with_ids(dense_from_1), ElementsAre(_, HasSubstr("read as positions in the list of categories by ascending id, from 1 on 100 %")));
  EXPECT_THAT(with_ids([](int64_t id) { return id + 1; }), ElementsAre(_, HasSubstr("read as one too high on 100 %")));
  EXPECT_THAT(with_ids([](int64_t) { return int64_t{50}; }),
              ElementsAre(_, testing::EndsWith("the classes do not fit: detections of any class are on 100 % of the truths, those of the right class on 0 %; "
                                               "the classes are confused, or numbered in another way than the annotations")));
}

TEST(CocoDiagnosis, NamesBothWhenBothAreWrong) {
  const auto change = [](io::CocoDetection& each) {
    each.box = {each.box.y, each.box.x, each.box.height, each.box.width};
    each.category_id += 1;
  };

  EXPECT_THAT(diagnosed(change), ElementsAre(_, HasSubstr("[y, x, height, width]"), HasSubstr("one too high")));
}

TEST(CocoDiagnosis, SaysThatNothingElseFits) {
  EXPECT_THAT(with_boxes([](const io::CocoBox&) {
                return io::CocoBox{190, 90, 3, 3};
              }),
              ElementsAre(_, HasSubstr("detections of any class are on 0 % of the truths")));
  EXPECT_THAT(diagnose_coco(instances(), {}, DetectionSource::kFile), ElementsAre("there are no detections"));
}

TEST(CocoDiagnosis, BeginsWithHowManyDetectionsThereAreAndHowNearTheyCome) {
  // Each stands half its width beside its truth: IoU 30/90.
  const auto aside = [](io::CocoDetection& each) { each.box.x += 30; };

  EXPECT_EQ(diagnosed(aside).front(),
            "20 detections in 20 of 20 pictures (1 a picture); the best IoU of a truth with a detection of any class is 0.33 on average");
}

TEST(CocoDiagnosis, SendsToTheTrainingDataOfANetwork) {
  const io::CocoInstances truths = instances();
  std::vector<io::CocoDetection> detections;
  for (const io::CocoTruth& each : truths.truths)
    detections.push_back({each.image_id, each.category_id + 1, {each.box.y, each.box.x, each.box.height, each.box.width}, 0.5});

  EXPECT_THAT(diagnose_coco(truths, detections, DetectionSource::kNetwork),
              ElementsAre(_, HasSubstr("the network may have been trained on coordinates in another order: fovea data show draws the boxes of a data set"),
                          HasSubstr("the network may have been trained on classes that are numbered differently")));
}

}  // namespace
}  // namespace fovea::metrics
