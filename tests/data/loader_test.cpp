#include "fovea/data/loader.h"

#include "fovea/data/augment.h"
#include "tests/data/fake_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace fovea::data {
namespace {

using testing::ElementsAre;

/// Does a thread of this process wait for something? The state stands behind the name in brackets (proc(5), /proc/pid/stat).
bool is_asleep(pid_t thread) {
  std::ifstream file(fmt::format("/proc/self/task/{}/stat", thread));
  std::string text;
  std::getline(file, text);
  const size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.substr(name_end).starts_with(") S");
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
  const pid_t owner = ::gettid();
  std::atomic<int64_t> count = 0;
  // Held up until the destructor waits for the workers, which it has told to stop by then; else a fast machine could prepare all before it begins.
  const FakeDataset dataset(100'000, [&](int64_t) {
    ++count;
    while (!is_asleep(owner)) std::this_thread::yield();
  });
  LoaderOptions options = small();
  options.batch = 10'000;
  options.prefetch = 10;
  { const Loader loader = Loader::train(dataset, options, 0); }

  EXPECT_LT(count, 50'000);  // of 100,000 pushed
}

TEST(Loader, MeasuresTheTimeThatTheConsumerWaited) {
  const pid_t consumer = ::gettid();
  enum class Phase { kBefore, kAsking, kAfter };
  std::atomic<Phase> phase = Phase::kBefore;
  const FakeDataset dataset(37, [&](int64_t) {
    while (phase == Phase::kBefore || (phase == Phase::kAsking && !is_asleep(consumer))) std::this_thread::yield();
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    while (phase == Phase::kAsking && std::chrono::steady_clock::now() < end) {
    }
  });
  Loader loader = Loader::train(dataset, small(1), 0);

  phase = Phase::kAsking;
  loader.next();
  phase = Phase::kAfter;

  EXPECT_GT(loader.take_wait_seconds(), 0.001);  // 2 ms or more for each of 8 pictures, none of which began before the consumer waited
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
