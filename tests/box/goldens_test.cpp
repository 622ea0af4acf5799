// Default boxes, targets and detections against TensorFlow's own operations: tests/goldens/ssd.json, written by make_ssd_goldens.py (tensorflow-cpu 2.21.0).
#include "fovea/box/anchors.h"
#include "fovea/box/assign.h"
#include "fovea/box/detect.h"
#include "fovea/io/json.h"

#include "tests/support/draws.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace fovea::box {
namespace {

constexpr double kTolerance = 1e-5;  // float32, some operations

const io::Json& goldens() {
  static const io::Json all = io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/ssd.json");
  return all;
}

const std::vector<Box>& anchors() {
  static const std::vector<Box> all = default_boxes(ssd300_levels(), 300);
  return all;
}

std::vector<Box> boxes_of(const io::Json& flat) {
  std::vector<Box> boxes;
  for (size_t i = 0; i + 3 < flat.size(); i += 4)
    boxes.push_back({.y0 = flat[i].get<float>(), .x0 = flat[i + 1].get<float>(), .y1 = flat[i + 2].get<float>(), .x1 = flat[i + 3].get<float>()});
  return boxes;
}

void expect_near(const Box& actual, const Box& expected) {
  EXPECT_NEAR(actual.y0, expected.y0, kTolerance);
  EXPECT_NEAR(actual.x0, expected.x0, kTolerance);
  EXPECT_NEAR(actual.y1, expected.y1, kTolerance);
  EXPECT_NEAR(actual.x1, expected.x1, kTolerance);
}

TEST(TensorFlowBoxes, HaveTheSameDefaultBoxes) {
  const io::Json& golden = goldens().at("anchors");
  const std::vector<Box> expected = boxes_of(golden.at("boxes"));
  double sum = 0;
  for (const Box& b : anchors()) sum += double{b.y0} + b.x0 + b.y1 + b.x1;

  ASSERT_EQ(std::ssize(anchors()), golden.at("count").get<int64_t>());
  for (size_t i = 0; i < expected.size(); ++i) expect_near(anchors()[golden.at("rows")[i].get<size_t>()], expected[i]);
  EXPECT_NEAR(sum, golden.at("sum").get<double>(), 1e-3);
}

class TensorFlowTargets : public testing::TestWithParam<const char*> {};

TEST_P(TensorFlowTargets, AreMatchedAndEncodedAlike) {
  const io::Json& golden = goldens().at("targets").at(GetParam());
  const std::vector<Box> truths = boxes_of(golden.at("truths"));

  const std::vector<int32_t> matches = match(truths, anchors(), 0.5F);

  std::vector<int32_t> expected(anchors().size(), -1);
  for (size_t i = 0; i < golden.at("anchors").size(); ++i) expected[golden.at("anchors")[i].get<size_t>()] = golden.at("matches")[i].get<int32_t>();
  ASSERT_EQ(matches, expected);
  for (size_t i = 0; i < golden.at("anchors").size(); ++i) {
    const size_t anchor = golden.at("anchors")[i].get<size_t>();
    const Offsets offsets = encode(truths[static_cast<size_t>(matches[anchor])], anchors()[anchor]);
    for (size_t k = 0; k < 4; ++k) {
      const double wanted = golden.at("offsets")[4 * i + k].get<double>();
      EXPECT_NEAR(offsets[k], wanted, kTolerance * (1 + std::abs(wanted))) << "default box " << anchor << ", offset " << k;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Cases, TensorFlowTargets, testing::Values("one", "seven", "forty", "hard"), [](const auto& one) { return std::string(one.param); });

TEST(TensorFlowBoxes, HaveTheSameDetections) {
  const io::Json& golden = goldens().at("detections");
  const auto columns = golden.at("classes").get<int64_t>();
  const auto count = static_cast<int64_t>(anchors().size());
  const std::vector<double> logits = test::draws("detect logits", count * columns), offsets = test::draws("detect offsets", count * 4);
  std::vector<float> probabilities;
  std::vector<Box> boxes;
  for (int64_t a = 0; a < count; ++a) {
    std::vector<double> row;
    for (int64_t c = 0; c < columns; ++c) row.push_back(std::exp(double{static_cast<float>(logits[static_cast<size_t>(a * columns + c)]) * 4}));
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    for (const double value : row) probabilities.push_back(static_cast<float>(value / sum));
    Offsets own{};
    for (size_t k = 0; k < 4; ++k) own[k] = static_cast<float>(offsets[static_cast<size_t>(a) * 4 + k]);
    boxes.push_back(decode(own, anchors()[static_cast<size_t>(a)]));
  }

  const std::vector<Detection> found = detect(probabilities, boxes, {});

  const std::vector<Box> expected = boxes_of(golden.at("boxes"));  // of every fifth
  ASSERT_EQ(std::ssize(found), golden.at("count").get<int64_t>());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i].score, golden.at("scores")[i].get<double>(), kTolerance);
    EXPECT_EQ(found[i].class_id, golden.at("class_ids")[i].get<int64_t>()) << i;
    if (i % 5 == 0) expect_near(found[i].box, expected[i / 5]);
  }
}

}  // namespace
}  // namespace fovea::box
