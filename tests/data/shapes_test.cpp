#include "fovea/data/shapes.h"

#include "fovea/data/dataset.h"
#include "tests/data/samples.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stop_token>

namespace fovea::data {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::SizeIs;

const ShapesOptions kSmall{.seed = 3, .train = 64, .val = 8, .size = 16, .threads = 2, .stop = {}, .progress = {}};

TEST(Shapes, AreReadableAsFoldersAndAsRecords) {
  const TemporaryFolder folder;

  make_shapes(folder.path(), kSmall);
  const auto pictures = open_dataset((folder / "pictures").string(), Split::kTrain, {}).dataset;
  const auto records = open_dataset((folder / "records").string(), Split::kTrain, {}).dataset;
  const auto validation = open_dataset((folder / "records").string(), Split::kValidation, {}).dataset;
  const auto both = open_dataset(folder.path().string(), Split::kTrain, {}).dataset;

  EXPECT_EQ(pictures->size(), 64);
  EXPECT_EQ(records->size(), 64);
  EXPECT_EQ(validation->size(), 8);
  EXPECT_EQ(records->info().class_names, pictures->info().class_names);
  EXPECT_THAT(records->info().class_names, SizeIs(8));
  EXPECT_EQ(both->info().source, records->info().source);
  std::vector<int64_t> labels = labels_of(*records);
  std::sort(labels.begin(), labels.end());
  EXPECT_EQ(labels, labels_of(*pictures));
}

TEST(Shapes, HaveTheSameBytesForTheSameSeed) {
  const TemporaryFolder folder;
  ShapesOptions other = kSmall;
  other.threads = 1;

  make_shapes(folder / "one", kSmall);
  make_shapes(folder / "two", other);
  other.seed = 4;
  make_shapes(folder / "three", other);

  const std::string name = "records/train-00000-of-00001";
  EXPECT_EQ(read_text(folder / "one" / name), read_text(folder / "two" / name));
  EXPECT_NE(read_text(folder / "one" / name), read_text(folder / "three" / name));
}

/// Share of pixels that stand apart from the corners' colour, of a large picture with little noise.
double covered_share(int64_t class_id, uint64_t picture) {
  const image::Image shape = draw_shape(class_id, 64, 1, picture);
  int64_t apart = 0;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      int distance = 0;
      for (int c = 0; c < 3; ++c) distance += std::abs(shape.row(y)[3 * x + c] - shape.row(0)[c]);
      apart += distance > 110 ? 1 : 0;
    }
  }
  return static_cast<double>(apart) / (64 * 64);
}

// Areas in units of radius^2, by hand: circle 0.81 pi = 2.54, bar 4 * 0.95 * 0.24 = 0.91; the same picture number has the same radius and
// colours, so the shares are in that proportion.
TEST(Shapes, CoverTheAreaOfTheirClass) {
  double ratio = 0;
  for (uint64_t picture = 0; picture < 20; ++picture) ratio += covered_share(1, picture) / covered_share(0, picture) / 20;

  EXPECT_NEAR(ratio, 2.54 / 0.91, 0.5);  // edges and texture blur the count
}

TEST(Shapes, RefuseAFolderInUse) {
  const TemporaryFolder folder;
  put(folder, "mine.txt", "x");

  EXPECT_THAT(message_of([&] { make_shapes(folder.path(), kSmall); }), HasSubstr("exists and is not an empty folder"));
}

TEST(Shapes, RefuseAnAbsurdSide) {
  const TemporaryFolder folder;
  for (const int64_t size : {int64_t{7}, int64_t{1025}, INT64_MAX}) {
    SCOPED_TRACE(size);
    ShapesOptions options = kSmall;
    options.size = size;

    EXPECT_EQ(message_of([&] { make_shapes(folder / "shapes", options); }), fmt::format("the side of the pictures must be in [8, 1024], found {}", size));
  }
}

TEST(Shapes, LeaveNothingWhenStopped) {
  const TemporaryFolder folder;
  std::stop_source stop;
  ShapesOptions options = kSmall;
  options.stop = stop.get_token();
  options.progress = [&](int64_t done, int64_t) {
    if (done == 5) stop.request_stop();
  };

  EXPECT_THAT(message_of([&] { make_shapes(folder / "shapes", options); }), HasSubstr("stopped before all pictures were made"));
  EXPECT_FALSE(fs::exists(folder / "shapes"));
}

}  // namespace
}  // namespace fovea::data
