// What the loader does about samples that cannot be read.
#include "fovea/data/loader.h"
#include "tests/data/fake_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fovea::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LoaderDamage, ThrowsTheFirstErrorInBatchOrder) {
  // two damaged samples in one batch and one in the next: always the first row's
  const TrainOrder order(37, 3);
  const int64_t first = order.at(8 + 3).sample;
  const FakeDataset dataset(37, damage({first, order.at(8 + 4).sample, order.at(16).sample}));
  for (int trial = 0; trial < 30; ++trial) {
    SCOPED_TRACE(trial);
    Loader loader = Loader::train(dataset, small(5), 0);

    ASSERT_TRUE(loader.next().has_value());
    EXPECT_EQ(message_of(loader, 1), fmt::format("fake picture {}: damaged", first));
    EXPECT_EQ(message_of(loader, 1), fmt::format("fake picture {}: damaged", first));  // and again
  }
}

TEST(LoaderDamage, NamesThePlaceOfAPictureThatCannotBeDecoded) {
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

  EXPECT_THAT(message_of(loader, 1), testing::StartsWith("folder/0.jpg: "));
}

TEST(LoaderDamage, StopsAtErrorsThatAreNotDamageWhateverThePolicy) {
  const FakeDataset dataset(9, [](int64_t index) {
    if (index == 3) fail(ErrorCode::kIo, "disk gone");
  });
  Loader loader = Loader::evaluation(dataset, skipping());

  EXPECT_EQ(message_of(loader, 1), "disk gone");
}

TEST(LoaderDamage, ReplacesSkippedSamplesInTraining) {
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

TEST(LoaderDamage, LeavesSkippedSamplesOutInEvaluation) {
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

TEST(LoaderDamage, StopsWhenMoreThanTheCapWereSkipped) {
  const FakeDataset dataset(19, damage({1, 4, 12}));
  Loader allowed = Loader::evaluation(dataset, skipping(3));
  Loader capped = Loader::evaluation(dataset, skipping(2));

  EXPECT_EQ(message_of(allowed, 4), "no error");
  EXPECT_THAT(message_of(capped, 4), testing::AllOf(HasSubstr("more than data.max_corrupt = 2"), HasSubstr("fake picture 12: damaged")));
  EXPECT_EQ(capped.take_skipped().size(), 3U);
}

TEST(LoaderDamage, CountsASampleOnceHoweverOftenItIsMet) {
  const FakeDataset dataset(19, damage({1, 4}));
  Loader loader = Loader::train(dataset, skipping(2), 0);

  EXPECT_EQ(message_of(loader, 30), "no error");     // 240 pictures: each sample is met in 12 permutations
  EXPECT_GT(loader.take_skipped().size(), 2U * 10);  // and said each time
}

TEST(LoaderDamage, SkipsAPictureThatWentMissing) {
  const FakeDataset dataset(9, [](int64_t index) {
    if (index == 3) fail(ErrorCode::kMissing, "cannot open \"3.jpg\"");
  });
  Loader strict = Loader::evaluation(dataset, small());
  Loader lenient = Loader::evaluation(dataset, skipping());

  const Content batch = content(*lenient.next());

  EXPECT_EQ(message_of(strict, 1), "cannot open \"3.jpg\"");
  EXPECT_THAT(batch.samples, ElementsAre(0, 1, 2, 4, 5, 6, 7));
}

TEST(LoaderDamage, StopsWhenNothingCanBeRead) {
  const FakeDataset dataset(5, damage({0, 1, 2, 3, 4}));
  Loader loader = Loader::train(dataset, skipping(100), 0);

  EXPECT_THAT(message_of(loader, 1), HasSubstr("none of the 5 samples can be read"));
}

}  // namespace
}  // namespace fovea::data
