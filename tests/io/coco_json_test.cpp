#include "fovea/io/coco_json.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace fovea::io {
namespace {

using test::error_of;
using test::message_of;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const fs::path kSeeds = FOVEA_SOURCE_DIR "/tests/fuzz/corpus/coco_json";

/// The refusal of `content`, behind the path.
std::string refusal(const std::function<void(const fs::path&)>& read, const std::string& content) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file.json", content);
  const auto error = error_of([&] { read(path); });
  if (!error) return "no error";
  EXPECT_EQ(error->code(), ErrorCode::kData);
  const std::string start = "\"" + path.string() + "\": ";
  EXPECT_THAT(error->what(), testing::StartsWith(start));
  return std::string(error->what()).substr(start.size());
}
std::string instances_refusal(const std::string& content) { return refusal(read_coco_instances, content); }
std::string results_refusal(const std::string& content) {
  return refusal([](const fs::path& path) { read_coco_results(path); }, content);
}

/// An instances file with this list of annotations.
std::string with_annotations(const std::string& annotations) {
  return R"({"images": [{"id": 42}], "categories": [{"id": 18, "name": "dog"}], "annotations": )" + annotations + "}";
}

/// `count` detections as Python writes them; each with `more` fields.
std::string many_detections(int count, const std::string& more = "") {
  std::string text = "[";
  for (int i = 0; i < count; ++i) {
    text +=
        fmt::format(R"({}{{"image_id": {}, "category_id": {}, "bbox": [1.5, 2.25, 30.0, 40.75], "score": 0.{}{}}})", i == 0 ? "" : ", ", i, i % 90, i, more);
  }
  return text + "]";
}

TEST(CocoInstances, ReadsEveryFieldInTheOrderOfTheFile) {
  const CocoInstances read = read_coco_instances(kSeeds / "instances.json");

  ASSERT_THAT(read.pictures, SizeIs(2));
  EXPECT_EQ(read.pictures[0].id, 42);
  EXPECT_EQ(read.pictures[0].width, 640);
  EXPECT_EQ(read.pictures[0].height, 480);
  EXPECT_EQ(read.pictures[0].file_name, "000000000042.jpg");
  EXPECT_EQ(read.pictures[1].id, 7);
  EXPECT_EQ(read.pictures[1].width, 0);
  EXPECT_EQ(read.pictures[1].file_name, "");
  ASSERT_THAT(read.categories, SizeIs(2));
  EXPECT_EQ(read.categories[1].id, 18);
  EXPECT_EQ(read.categories[1].name, "d\xc3\xb6g");
  ASSERT_THAT(read.truths, SizeIs(3));
  EXPECT_EQ(read.truths[0].image_id, 42);
  EXPECT_EQ(read.truths[0].category_id, 18);
  EXPECT_EQ(read.truths[0].box, (CocoBox{10.5, 20, 20, 40.25}));
  EXPECT_EQ(read.truths[0].area, 702.1);
  EXPECT_FALSE(read.truths[0].is_crowd);
  EXPECT_EQ(read.truths[1].box, (CocoBox{1, 1, 20, 3}));
  EXPECT_TRUE(read.truths[1].is_crowd);
}

TEST(CocoInstances, CountsAreasThatItTakesFromTheBoxesAndIdsOfZero) {
  const CocoInstances read = read_coco_instances(kSeeds / "instances.json");

  EXPECT_EQ(read.truths[2].area, 6);  // 2 x 3
  EXPECT_FALSE(read.truths[2].is_crowd);
  EXPECT_EQ(read.areas_absent, 1);
  EXPECT_EQ(read.zero_ids, 1);
}

TEST(CocoInstances, RefusesOtherFilesByWhatTheyAre) {
  EXPECT_EQ(instances_refusal(read_text(kSeeds / "captions.json")), "annotations carry captions and no boxes: give instances_*.json");
  EXPECT_EQ(instances_refusal(read_text(kSeeds / "results.json")),
            "expected an object with images, categories and annotations, found an array, as results files have");
  EXPECT_EQ(instances_refusal(R"({"images": [], "categories": []})"), "has no \"annotations\", as the files of test sets: give instances_*.json");
  EXPECT_EQ(instances_refusal(R"({"images": [], "annotations": []})"), "has no \"categories\": give instances_*.json");
  EXPECT_EQ(instances_refusal("{}"), "has no \"images\": give instances_*.json");
  EXPECT_EQ(instances_refusal(""), "is empty");
  EXPECT_EQ(instances_refusal("12"), "expected an object with images, categories and annotations");
  EXPECT_EQ(instances_refusal("\xff"), "is not text in UTF-8");
}

TEST(CocoInstances, RefusesWrongElementsByTheirPlace) {
  const std::string whole = R"({"id": 1, "image_id": 42, "category_id": 18, "bbox": [1, 2, 3, 4]})";
  const auto second = [&](const std::string& element) { return instances_refusal(with_annotations("[" + whole + ", " + element + "]")); };

  EXPECT_EQ(instances_refusal(with_annotations("[" + whole + "]")), "no error");
  EXPECT_EQ(second(R"({"id": 2, "image_id": 42, "category_id": 18, "bbox": [1, 2, 3]})"),
            "annotations[1].bbox has 3 numbers, expected 4 (x, y, width, height)");
  EXPECT_EQ(second(R"({"id": 2, "image_id": 42, "category_id": 18, "bbox": [1, 2, 3, 4, 5]})"),
            "annotations[1].bbox has 5 numbers, expected 4 (x, y, width, height)");
  EXPECT_THAT(second(R"({"id": 2, "image_id": 42, "category_id": 18, "bbox": [1, 2, null, 4]})"),
              HasSubstr("annotations[1].bbox holds null, expected numbers"));
  EXPECT_THAT(second(R"({"id": 2, "image_id": 42, "category_id": 18, "bbox": {"x": 1}})"),
              HasSubstr("annotations[1].bbox is an object, expected 4 numbers (x, y, width, height)"));
  EXPECT_EQ(second(R"({"id": 2, "image_id": 42, "category_id": 18})"), "annotations[1] has no \"bbox\"");
  EXPECT_EQ(second(R"({"image_id": 42, "category_id": 18, "bbox": [1, 2, 3, 4]})"), "annotations[1] has no \"id\"");
  EXPECT_EQ(second(R"({"id": 2, "image_id": 42, "category_id": 19, "bbox": [1, 2, 3, 4]})"),
            "annotations[1].category_id is 19, which \"categories\" does not list");
  EXPECT_EQ(second(R"({"id": 2, "image_id": 43, "category_id": 18, "bbox": [1, 2, 3, 4]})"), "annotations[1].image_id is 43, which \"images\" does not list");
  EXPECT_EQ(second(whole), "annotations[0] and annotations[1] have the same id, 1");
  EXPECT_THAT(second("7"), HasSubstr("annotations[1] is 7, expected an object"));
  EXPECT_THAT(instances_refusal(with_annotations("{}")), HasSubstr("\"annotations\" is an object, expected an array"));
  EXPECT_EQ(instances_refusal(R"({"images": [{"id": 3}, {"id": 2}, {"id": 3}], "categories": [], "annotations": []})"),
            "images[0] and images[2] have the same id, 3");
  EXPECT_EQ(instances_refusal(R"({"images": [], "categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}], "annotations": []})"),
            "categories[0] and categories[1] have the same id, 1");
  EXPECT_THAT(instances_refusal(R"({"images": [{"id": "3"}]})"), HasSubstr(R"(images[0].id is "3", expected a whole number (byte 19))"));
}

TEST(CocoInstances, RefusesWhatFollowsTheEnd) {
  EXPECT_THAT(instances_refusal(with_annotations("[]") + "}"), HasSubstr("not valid JSON at byte"));
  EXPECT_EQ(instances_refusal(with_annotations("[]") + "\n"), "no error");
}

TEST(CocoInstances, RefusesAFileCutAtAnyByte) {
  const std::string content = read_text(kSeeds / "instances.json");
  for (size_t size = 1; size < content.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_THAT(instances_refusal(content.substr(0, size)), HasSubstr(fmt::format("cut short: it ends at byte {}, inside", size)));
  }
}

TEST(CocoInstances, ReadsOrRefusesEveryFlippedBit) {
  const TemporaryFolder folder;
  const std::string content = read_text(kSeeds / "instances.json");
  int refused = 0;
  for (size_t byte = 0; byte < content.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(fmt::format("byte {} bit {}", byte, bit));
      std::string flipped = content;
      flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << bit));
      const fs::path path = folder.put("flipped.json", flipped);

      const auto error = error_of([&] { read_coco_instances(path); });

      if (!error) continue;  // inside a segmentation, a number or a text
      EXPECT_EQ(error->code(), ErrorCode::kData);
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);  // of some 7,000
}

TEST(CocoResults, ReadsEveryFieldInTheOrderOfTheFile) {
  const std::vector<CocoDetection> read = read_coco_results(kSeeds / "results.json");

  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(read[0].image_id, 42);
  EXPECT_EQ(read[0].category_id, 18);
  EXPECT_EQ(read[0].box, (CocoBox{258.15, 41.29, 348.26, 243.78}));
  EXPECT_EQ(read[0].score, 0.236);
  EXPECT_EQ(read[1].image_id, 73);
  EXPECT_EQ(read[1].score, 1e-3);
}

TEST(CocoResults, MayBeEmpty) {
  const TemporaryFolder folder;
  EXPECT_THAT(read_coco_results(folder.put("file.json", "[ ]\n")), IsEmpty());
}

TEST(CocoResults, RefusesWrongElementsByTheirPlace) {
  const auto with = [](const std::string& fields) { return results_refusal(R"([{"image_id": 1, "category_id": 2, )" + fields + "}]"); };

  EXPECT_EQ(with(R"("bbox": [1, 2, 3, 4], "score": 0.5)"), "no error");
  EXPECT_EQ(with(R"("bbox": [1, 2, 3, 4])"), "[0] has no \"score\"");
  EXPECT_EQ(with(R"("segmentation": [], "score": 0.5)"), "[0] has no \"bbox\"");
  EXPECT_EQ(with(R"("bbox": [], "score": 0.5)"), "[0].bbox has 0 numbers, expected 4 (x, y, width, height)");
  EXPECT_EQ(with(R"("bbox": [1, 2, 3, 4], "score": NaN)"), "[0].score is NaN, expected a number (byte 66)");
  EXPECT_THAT(with(R"("bbox": [1, 2, -Infinity, 4], "score": 1)"), HasSubstr("[0].bbox holds -Infinity, expected numbers"));
  EXPECT_THAT(with(R"("bbox": [1, 2, 3, 1e999], "score": 1)"), HasSubstr("[0].bbox holds 1e999, expected numbers"));
  EXPECT_THAT(with(R"("bbox": [1, 2, 3, 4], "score": "a long text in place of it")"),
              HasSubstr(R"([0].score is "a long text in place of..., expected a number)"));
  EXPECT_THAT(results_refusal(R"([{"image_id": 1.5}])"), HasSubstr("[0].image_id is 1.5, expected a whole number"));
  EXPECT_THAT(results_refusal(R"([{"image_id": 99999999999999999999}])"), HasSubstr("expected a whole number"));
  EXPECT_THAT(results_refusal("[1, 2]"), HasSubstr("[0] is 1, expected an object (byte 1)"));
  EXPECT_THAT(results_refusal(R"({"annotations": []})"), HasSubstr("expected an array of detections"));
}

TEST(CocoResults, RefusesAFileCutAtAnyByte) {
  const std::string content = read_text(kSeeds / "results.json");
  for (size_t size = 1; size < content.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_THAT(results_refusal(content.substr(0, size)), HasSubstr(fmt::format("cut short: it ends at byte {}, inside", size)));
  }
}

TEST(CocoResults, AreTheSameForAnyNumberOfThreads) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file.json", many_detections(50'000));  // 4.7 MB, so five parts

  const std::vector<CocoDetection> one = read_coco_results(path, 1);
  const std::vector<CocoDetection> eight = read_coco_results(path, 8);

  ASSERT_THAT(one, SizeIs(50'000));
  ASSERT_THAT(eight, SizeIs(50'000));
  for (size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(one[i].image_id, static_cast<int64_t>(i));
    ASSERT_EQ(eight[i].image_id, static_cast<int64_t>(i));
    ASSERT_EQ(eight[i].score, one[i].score);
  }
}

TEST(CocoResults, AreReadWhereTextsLookLikeTheBordersOfElements) {
  const TemporaryFolder folder;
  const std::string texts = R"(, "note": "}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {")";
  const fs::path path = folder.put("file.json", many_detections(20'000, texts));

  EXPECT_THAT(read_coco_results(path, 8), SizeIs(20'000));
}

TEST(CocoResults, NameTheElementThatIsWrongInAnyPartOfALargeFile) {
  std::string content = many_detections(50'000);
  const std::string good = R"("image_id": 41234, )";
  content.replace(content.find(good), good.size(), R"("image_id": "no", )");

  EXPECT_THAT(results_refusal(content), HasSubstr(R"([41234].image_id is "no", expected a whole number)"));
  EXPECT_THAT(results_refusal(content.substr(0, content.size() - 1)), HasSubstr("cut short"));
}

TEST(WriteCocoResults, IsReadBack) {
  const TemporaryFolder folder;
  const CocoDetection detections[] = {{42, 18, {258.1549, 41.296, 348, -0.001}, 0.1f}, {-3, 90, {1e7, 0, 0.1f, 99.999}, 0.123456789012345}};

  write_coco_results(folder / "results.json", detections);
  const std::vector<CocoDetection> read = read_coco_results(folder / "results.json");

  EXPECT_EQ(read_text(folder / "results.json"),
            "[\n{\"image_id\": 42, \"category_id\": 18, \"bbox\": [258.15, 41.3, 348, 0], \"score\": 0.1},\n"
            "{\"image_id\": -3, \"category_id\": 90, \"bbox\": [10000000, 0, 0.1, 100], \"score\": 0.123456789012345}\n]\n");
  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(static_cast<float>(read[0].score), 0.1f);
  EXPECT_EQ(read[1].score, 0.123456789012345);
  write_coco_results(folder / "none.json", {});
  EXPECT_THAT(read_coco_results(folder / "none.json"), IsEmpty());
}

TEST(WriteCocoResults, KeepsTheOrderOfScoresThatAreNeighbours) {
  const TemporaryFolder folder;
  std::vector<CocoDetection> detections;
  for (float score = 0.7f; detections.size() < 1000; score = std::nextafter(score, 1.0f)) detections.push_back({1, 1, {}, score});

  write_coco_results(folder / "results.json", detections);

  const std::vector<CocoDetection> read = read_coco_results(folder / "results.json");
  for (size_t i = 1; i < read.size(); ++i) ASSERT_LT(read[i - 1].score, read[i].score);
}

TEST(WriteCocoResults, RefusesWhatIsNotFinite) {
  const TemporaryFolder folder;
  const CocoDetection wrong{1, 1, {0, 0, std::nan(""), 1}, 0.5};

  EXPECT_EQ(test::code_of([&] { write_coco_results(folder / "results.json", {&wrong, 1}); }), ErrorCode::kInternal);
  EXPECT_FALSE(fs::exists(folder / "results.json"));
}

}  // namespace
}  // namespace fovea::io
