#include "fovea/data/bench_input.h"

#include "fovea/base/error.h"
#include "fovea/image/decode.h"
#include "fovea/io/json.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace fovea::data {
namespace {

/// The same sample at every index.
class OneSampleDataset final : public Dataset {
 public:
  OneSampleDataset(int64_t size, Sample sample) : size_(size), sample_(std::move(sample)) { info_.source = "one sample"; }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return size_; }
  [[nodiscard]] Sample get(int64_t) const override { return sample_; }
  [[nodiscard]] std::string place(int64_t index) const override { return fmt::format("sample {}", index); }

 private:
  int64_t size_;
  Sample sample_;
  DatasetInfo info_;
};

std::vector<std::string> stage_names(const InputBench& bench) {
  std::vector<std::string> names;
  for (const StageRate& stage : bench.stages) names.push_back(stage.name);
  return names;
}

InputBenchOptions small() { return {.data = {.image_size = 16, .eval_resize = 16}, .pictures = 8, .repeats = 3}; }

TEST(InputBench, MeasuresEveryStageOfEncodedPictures) {
  const OneSampleDataset dataset(100, {.encoded = image::encode_jpeg(image::Image(50, 40), 90)});

  const InputBench bench = bench_input(dataset, small());

  EXPECT_THAT(stage_names(bench), testing::ElementsAre("read", "decode", "crop", "resample", "all"));
  for (const StageRate& stage : bench.stages) EXPECT_GE(stage.best, stage.median) << stage.name;
  EXPECT_EQ(bench.pictures, 8);
  EXPECT_DOUBLE_EQ(bench.mean_megapixels, 0.002);  // 50 * 40 / 1e6
}

TEST(InputBench, LeavesOutDecodingOfPicturesThatAreNotEncoded) {
  const OneSampleDataset dataset(5, {.picture = std::make_shared<image::Image>(50, 40)});

  const InputBench bench = bench_input(dataset, small());

  EXPECT_THAT(stage_names(bench), testing::ElementsAre("read", "resample", "all"));
  EXPECT_EQ(bench.pictures, 5);
  EXPECT_EQ(bench.mean_kilobytes, 0);
}

TEST(InputBench, NamesThePlaceOfADamagedPicture) {
  const OneSampleDataset dataset(5, {.encoded = std::vector<std::byte>(100)});

  EXPECT_THAT(test::message_of([&] { bench_input(dataset, small()); }), testing::StartsWith("sample 0: "));
}

TEST(InputBench, RefusesAnEmptySet) {
  const OneSampleDataset dataset(0, {});

  EXPECT_THROW(bench_input(dataset, small()), Error);
}

TEST(InputBench, IsWrittenAsJsonAndAsATable) {
  const InputBench bench{.source = "made up",
                         .pictures = 4,
                         .repeats = 2,
                         .mean_megapixels = 0.3,
                         .mean_kilobytes = 25,
                         .stages = {{.name = "decode", .best = 1200.4, .median = 1100}}};

  const io::Json json = io::parse_json(to_json(bench), "bench");

  EXPECT_EQ(json["pictures"], 4);
  EXPECT_EQ(json["stages"]["decode"]["img_per_s_best"], 1200.4);
  EXPECT_EQ(json["stages"]["decode"]["img_per_s_median"], 1100.0);
  EXPECT_THAT(to_table(bench), testing::ContainsRegex("decode +decode all of it +1,200 +1,100"));
}

}  // namespace
}  // namespace fovea::data
