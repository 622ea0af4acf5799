#include "fovea/data/decoded_cache.h"

#include "tests/data/fake_dataset.h"
#include "tests/data/pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fovea::data {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

/// JPEGs of 40 x 30 pixels; counts how often each is read. `cut` has lost its second half.
class Jpegs final : public Dataset {
 public:
  explicit Jpegs(int64_t size, int64_t cut = -1) : cut_(cut), reads(static_cast<size_t>(size)) {
    info_.source = "jpegs";
    info_.num_outputs = 10;
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return static_cast<int64_t>(reads.size()); }
  [[nodiscard]] std::string place(int64_t index) const override { return fmt::format("{}.jpg", index); }
  [[nodiscard]] std::optional<int64_t> known_label(int64_t index) const override { return index % 10; }
  [[nodiscard]] Sample get(int64_t index) const override {
    {
      const std::scoped_lock lock(mutex_);
      ++reads[static_cast<size_t>(index)];
    }
    image::Image picture = test_picture(40, 30);
    picture.pixels[0] = static_cast<uint8_t>(40 * index);
    std::vector<std::byte> encoded = image::encode_jpeg(picture, 90);
    if (index == cut_) encoded.resize(encoded.size() / 2);
    return {.encoded = std::move(encoded), .label = index % 10};
  }

 private:
  int64_t cut_;
  DatasetInfo info_;
  mutable std::mutex mutex_;

 public:
  mutable std::vector<int> reads;
};

constexpr int64_t kPictureBytes = 40 * 30 * 3;

struct Cached {
  std::vector<std::string> warnings;
  Log log{[this](LogLevel, std::string_view line) { warnings.emplace_back(line); }};
  Jpegs* source = nullptr;
  std::unique_ptr<Dataset> dataset;

  Cached(int64_t size, int64_t budget, int64_t cut = -1) {
    auto jpegs = std::make_unique<Jpegs>(size, cut);
    source = jpegs.get();
    dataset = keep_decoded(std::move(jpegs), {}, budget, log);
  }
};

TEST(DecodedCache, GivesTheSameBatchesAndReadsEachPictureOnce) {
  Cached cached(12, 12 * kPictureBytes);
  const LoaderOptions options = small(1);  // one worker: two that meet at a picture may both read it

  const std::vector<Content> kept = train_batches(*cached.dataset, options, 0, 9);  // six epochs

  EXPECT_EQ(kept, train_batches(Jpegs(12), options, 0, 9));
  EXPECT_EQ(cached.source->reads, std::vector<int>(12, 1));
  EXPECT_THAT(cached.warnings, SizeIs(0));
}

TEST(DecodedCache, CountsAPictureOnceThatManyThreadsMeet) {
  const Cached cached(2, 2 * kPictureBytes);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([&] { cached.dataset->get(0); });
  }

  EXPECT_NE(cached.dataset->get(1).picture, nullptr);  // there is room for it
  EXPECT_NE(cached.dataset->get(0).picture, nullptr);
}

TEST(DecodedCache, PassesOnWhatItDoesNotKeep) {
  const Cached cached(3, 0);

  EXPECT_EQ(cached.dataset->info().source, "jpegs");
  EXPECT_EQ(cached.dataset->place(2), "2.jpg");
  EXPECT_EQ(cached.dataset->known_label(2), 2);
  EXPECT_EQ(cached.dataset->size(), 3);
}

TEST(DecodedCache, KeepsToItsBudgetAndSaysOnceThatItIsTooSmall) {
  const Cached cached(4, 2 * kPictureBytes);

  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE(round);
    for (int64_t i = 0; i < 4; ++i) EXPECT_EQ(cached.dataset->get(i).label, i);
  }

  EXPECT_THAT(cached.source->reads, ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(cached.warnings, ElementsAre("decoded pictures take more memory than estimated: 2 of 4 are kept, the others are decoded each time"));
}

TEST(DecodedCache, LeavesADamagedPictureEncoded) {
  const Cached cached(2, 2 * kPictureBytes, 1);

  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE(round);
    EXPECT_TRUE(cached.dataset->get(0).encoded.empty());
    const Sample damaged = cached.dataset->get(1);
    EXPECT_EQ(damaged.picture, nullptr);
    EXPECT_EQ(damaged.encoded, Jpegs(2, 1).get(1).encoded);
  }
}

TEST(DecodedCache, EstimatesFromHeaders) {
  EXPECT_EQ(decoded_bytes(Jpegs(300), {}), 300 * kPictureBytes);
  EXPECT_EQ(decoded_bytes(FakeDataset(300), {}), 0);  // nothing to decode
  const FakeDataset damaged(3, damage({0, 1, 2}));
  EXPECT_EQ(decoded_bytes(damaged, {}), 0);
}

}  // namespace
}  // namespace fovea::data
