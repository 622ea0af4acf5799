#include "fovea/data/loader.h"

#include "fovea/data/augment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace fovea::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Pictures of 10 x 8 pixels made from their index; label = index mod 10. What `before_get` throws is damage.
class FakeDataset final : public Dataset {
 public:
  explicit FakeDataset(int64_t size, std::function<void(int64_t)> before_get = {}) : size_(size), before_get_(std::move(before_get)) {
    info_.source = "fake";
    info_.num_outputs = 10;
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return size_; }
  [[nodiscard]] Sample get(int64_t index) const override {
    if (before_get_) before_get_(index);
    image::Image picture(10, 8);
    Random random(0, 0, static_cast<uint64_t>(index), Purpose::kSynthetic);
    for (uint8_t& value : picture.pixels) value = static_cast<uint8_t>(random.bits());
    return {.picture = std::move(picture), .label = index % 10};
  }
  [[nodiscard]] std::string place(int64_t index) const override { return fmt::format("fake picture {}", index); }

 private:
  int64_t size_;
  std::function<void(int64_t)> before_get_;
  DatasetInfo info_;
};

/// Damages the samples given.
std::function<void(int64_t)> damage(std::set<int64_t> samples) {
  return [samples = std::move(samples)](int64_t index) {
    if (samples.contains(index)) fail(ErrorCode::kData, "fake picture {}: damaged", index);
  };
}

LoaderOptions small(int64_t threads = 2) { return {.data = {.image_size = 6, .eval_resize = 7}, .seed = 3, .batch = 8, .threads = threads, .prefetch = 3}; }

LoaderOptions skipping(int64_t max_corrupt = 100) {
  LoaderOptions options = small();
  options.data.on_corrupt = OnCorrupt::kSkip;
  options.data.max_corrupt = max_corrupt;
  return options;
}

std::vector<uint8_t> bytes_of(const Tensor& tensor) {
  const auto bytes = tensor_bytes(tensor);
  std::vector<uint8_t> result(bytes.size());
  std::memcpy(result.data(), bytes.data(), bytes.size());
  return result;
}

std::vector<int64_t> values(const Tensor& tensor) { return {tensor.data_ptr<int64_t>(), tensor.data_ptr<int64_t>() + tensor.numel()}; }

/// A batch by value, comparable.
struct Content {
  int64_t step;
  std::vector<int64_t> samples, labels;
  std::vector<uint8_t> pixels;
  bool operator==(const Content&) const = default;
};

Content content(const Batch& batch) {
  return {.step = batch.step, .samples = batch.samples, .labels = values(batch.targets.labels), .pixels = bytes_of(batch.images)};
}

std::vector<Content> train_batches(const Dataset& dataset, const LoaderOptions& options, int64_t first_step, int count) {
  Loader loader = Loader::train(dataset, options, first_step);
  std::vector<Content> result;
  for (int i = 0; i < count; ++i) result.push_back(content(*loader.next()));
  return result;
}

std::vector<Content> evaluation_batches(const Dataset& dataset, const LoaderOptions& options) {
  Loader loader = Loader::evaluation(dataset, options);
  std::vector<Content> result;
  while (const std::optional<Batch> batch = loader.next()) result.push_back(content(*batch));
  return result;
}

std::string error_of(Loader& loader, int calls) {
  try {
    for (int i = 0; i < calls; ++i) loader.next();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Loader, GivesSameBatchesWithOneTwoOrFiveWorkers) {
  const FakeDataset dataset(37);

  const std::vector<Content> one = train_batches(dataset, small(1), 0, 12);  // 96 pictures: two borders of permutations

  EXPECT_EQ(train_batches(dataset, small(2), 0, 12), one);
  EXPECT_EQ(train_batches(dataset, small(5), 0, 12), one);
  EXPECT_NE(one[0].pixels, one[1].pixels);
}

TEST(Loader, StartsAtAnyStep) {
  const FakeDataset dataset(37);
  const std::vector<Content> all = train_batches(dataset, small(), 0, 12);

  EXPECT_EQ(train_batches(dataset, small(), 7, 5), std::vector<Content>(all.begin() + 7, all.end()));
}

TEST(Loader, FollowsTheOrderAndPreparesLikeAugment) {
  const FakeDataset dataset(37);
  const TrainOrder order(37, 3);
  Loader loader = Loader::train(dataset, small(), 5);

  const Batch batch = *loader.next();

  const Draw draw = order.at(5 * 8 + 2);
  std::vector<uint8_t> pixels(6 * 6 * 3);
  prepare_train(dataset.get(draw.sample), small().data, 3, draw, {.bytes = pixels.data()});
  EXPECT_EQ(batch.samples[2], draw.sample);
  EXPECT_EQ(values(batch.targets.labels)[2], draw.sample % 10);
  EXPECT_EQ(bytes_of(batch.images[2]), pixels);
  EXPECT_FALSE(batch.targets.partner_labels.defined());
  EXPECT_FALSE(batch.targets.lambda.defined());
}

TEST(Loader, SharesEachStepBetweenTheRanks) {
  const FakeDataset dataset(37);
  const Content whole = train_batches(dataset, small(), 4, 1)[0];

  Content joined{.step = 4};
  for (int64_t rank = 0; rank < 3; ++rank) {
    LoaderOptions options = small();
    options.world = {.rank = rank, .size = 3};
    const Content part = train_batches(dataset, options, 4, 1)[0];
    joined.samples.insert(joined.samples.end(), part.samples.begin(), part.samples.end());
    joined.labels.insert(joined.labels.end(), part.labels.begin(), part.labels.end());
    joined.pixels.insert(joined.pixels.end(), part.pixels.begin(), part.pixels.end());
  }

  EXPECT_EQ(joined, whole);
}

TEST(Loader, EvaluatesEachSampleOnceWithAShortLastBatch) {
  const FakeDataset dataset(19);

  const std::vector<Content> batches = evaluation_batches(dataset, small());

  ASSERT_EQ(batches.size(), 3U);
  EXPECT_THAT(batches[0].samples, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(batches[2].samples, ElementsAre(16, 17, 18));
  EXPECT_THAT(batches[2].labels, ElementsAre(6, 7, 8));
  EXPECT_EQ(batches[2].pixels.size(), 3U * 6 * 6 * 3);
  EXPECT_EQ(batches[2].step, 2);
}

TEST(Loader, DividesAnEvaluationBetweenTheRanks) {
  const FakeDataset dataset(19);
  std::vector<int64_t> seen;

  for (int64_t rank = 0; rank < 3; ++rank) {
    LoaderOptions options = small();
    options.world = {.rank = rank, .size = 3};
    for (const Content& batch : evaluation_batches(dataset, options)) {
      EXPECT_LE(batch.samples.size(), 2U);  // 8 / 3
      seen.insert(seen.end(), batch.samples.begin(), batch.samples.end());
    }
  }

  EXPECT_EQ(seen.size(), 19U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(std::set<int64_t>(seen.begin(), seen.end()).size(), 19U);
}

TEST(Loader, ReturnsNothingAtTheEndAndForAnEmptySet) {
  const FakeDataset empty(0), five(5);
  Loader none = Loader::evaluation(empty, small());
  Loader one = Loader::evaluation(five, small());

  EXPECT_FALSE(none.next().has_value());
  EXPECT_TRUE(one.next().has_value());
  EXPECT_FALSE(one.next().has_value());
  EXPECT_FALSE(one.next().has_value());
}

TEST(Loader, ThrowsTheFirstErrorInBatchOrder) {
  // two damaged samples in one batch and one in the next: always the first row's
  const TrainOrder order(37, 3);
  const int64_t first = order.at(8 + 3).sample;
  const FakeDataset dataset(37, damage({first, order.at(8 + 4).sample, order.at(16).sample}));
  for (int trial = 0; trial < 30; ++trial) {
    SCOPED_TRACE(trial);
    Loader loader = Loader::train(dataset, small(5), 0);

    ASSERT_TRUE(loader.next().has_value());
    EXPECT_EQ(error_of(loader, 1), fmt::format("fake picture {}: damaged", first));
    EXPECT_EQ(error_of(loader, 1), fmt::format("fake picture {}: damaged", first));  // and again
  }
}

TEST(Loader, NamesThePlaceOfAPictureThatCannotBeDecoded) {
  class TextDataset final : public Dataset {
   public:
    [[nodiscard]] const DatasetInfo& info() const override { return info_; }
    [[nodiscard]] int64_t size() const override { return 4; }
    [[nodiscard]] Sample get(int64_t) const override { return {.encoded = std::vector<std::byte>(100, std::byte{'x'})}; }
    [[nodiscard]] std::string place(int64_t index) const override { return fmt::format("folder/{}.jpg", index); }

   private:
    DatasetInfo info_;
  };
  const TextDataset dataset;
  Loader loader = Loader::evaluation(dataset, small());

  EXPECT_THAT(error_of(loader, 1), testing::StartsWith("folder/0.jpg: "));
}

TEST(Loader, StopsAtErrorsThatAreNotDamageWhateverThePolicy) {
  const FakeDataset dataset(9, [](int64_t index) {
    if (index == 3) fail(ErrorCode::kIo, "disk gone");
  });
  Loader loader = Loader::evaluation(dataset, skipping());

  EXPECT_EQ(error_of(loader, 1), "disk gone");
}

TEST(Loader, ReplacesSkippedSamplesInTraining) {
  const TrainOrder order(37, 3);
  const int64_t first = order.at(2).sample, second = order.at(3).sample;  // neighbours: the first one's substitute is damaged too
  const FakeDataset dataset(37, damage({first, second}));
  Loader loader = Loader::train(dataset, skipping(), 0);

  const Content batch = content(*loader.next());
  const std::vector<Skipped> skipped = loader.take_skipped();

  const int64_t substitute = order.at(4).sample;
  ASSERT_EQ(batch.samples.size(), 8U);
  EXPECT_EQ(batch.samples[2], substitute);
  EXPECT_EQ(batch.samples[3], substitute);
  EXPECT_EQ(batch.samples[4], substitute);
  EXPECT_EQ(batch.labels[2], substitute % 10);
  ASSERT_EQ(skipped.size(), 3U);
  EXPECT_EQ(skipped[0].sample, first);
  EXPECT_EQ(skipped[1].sample, second);
  EXPECT_EQ(skipped[2].sample, second);
  EXPECT_EQ(skipped[0].message, fmt::format("fake picture {}: damaged", first));
  EXPECT_TRUE(loader.take_skipped().empty());
}

TEST(Loader, LeavesSkippedSamplesOutInEvaluation) {
  const FakeDataset whole(19), damaged(19, damage({1, 4, 8, 9, 10, 11, 12, 13, 14, 15}));  // the second batch entirely
  const std::vector<Content> good = evaluation_batches(whole, small());

  Loader loader = Loader::evaluation(damaged, skipping());
  std::vector<Content> batches;
  while (const std::optional<Batch> batch = loader.next()) batches.push_back(content(*batch));

  ASSERT_EQ(batches.size(), 2U);
  EXPECT_THAT(batches[0].samples, ElementsAre(0, 2, 3, 5, 6, 7));
  EXPECT_THAT(batches[0].labels, ElementsAre(0, 2, 3, 5, 6, 7));
  EXPECT_EQ(batches[1], good[2]);
  const size_t row = 6 * 6 * 3;
  const auto picture = [&](const Content& batch, size_t index) {
    return std::vector<uint8_t>(batch.pixels.begin() + index * row, batch.pixels.begin() + (index + 1) * row);
  };
  EXPECT_EQ(picture(batches[0], 1), picture(good[0], 2));
  EXPECT_EQ(picture(batches[0], 5), picture(good[0], 7));
  EXPECT_EQ(loader.take_skipped().size(), 10U);
}

TEST(Loader, StopsWhenMoreThanTheCapWereSkipped) {
  const FakeDataset dataset(19, damage({1, 4, 12}));
  Loader allowed = Loader::evaluation(dataset, skipping(3));
  Loader capped = Loader::evaluation(dataset, skipping(2));

  EXPECT_EQ(error_of(allowed, 4), "no error");
  EXPECT_THAT(error_of(capped, 4), testing::AllOf(HasSubstr("more than data.max_corrupt = 2"), HasSubstr("fake picture 12: damaged")));
  EXPECT_EQ(capped.take_skipped().size(), 3U);
}

TEST(Loader, StopsWhenNothingCanBeRead) {
  const FakeDataset dataset(5, damage({0, 1, 2, 3, 4}));
  Loader loader = Loader::train(dataset, skipping(100), 0);

  EXPECT_THAT(error_of(loader, 1), HasSubstr("none of the 5 samples can be read"));
}

TEST(Loader, PairsNeighboursForMixUp) {
  const FakeDataset dataset(37);
  LoaderOptions options = small();
  options.data.mixup = 0.5;
  Loader loader = Loader::train(dataset, options, 5);

  const Batch batch = *loader.next();

  const std::vector<int64_t> labels = values(batch.targets.labels), partners = values(batch.targets.partner_labels);
  EXPECT_THAT(partners, ElementsAre(labels[1], labels[0], labels[3], labels[2], labels[5], labels[4], labels[7], labels[6]));
  const float* lambda = batch.targets.lambda.data_ptr<float>();
  for (int64_t row = 0; row < 8; ++row) EXPECT_EQ(lambda[row], mixup_lambda(options.data, 3, TrainOrder(37, 3).at(5 * 8 + row / 2 * 2))) << row;
  EXPECT_NE(lambda[0], lambda[2]);
}

TEST(Loader, DoesNotMixInEvaluation) {
  const FakeDataset dataset(19);
  LoaderOptions options = small();
  options.data.mixup = 0.5;
  Loader loader = Loader::evaluation(dataset, options);

  EXPECT_FALSE(loader.next()->targets.lambda.defined());
}

TEST(Loader, RefusesOptionsThatContradictEachOther) {
  const FakeDataset dataset(19), empty(0);
  LoaderOptions odd = small(), crowded = small(), crop = small();
  odd.batch = 7;
  odd.data.mixup = 0.2;
  crowded.world = {.rank = 0, .size = 9};
  crop.data.eval_resize = 5;

  EXPECT_THROW(Loader::train(dataset, odd, 0), Error);
  EXPECT_THROW(Loader::train(dataset, crowded, 0), Error);
  EXPECT_THROW(Loader::train(dataset, crop, 0), Error);
  EXPECT_THROW(Loader::train(empty, small(), 0), Error);
}

TEST(Loader, UsesItsBuffersAgain) {
  const FakeDataset dataset(37);
  Loader loader = Loader::train(dataset, small(), 0);
  std::set<void*> buffers;

  for (int i = 0; i < 50; ++i) buffers.insert(loader.next()->images.data_ptr());

  EXPECT_LE(buffers.size(), 4U);  // the window of 3 and the one in the consumer's hands
}

TEST(Loader, NeverWritesIntoABatchThatIsHeld) {
  const FakeDataset dataset(37);
  Loader loader = Loader::train(dataset, small(), 0);
  const Batch held = *loader.next();
  const Tensor view = slice(*loader.next(), 2, 4).images;
  const std::vector<uint8_t> held_before = bytes_of(held.images), view_before = bytes_of(view);

  for (int i = 0; i < 20; ++i) loader.next();

  EXPECT_EQ(bytes_of(held.images), held_before);
  EXPECT_EQ(bytes_of(view), view_before);
}

TEST(Loader, GivesExactFloatsWhenAsked) {
  const FakeDataset dataset(37);
  LoaderOptions exact = small();
  exact.data.pixels = Pixels::kFloat32;
  Loader bytes = Loader::train(dataset, small(), 0), floats = Loader::train(dataset, exact, 0);

  const Tensor rounded = bytes.next()->images, levels = floats.next()->images;

  EXPECT_EQ(rounded.scalar_type(), at::kByte);
  EXPECT_EQ(levels.scalar_type(), at::kFloat);
  EXPECT_LE((levels - rounded.to(at::kFloat)).abs().max().item<float>(), 0.51F);  // half a level, and the arithmetic's own error
}

TEST(Loader, EndsWithoutPreparingTheWholeWindow) {
  std::atomic<int64_t> count = 0;
  const FakeDataset dataset(100'000, [&](int64_t) { ++count; });
  LoaderOptions options = small();
  options.batch = 10'000;
  options.prefetch = 10;
  { const Loader loader = Loader::train(dataset, options, 0); }

  EXPECT_LT(count, 50'000);  // of 100,000 pushed
}

TEST(Loader, MeasuresTheTimeThatTheConsumerWaited) {
  const FakeDataset dataset(37, [](int64_t) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    while (std::chrono::steady_clock::now() < end) {
    }
  });
  Loader loader = Loader::train(dataset, small(1), 0);

  loader.next();

  EXPECT_GT(loader.take_wait_seconds(), 0.001);  // 8 pictures of 2 ms each
  EXPECT_EQ(loader.take_wait_seconds(), 0);
}

TEST(Slice, IsAViewOfTheRows) {
  const FakeDataset dataset(19);
  Loader loader = Loader::evaluation(dataset, small());
  const Batch batch = *loader.next();

  const Batch part = slice(batch, 2, 5);

  EXPECT_THAT(part.samples, ElementsAre(2, 3, 4));
  EXPECT_THAT(values(part.targets.labels), ElementsAre(2, 3, 4));
  EXPECT_EQ(part.images.data_ptr<uint8_t>(), batch.images.data_ptr<uint8_t>() + 2 * 6 * 6 * 3);
  EXPECT_THROW(slice(batch, 3, 9), Error);
}

TEST(Slice, RefusesToCutPairs) {
  const FakeDataset dataset(19);
  LoaderOptions options = small();
  options.data.mixup = 0.2;
  Loader loader = Loader::train(dataset, options, 0);
  const Batch batch = *loader.next();

  EXPECT_EQ(slice(batch, 2, 6).targets.lambda.numel(), 4);
  EXPECT_THROW(slice(batch, 1, 5), Error);
}

}  // namespace
}  // namespace fovea::data
