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

TEST(Shapes, ComeWithBoxesForDetection) {
  const TemporaryFolder folder;
  const ShapesOptions options{.seed = 3, .boxes = true, .train = 16, .val = 8, .threads = 2};
  ShapesOptions other = options;
  other.threads = 1;

  make_shapes(folder / "one", options);
  make_shapes(folder / "two", other);
  const OpenedDataset train = open_dataset((folder / "one/pictures").string(), Split::kTrain, {});
  const OpenedDataset validation = open_dataset((folder / "one/pictures").string(), Split::kValidation, {.training = train.dataset.get()});

  EXPECT_EQ(train.dataset->size(), 16);
  EXPECT_EQ(validation.dataset->size(), 8);
  EXPECT_THAT(train.dataset->info().class_names, testing::ElementsAre("background", "circle", "square", "triangle"));
  EXPECT_THAT(train.warnings, testing::IsEmpty());
  for (int64_t i = 0; i < 16; ++i) EXPECT_THAT(train.dataset->get(i).objects, SizeIs(testing::AllOf(testing::Ge(1U), testing::Le(4U))));
  for (const char* name : {"pictures/instances_train.json", "pictures/train/0003.jpg"})
    EXPECT_EQ(read_text(folder / "one" / name), read_text(folder / "two" / name));
}

/// Area and box of a shape by hand: a circle of radius r has the box 2r, 2r turned any way, and pi / 4 of its area; a triangle half of its box when not turned.
TEST(Shapes, BoxesFitTheirShapes) {
  int circles = 0;
  for (uint64_t picture = 0; picture < 12; ++picture) {
    const Scene scene = draw_scene(1, picture);
    for (const DrawnShape& shape : scene.shapes) {
      EXPECT_GE(shape.x0, 0);
      EXPECT_GE(shape.y0, 0);
      EXPECT_LE(shape.x1, scene.picture.width);
      EXPECT_LE(shape.y1, scene.picture.height);
      const double width = shape.x1 - shape.x0, height = shape.y1 - shape.y0;
      EXPECT_GT(shape.area / (width * height), 0.35);
      if (shape.class_id != 1) continue;
      ++circles;
      EXPECT_NEAR(width, height, 0.6);
      EXPECT_NEAR(shape.area / (width * height), 0.7854, 0.03);
    }
  }
  EXPECT_GT(circles, 3);
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

TEST(Shapes, NeedAPictureForEachKind) {
  const TemporaryFolder folder;
  ShapesOptions options{.boxes = true, .train = 2, .val = 3, .threads = 1};
  EXPECT_EQ(message_of([&] { make_shapes(folder / "few", options); }), "2 training and 3 validation pictures are too few: there are 3 classes");

  options.train = 3;
  EXPECT_NO_THROW(make_shapes(folder / "enough", options));
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
