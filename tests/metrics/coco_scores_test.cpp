#include "fovea/metrics/coco_scores.h"

#include "tests/metrics/coco_cases.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace fovea::metrics {
namespace {

using io::CocoBox;
using io::CocoDetection;
using io::CocoTruth;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kTolerance = 1e-12;  // precision is TP / (TP + FP + 2^-52), so that a perfect one is not quite 1

double number(const CocoResult& result, std::string_view key) {
  for (size_t i = 0; i < kCocoNumbers.size(); ++i) {
    if (kCocoNumbers[i].key == key) return result.numbers()[i];
  }
  ADD_FAILURE() << "no number " << key;
  return 0;
}

CocoResult scored(const std::vector<CocoTruth>& truths, const std::vector<CocoDetection>& detections, std::vector<int64_t> ids = {1}) {
  CocoScores scores(std::move(ids));
  scores.add(truths);
  scores.add(detections);
  return scores.compute();
}

CocoTruth truth(int64_t image_id, CocoBox box, bool is_crowd = false) { return {image_id, 1, box, box.width * box.height, is_crowd}; }
CocoDetection detection(int64_t image_id, CocoBox box, double score) { return {image_id, 1, box, score}; }

const CocoBox kBox{10, 10, 50, 50};    // medium: 2,500 square pixels
const CocoBox kOther{100, 100, 8, 8};  // small, and apart from the first

TEST(CocoIou, IsIntersectionOverUnionOrForCrowdsOverTheDetection) {
  // Two 2x2 squares one apart in both directions: 1 in common, 7 in all.
  EXPECT_EQ(coco_iou({0, 0, 2, 2}, {1, 1, 2, 2}), 1.0 / 7);
  EXPECT_EQ(coco_iou({0, 0, 2, 2}, {1, 1, 2, 2}, true), 1.0 / 4);
  EXPECT_EQ(coco_iou({0, 0, 2, 2}, {2, 0, 2, 2}), 0);  // they touch
  EXPECT_EQ(coco_iou({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
}

TEST(CocoScores, ArePerfectForOneDetectionOnItsTruth) {
  const CocoResult result = scored({truth(7, kBox)}, {detection(7, kBox, 0.1)});

  for (const std::string_view key : {"AP", "AP50", "AP75", "APm", "ARmax1", "ARmax10", "ARmax100", "ARm"})
    EXPECT_NEAR(number(result, key), 1, kTolerance) << key;
  for (const std::string_view key : {"APs", "APl", "ARs", "ARl"}) EXPECT_EQ(number(result, key), kNoTruth) << key;
  EXPECT_NEAR(result.class_ap(0), 1, kTolerance);
}

TEST(CocoScores, TakePrecisionAtEveryRecallLevel) {
  // A wrong one first, then a right one, and one truth is missed: precision 1/2 up to recall 1/2, which 51 of the 101 levels do not exceed.
  const CocoResult result = scored({truth(1, kBox), truth(2, kBox)}, {detection(1, kOther, 0.9), detection(1, kBox, 0.8)});

  EXPECT_NEAR(number(result, "AP50"), 0.5 * 51 / 101, kTolerance);
  EXPECT_NEAR(number(result, "ARmax100"), 0.5, kTolerance);
  EXPECT_NEAR(number(result, "ARmax1"), 0, kTolerance);  // only the wrong one of that picture is within the best 1
}

TEST(CocoScores, CountIousUpToTheThreshold) {
  // 50 of 80 in common: 0.625 fits 0.50, 0.55 and 0.60.
  const CocoResult result = scored({truth(1, {0, 0, 80, 1})}, {detection(1, {0, 0, 50, 1}, 0.5)});

  EXPECT_NEAR(number(result, "AP"), 0.3, kTolerance);
  EXPECT_NEAR(number(result, "AP50"), 1, kTolerance);
  EXPECT_EQ(number(result, "AP75"), 0);
}

TEST(CocoScores, TakeATruthOnce) {
  const CocoResult result = scored({truth(1, kBox), truth(2, kBox)}, {detection(1, kBox, 0.9), detection(1, kBox, 0.8), detection(2, kBox, 0.7)});

  // Precision 1 up to recall 1/2, then 2/3: 51 and 50 levels.
  EXPECT_NEAR(number(result, "AP50"), (51 + 50 * 2.0 / 3) / 101, kTolerance);
}

TEST(CocoScores, PassOverDetectionsOfCrowds) {
  const CocoResult result = scored({truth(1, kBox), truth(1, {200, 200, 100, 100}, true)},
                                   {detection(1, {210, 210, 10, 10}, 0.9), detection(1, {220, 220, 10, 10}, 0.8), detection(1, kBox, 0.7)});

  EXPECT_NEAR(number(result, "AP"), 1, kTolerance);
}

TEST(CocoScores, PassOverUnmatchedDetectionsOfOtherSizes) {
  const CocoResult result = scored({truth(1, kBox)}, {detection(1, kOther, 0.9), detection(1, kBox, 0.8)});

  EXPECT_NEAR(number(result, "AP"), 0.5, kTolerance);
  EXPECT_NEAR(number(result, "APm"), 1, kTolerance);
}

TEST(CocoScores, TakeTheSizeOfATruthFromItsArea) {
  CocoTruth thin = truth(1, kBox);
  thin.area = 100;

  EXPECT_NEAR(number(scored({thin}, {detection(1, kBox, 0.9)}), "APs"), 1, kTolerance);
  EXPECT_EQ(number(scored({thin}, {detection(1, kBox, 0.9)}), "APm"), kNoTruth);
}

TEST(CocoScores, DecideEqualScoresByTheOrderOfPicturesThenOfAdding) {
  // The right one comes first in picture 1 although it was added last.
  EXPECT_NEAR(number(scored({truth(1, kBox)}, {detection(2, kBox, 0.5), detection(1, kBox, 0.5)}), "AP50"), 1, kTolerance);
  EXPECT_NEAR(number(scored({truth(2, kBox)}, {detection(2, kBox, 0.5), detection(1, kBox, 0.5)}), "AP50"), 0.5, kTolerance);
  EXPECT_NEAR(number(scored({truth(1, kBox)}, {detection(1, kOther, 0.5), detection(1, kBox, 0.5)}), "AP50"), 0.5, kTolerance);
}

TEST(CocoScores, TakeTheBest100OfAClassInAPicture) {
  std::vector<CocoDetection> detections(100, detection(1, kOther, 0.9));
  detections.push_back(detection(1, kBox, 0.8));
  EXPECT_EQ(number(scored({truth(1, kBox)}, detections), "AP50"), 0);

  detections.erase(detections.begin());
  EXPECT_NEAR(number(scored({truth(1, kBox)}, detections), "AP50"), 0.01, kTolerance);
  EXPECT_EQ(number(scored({truth(1, kBox)}, detections), "ARmax10"), 0);
}

TEST(CocoScores, LeaveOutClassesWithoutTruths) {
  const CocoResult result = scored({truth(1, kBox)}, {detection(1, kBox, 0.9), {1, 90, kBox, 0.9}}, {90, 1});

  EXPECT_NEAR(number(result, "AP"), 1, kTolerance);
  EXPECT_NEAR(result.class_ap(0), 1, kTolerance);  // by ascending id
  EXPECT_EQ(result.class_ap(1), kNoTruth);
}

TEST(CocoScores, AreMinusOneWithoutAnyTruth) {
  EXPECT_THAT(scored({}, {detection(1, kBox, 0.9)}).numbers(), Each(kNoTruth));
  EXPECT_THAT(scored({}, {}, {}).numbers(), Each(kNoTruth));
  EXPECT_THAT(scored({}, {}).mean_curve(0), IsEmpty());
}

TEST(CocoScores, AreZeroWithoutAnyDetection) {
  const CocoResult result = scored({truth(1, kBox)}, {});

  EXPECT_EQ(number(result, "AP"), 0);
  EXPECT_EQ(number(result, "ARmax100"), 0);
  EXPECT_EQ(number(result, "APl"), kNoTruth);
}

TEST(CocoScores, GiveCurvesOfPrecisionOverRecall) {
  const CocoResult result = scored({truth(1, kBox), truth(2, kBox), {1, 5, kBox, 2500, false}}, {detection(1, kBox, 0.9)}, {1, 5, 9});

  const std::vector<double> curve = result.curve(0);
  ASSERT_THAT(curve, SizeIs(101));
  EXPECT_NEAR(curve[50], 1, kTolerance);
  EXPECT_EQ(curve[51], 0);
  EXPECT_THAT(result.curve(1), Each(0.0));
  EXPECT_THAT(result.curve(2), IsEmpty());
  EXPECT_NEAR(result.mean_curve(0.5)[50], 0.5, kTolerance);  // of the two with truths
}

TEST(CocoScores, GiveCurvesWhoseMeansAreTheNumbers) {
  // IoU 40/60: right at 0.50, 0.55, 0.60 and 0.65, four of the ten.
  const CocoResult result = scored({truth(1, kBox)}, {detection(1, {20, 10, 50, 50}, 0.9)});

  EXPECT_THAT(result.mean_curve(0.5), Each(testing::DoubleNear(1, kTolerance)));
  EXPECT_THAT(result.mean_curve(0.75), Each(0.0));
  EXPECT_THAT(result.mean_curve(0), Each(testing::DoubleNear(0.4, kTolerance)));
  EXPECT_NEAR(result.class_ap50(0), 1, kTolerance);
  EXPECT_EQ(scored({}, {}).class_ap50(0), kNoTruth);
}

TEST(CocoScores, CountDetectionsOfClassesThatAreNotListed) {
  const CocoResult result = scored({truth(1, kBox)}, {detection(1, kBox, 0.5), {1, 2, kBox, 0.9}, {1, 0, kBox, 0.9}});

  EXPECT_EQ(result.left_out(), 2);
  EXPECT_NEAR(number(result, "AP"), 1, kTolerance);
}

TEST(CocoScores, RefuseWhatCannotBeScored) {
  CocoScores scores({1});
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();

  EXPECT_THAT(test::message_of([&] { scores.add(std::vector{detection(3, kBox, nan)}); }),
              HasSubstr("a detection of picture 3 has a number that is not finite"));
  EXPECT_EQ(test::code_of([&] { scores.add(std::vector{detection(3, {0, 0, infinite, 1}, 1)}); }), ErrorCode::kData);
  EXPECT_THAT(test::message_of([&] { scores.add(std::vector{CocoTruth{3, 2, kBox, 1, false}}); }), HasSubstr("has the category 2, which is not listed"));
  EXPECT_EQ(test::code_of([] { CocoScores({1, 1}); }), ErrorCode::kInternal);
}

TEST(CocoLine, IsThatOfPycocotools) {
  EXPECT_EQ(coco_line(kCocoNumbers[0], 0.33649), " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.336");
  EXPECT_EQ(coco_line(kCocoNumbers[1], 0.5), " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.500");
  EXPECT_EQ(coco_line(kCocoNumbers[4], 1), " Average Precision  (AP) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 1.000");
  EXPECT_EQ(coco_line(kCocoNumbers[6], kNoTruth), " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = -1.000");
  EXPECT_EQ(coco_line(kCocoNumbers[9], 0), " Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.000");
}

// FNV-1a of numbers in numpy's order.
class Hash {
 public:
  void add(double value) {
    for (const auto byte : std::bit_cast<std::array<uint8_t, 8>>(value)) value_ = (value_ ^ byte) * 0x100000001B3U;
  }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", value_); }

 private:
  uint64_t value_ = 0xCBF29CE484222325U;
};

template <class Value>
std::string hash_of(const CocoResult& result, int64_t recalls, Value value) {
  Hash hash;
  for (int64_t t = 0; t < kCocoIous; ++t) {
    for (int64_t r = 0; r < recalls; ++r) {
      for (int64_t k = 0; k < result.classes(); ++k) {
        for (int64_t a = 0; a < kCocoAreas; ++a) {
          for (int64_t m = 0; m < kCocoLimits; ++m) hash.add(value(t, r, k, a, m));
        }
      }
    }
  }
  return hash.text();
}

class CocoGoldens : public testing::TestWithParam<io::Json> {};

// By pycocotools: ties, crowds, sparse ids, pictures and classes without anything, thousands of detections in one picture, boxes without area.
TEST_P(CocoGoldens, AreReachedToTheLastBit) {
  const io::Json& golden = GetParam();
  const test::CocoCase made = test::make_coco_case(golden);
  for (const int64_t threads : {1, 8}) {
    SCOPED_TRACE(threads);
    CocoScores scores(made.category_ids);
    scores.add(made.truths);
    const auto half = made.detections.begin() + static_cast<std::ptrdiff_t>(made.detections.size() / 2);
    scores.add(std::vector(made.detections.begin(), half));
    scores.add(std::vector(half, made.detections.end()));

    const CocoResult result = scores.compute(threads);

    for (size_t i = 0; i < kCocoNumbers.size(); ++i) {
      EXPECT_EQ(result.numbers()[i], std::strtod(golden.at("numbers").at(i).get<std::string>().c_str(), nullptr)) << kCocoNumbers[i].key;
    }
    EXPECT_EQ(hash_of(result, kCocoRecalls, [&](auto... place) { return result.precision(place...); }), golden.at("precision").get<std::string>());
    EXPECT_EQ(hash_of(result, 1, [&](int64_t t, int64_t, int64_t k, int64_t a, int64_t m) { return result.recall(t, k, a, m); }),
              golden.at("recall").get<std::string>());
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, CocoGoldens, testing::ValuesIn(io::read_json(FOVEA_SOURCE_DIR "/tests/goldens/coco.json").get<std::vector<io::Json>>()),
                         [](const auto& golden) { return golden.param.at("name").template get<std::string>(); });

}  // namespace
}  // namespace fovea::metrics
