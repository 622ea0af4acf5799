#include "fovea/loss/detection.h"

#include "fovea/io/json.h"

#include "tests/support/close.h"
#include "tests/support/draws.h"
#include "tests/support/errors.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>

#include <cmath>

namespace fovea::loss {
namespace {

using LossFunction = DetectionLoss (*)(const Boxes&, const BoxTargets&, double);

struct Path {
  const char* name;
  LossFunction loss;
};
void PrintTo(const Path& path, std::ostream* out) { *out << path.name; }
constexpr Path kFused{"fused", detection_loss}, kReference{"reference", detection_loss_reference};

Tensor drawn(const std::string& name, std::vector<int64_t> shape, float scale) {
  return at::tensor(test::draws(name, c10::multiply_integers(shape))).to(at::kFloat).mul(scale).view(shape);
}

/// A case of tests/goldens/ssd.json, made by make_ssd_goldens.py (tensorflow-cpu 2.21.0), with the inputs of its loss_case().
struct Case {
  explicit Case(size_t index) : golden(io::read_json(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/ssd.json").at("losses").at(index)) {
    constexpr std::array kNames{"small", "ties", "full", "ssd"};
    const std::string name = kNames.at(index);
    images = golden.at("images"), anchors = golden.at("anchors"), columns = golden.at("classes");
    Tensor logits = drawn(name + " logits", {images, anchors, columns}, 3);
    if (golden.at("ties")) {
      logits = logits.round();
      logits.slice(1, 0, anchors, 2).copy_(logits.slice(1, 0, 1).expand({images, (anchors + 1) / 2, columns}).clone());
    }
    boxes = {.logits = logits, .offsets = drawn(name + " boxes", {images, anchors, 4}, 2)};
    targets = {.classes = at::tensor(golden.at("labels").get<std::vector<int64_t>>()).view({images, anchors}),
               .offsets = drawn(name + " offsets", {images, anchors, 4}, 2)};
  }
  io::Json golden;
  int64_t images, anchors, columns;
  Boxes boxes;
  BoxTargets targets;
};

struct Result {
  DetectionLoss terms;
  Tensor logits_gradient, offsets_gradient;
};

Result differentiate(LossFunction loss, const Boxes& boxes, const BoxTargets& targets, double normalizer) {
  const Boxes own{.logits = boxes.logits.clone().requires_grad_(true), .offsets = boxes.offsets.clone().requires_grad_(true)};
  const DetectionLoss terms = loss(own, targets, normalizer);
  terms.total.backward();
  return {.terms = terms, .logits_gradient = own.logits.grad(), .offsets_gradient = own.offsets.grad()};
}

void expect_rows(const Tensor& gradient, const io::Json& golden, const std::string& rows) {
  const int64_t columns = gradient.size(2);
  const Tensor expected = at::tensor(golden.at(rows).get<std::vector<double>>()).view({-1, columns});
  test::expect_close(gradient.view({-1, columns}).index_select(0, at::tensor(golden.at("rows").get<std::vector<int64_t>>())), expected, 1e-5, rows.c_str());
  const auto sum = golden.at(rows + "_abs_sum").get<double>();
  EXPECT_NEAR(gradient.abs().sum(at::kDouble).item<double>(), sum, 1e-5 * sum) << rows;
}

class AgainstTensorFlow : public testing::TestWithParam<std::tuple<size_t, Path>> {};
INSTANTIATE_TEST_SUITE_P(Losses, AgainstTensorFlow, testing::Combine(testing::Range<size_t>(0, 4), testing::Values(kFused, kReference)));

TEST_P(AgainstTensorFlow, GivesTheSameTermsAndGradients) {
  const auto& [index, path] = GetParam();
  const Case own(index);

  const Result result = differentiate(path.loss, own.boxes, own.targets, static_cast<double>(own.images));

  const auto classes = own.golden.at("cls").get<double>(), boxes = own.golden.at("box").get<double>();
  EXPECT_NEAR(result.terms.classes.item<double>(), classes, 1e-5 * classes);
  EXPECT_NEAR(result.terms.boxes.item<double>(), boxes, 1e-5 * boxes);
  EXPECT_NEAR(result.terms.total.item<double>(), classes + boxes, 1e-5 * (classes + boxes));
  expect_rows(result.logits_gradient, own.golden, "dlogits");
  expect_rows(result.offsets_gradient, own.golden, "dboxes");
}

class EveryPath : public testing::TestWithParam<Path> {};
INSTANTIATE_TEST_SUITE_P(Paths, EveryPath, testing::Values(kFused, kReference), [](const auto& test) { return std::string(test.param.name); });

/// Four default boxes and two classes; only the first has an object.
const BoxTargets kOneObject{.classes = at::tensor({1, 0, 0, 0}, at::kLong).view({1, 4}), .offsets = at::zeros({1, 4, 4})};

TEST_P(EveryPath, TakesTheLowerOfEquallyHardBoxesAndSharesByThePositives) {
  // All logits are zero: every box has the cross-entropy ln 2. Five boxes: the object's and the first three of the others count.
  const Boxes boxes{.logits = at::zeros({1, 5, 2}), .offsets = at::zeros({1, 5, 4})};
  const BoxTargets targets{.classes = at::tensor({0, 1, 0, 0, 0}, at::kLong).view({1, 5}), .offsets = at::zeros({1, 5, 4})};

  const Result result = differentiate(GetParam().loss, boxes, targets, 1);

  EXPECT_NEAR(result.terms.total.item<double>(), 4 * std::log(2.0), 1e-6);
  const Tensor expected = at::tensor({-0.5F, 0.5F, 0.5F, -0.5F, -0.5F, 0.5F, -0.5F, 0.5F, 0.F, 0.F}).view({1, 5, 2});
  test::expect_close(result.logits_gradient, expected, 1e-6, "gradient of the logits");
}

TEST_P(EveryPath, CountsObjectsTwiceWhereTheOthersDoNotSuffice) {
  // Two boxes have objects, so six others are wanted, and there are but two: the four of them are all chosen (spec 3.5).
  const Boxes boxes{.logits = at::zeros({1, 4, 2}), .offsets = at::zeros({1, 4, 4})};
  const BoxTargets targets{.classes = at::tensor({1, 0, 1, 0}, at::kLong).view({1, 4}), .offsets = at::zeros({1, 4, 4})};

  EXPECT_NEAR(GetParam().loss(boxes, targets, 1).classes.item<double>(), (2 * 2 + 2) * std::log(2.0) / 2, 1e-6);
}

TEST_P(EveryPath, BendsTheBoxTermAtOne) {
  const Boxes boxes{.logits = at::zeros({1, 4, 2}), .offsets = at::zeros({1, 4, 4})};
  BoxTargets targets = kOneObject;
  targets.offsets = at::zeros({1, 4, 4});
  targets.offsets[0][0] = at::tensor({0.5F, -1.F, 3.F, 0.F});
  targets.offsets[0][1].fill_(7);  // of no object: not looked at

  const Result result = differentiate(GetParam().loss, boxes, targets, 2);

  EXPECT_NEAR(result.terms.boxes.item<double>(), (0.125 + 0.5 + 2.5) / 2, 1e-6);
  test::expect_close(result.offsets_gradient[0][0], at::tensor({-0.25F, 0.5F, -0.5F, 0.F}), 1e-6, "gradient of the offsets");
  EXPECT_EQ(result.offsets_gradient[0].slice(0, 1).abs().max().item<float>(), 0);
}

TEST_P(EveryPath, AddsNothingForAPictureWithoutObjects) {
  Boxes boxes{.logits = drawn("logits", {2, 4, 2}, 3), .offsets = drawn("offsets", {2, 4, 4}, 3)};
  const BoxTargets both{.classes = at::cat({at::zeros({1, 4}, at::kLong), kOneObject.classes}), .offsets = at::zeros({2, 4, 4})};

  const Result two = differentiate(GetParam().loss, boxes, both, 2);
  const Result alone = differentiate(GetParam().loss, {.logits = boxes.logits.slice(0, 1), .offsets = boxes.offsets.slice(0, 1)}, kOneObject, 2);

  EXPECT_NEAR(two.terms.total.item<double>(), alone.terms.total.item<double>(), 1e-6);
  EXPECT_EQ(two.logits_gradient[0].abs().max().item<float>(), 0);
  EXPECT_EQ(two.offsets_gradient[0].abs().max().item<float>(), 0);
}

TEST_P(EveryPath, ShowsALogitThatIsNotFinite) {
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    SCOPED_TRACE(value);
    Boxes boxes{.logits = at::zeros({1, 4, 2}), .offsets = at::zeros({1, 4, 4})};
    boxes.logits[0][3][0] = value;

    EXPECT_FALSE(std::isfinite(GetParam().loss(boxes, kOneObject, 1).total.item<float>()));
  }
}

TEST(DetectionLoss, IsTheReferencesForEveryNumberOfColumns) {
  for (const int64_t columns : {2, 15, 16, 17, 81, 91}) {
    SCOPED_TRACE(columns);
    const Boxes boxes{.logits = drawn("logits", {3, 200, columns}, 6), .offsets = drawn("boxes", {3, 200, 4}, 2)};
    const Tensor wanted = drawn("labels", {3, 200}, 1);
    const BoxTargets targets{.classes = (wanted > 0.9).to(at::kLong) * (columns - 1), .offsets = drawn("offsets", {3, 200, 4}, 2)};

    const Result fused = differentiate(detection_loss, boxes, targets, 5), reference = differentiate(detection_loss_reference, boxes, targets, 5);

    EXPECT_NEAR(fused.terms.total.item<double>(), reference.terms.total.item<double>(), 1e-5 * reference.terms.total.item<double>());
    test::expect_close(fused.logits_gradient, reference.logits_gradient, 1e-6, "gradient of the logits");
    test::expect_close(fused.offsets_gradient, reference.offsets_gradient, 1e-6, "gradient of the offsets");
  }
}

TEST(DetectionLoss, RefusesAClassThatTheLogitsDoNotHave) {
  const Boxes boxes{.logits = at::zeros({1, 4, 2}), .offsets = at::zeros({1, 4, 4})};
  BoxTargets targets = kOneObject;
  targets.classes = targets.classes * 2;

  EXPECT_THAT(test::message_of([&] { detection_loss(boxes, targets, 1); }), testing::HasSubstr("classes of the targets are 0 to 2, the logits have 2 columns"));
}

}  // namespace
}  // namespace fovea::loss
