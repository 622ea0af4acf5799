#include "fovea/data/augment.h"
#include "tests/data/fake_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Pictures of 10 x 8 pixels with 1 to 3 objects made from their index. What `before_get` throws is damage.
class FakeBoxes final : public Dataset {
 public:
  explicit FakeBoxes(int64_t size, std::function<void(int64_t)> before_get = {}) : pictures_(size, std::move(before_get)) {
    info_.source = "fake boxes";
    info_.task = Task::kDetect;
    info_.num_outputs = 10;
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return pictures_.size(); }
  [[nodiscard]] Sample get(int64_t index) const override {
    Sample sample = pictures_.get(index);
    sample.source_id = 1000 + index;
    for (int64_t i = 0; i <= index % 3; ++i) {
      const float shift = 0.1F * static_cast<float>(i);
      sample.objects.push_back({.box = {shift, 0.2F, 0.5F + shift, 0.7F}, .class_id = 1 + (index + i) % 9, .area = 20});
    }
    return sample;
  }
  [[nodiscard]] std::string place(int64_t index) const override { return pictures_.place(index); }

 private:
  FakeDataset pictures_;
  DatasetInfo info_;
};

/// Five anchors: the first objects in their order, their boxes as offsets.
class FakeEncoder final : public TargetEncoder {
 public:
  [[nodiscard]] int64_t num_anchors() const override { return 5; }
  void encode(std::span<const Object> objects, int64_t* classes, float* offsets) const override {
    for (size_t a = 0; a < 5; ++a) {
      const Object object = a < objects.size() ? objects[a] : Object{};
      classes[a] = object.class_id;
      const std::array<float, 4> box{object.box.y0, object.box.x0, object.box.y1, object.box.x1};
      std::copy(box.begin(), box.end(), offsets + 4 * a);
    }
  }
};

const FakeEncoder kEncoder;

LoaderOptions boxes(int64_t threads = 2) {
  LoaderOptions options = small(threads);
  options.data.train_crop = TrainCrop::kIouBiased;
  options.data.eval_crop = EvalCrop::kStretch;
  options.data.pixels = Pixels::kFloat32;
  options.data.colour_jitter = true;
  options.encoder = &kEncoder;
  return options;
}

/// A batch by value, comparable.
struct Boxes {
  std::vector<int64_t> samples, classes;
  std::vector<uint8_t> pixels, offsets;
  bool operator==(const Boxes&) const = default;
};

Boxes boxes_of(const Batch& batch) {
  return {.samples = batch.samples, .classes = values(batch.targets.classes), .pixels = bytes_of(batch.images), .offsets = bytes_of(batch.targets.offsets)};
}

std::vector<Boxes> train_boxes(const LoaderOptions& options, int64_t first_step, int count) {
  const FakeBoxes dataset(37);
  Loader loader = Loader::train(dataset, options, first_step);
  std::vector<Boxes> result;
  for (int i = 0; i < count; ++i) result.push_back(boxes_of(*loader.next()));
  return result;
}

TEST(DetectionLoader, GivesSameBatchesWithOneTwoOrFiveWorkersFromAnyStep) {
  const std::vector<Boxes> one = train_boxes(boxes(1), 0, 12);  // 96 pictures: two borders of permutations

  EXPECT_EQ(train_boxes(boxes(2), 0, 12), one);
  EXPECT_EQ(train_boxes(boxes(5), 0, 12), one);
  EXPECT_EQ(train_boxes(boxes(2), 7, 5), std::vector<Boxes>(one.begin() + 7, one.end()));
  EXPECT_NE(one[0].offsets, one[1].offsets);
}

TEST(DetectionLoader, EncodesTheObjectsOfTheView) {
  const FakeBoxes dataset(37);
  Loader loader = Loader::train(dataset, boxes(), 5);

  const Batch batch = *loader.next();

  const Draw draw = TrainOrder(37, 3).at(5 * 8 + 2);
  std::vector<float> pixels(6 * 6 * 3);
  const std::vector<Object> objects = prepare_train(dataset.get(draw.sample), boxes().data, 3, draw, {.floats = pixels.data()});
  std::vector<int64_t> classes(5);
  std::vector<float> offsets(20);
  kEncoder.encode(objects, classes.data(), offsets.data());
  EXPECT_EQ(values(batch.targets.classes[2]), classes);
  EXPECT_TRUE(std::equal(offsets.begin(), offsets.end(), batch.targets.offsets[2].data_ptr<float>()));
  EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(), batch.images[2].data_ptr<float>()));
  EXPECT_FALSE(batch.targets.labels.defined());
  ASSERT_EQ(batch.truths.size(), 8U);
  EXPECT_EQ(batch.truths[2].source_id, 1000 + draw.sample);
  EXPECT_EQ(batch.truths[2].size, (image::Size{6, 6}));  // as the network sees them
  ASSERT_EQ(batch.truths[2].objects.size(), objects.size());
  EXPECT_EQ(batch.truths[2].objects[0].box, objects[0].box);
}

TEST(DetectionLoader, EvaluatesWithTruthsAndTargetsOfTheWholePicture) {
  const FakeBoxes dataset(11);
  Loader loader = Loader::evaluation(dataset, boxes());
  loader.next();

  const Batch last = *loader.next();

  ASSERT_EQ(last.truths.size(), 3U);
  EXPECT_EQ(last.truths[2].source_id, 1010);
  EXPECT_EQ(last.truths[2].size, (image::Size{10, 8}));
  ASSERT_EQ(last.truths[2].objects.size(), 2U);  // 10 mod 3, and one
  EXPECT_EQ(last.truths[2].objects[1].box, (box::Box{0.1F, 0.2F, 0.6F, 0.7F}));
  EXPECT_THAT(values(last.targets.classes[2]), ElementsAre(2, 3, 0, 0, 0));
  EXPECT_EQ(last.targets.offsets.sizes(), (at::IntArrayRef{3, 5, 4}));
}

TEST(DetectionLoader, ClosesTheRowsOfSkippedSamplesInAllParts) {
  const FakeBoxes whole(8), damaged(8, damage({0, 3, 4}));
  LoaderOptions options = boxes();
  options.data.on_corrupt = OnCorrupt::kSkip;
  const Batch all = *Loader::evaluation(whole, options).next();

  const Batch rest = *Loader::evaluation(damaged, options).next();

  EXPECT_THAT(rest.samples, ElementsAre(1, 2, 5, 6, 7));
  const Tensor kept = at::tensor(at::ArrayRef<int64_t>(rest.samples));
  EXPECT_TRUE(rest.images.equal(all.images.index_select(0, kept)));
  EXPECT_TRUE(rest.targets.classes.equal(all.targets.classes.index_select(0, kept)));
  EXPECT_TRUE(rest.targets.offsets.equal(all.targets.offsets.index_select(0, kept)));
  ASSERT_EQ(rest.truths.size(), 5U);
  EXPECT_EQ(rest.truths[2].source_id, 1005);
}

TEST(DetectionLoader, NeverWritesIntoTargetsThatAreHeld) {
  const FakeBoxes dataset(37);
  Loader loader = Loader::train(dataset, boxes(), 0);
  const Batch held = *loader.next();
  const Boxes before = boxes_of(held);

  for (int i = 0; i < 20; ++i) loader.next();

  EXPECT_EQ(boxes_of(held), before);
}

TEST(DetectionLoader, RefusesOptionsThatAreNotMadeForTheData) {
  const FakeBoxes with_boxes(8);
  const FakeDataset with_labels(8);

  EXPECT_THAT(test::message_of([&] { Loader::train(with_labels, boxes(), 0); }), HasSubstr("made for pictures with boxes, but these have labels: fake"));
  EXPECT_THAT(test::message_of([&] { Loader::evaluation(with_boxes, small()); }), HasSubstr("made for pictures with labels, but these have boxes: fake"));
}

}  // namespace
}  // namespace fovea::data
