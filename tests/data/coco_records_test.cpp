#include "fovea/data/coco_records.h"

#include "tests/data/coco_pictures.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fovea::data {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr box::Box kMiddle{.y0 = 0.25F, .x0 = 0.25F, .y1 = 0.75F, .x1 = 0.5F};

io::Example record_of(int64_t source_id, const std::vector<Object>& objects, const std::vector<std::string>& names) {
  return box_example({.source_id = source_id, .size = {.width = 12, .height = 8}, .objects = objects, .names = names}, "a.jpg", jpeg(1));
}

OpenedDataset open(const TemporaryFolder& folder, Split split = Split::kTrain, const OpenOptions& options = {}) {
  return open_dataset(folder.path().string(), split, options);
}

/// Training: picture 7 with a dog and a crowd of cats; picture 8 without boxes. Validation: picture 9 with a dog.
void put_small_set(const TemporaryFolder& folder) {
  put(folder, "train-00000-of-00002.tfrecord",
      framed(record_of(7, {{.box = kMiddle, .class_id = 17, .area = 20}, {.box = {0, 0, 1, 1}, .class_id = 3, .area = 96, .is_crowd = true}}, {"dog", "cat"})));
  put(folder, "train-00001-of-00002.tfrecord", framed(record_of(8, {}, {})));
  put(folder, "val-00000-of-00001.tfrecord", framed(record_of(9, {{.box = kMiddle, .class_id = 17, .area = 20}}, {"dog"})));
}

TEST(CocoRecords, AreRecognisedByTheirKeys) {
  const TemporaryFolder folder;
  put_small_set(folder);

  const auto train = open(folder).dataset;
  const OpenedDataset validation = open(folder, Split::kValidation);

  EXPECT_EQ(train->info().task, Task::kDetect);
  EXPECT_THAT(train->info().class_names, ElementsAre("background", "cat", "dog"));
  EXPECT_THAT(train->info().class_ids, ElementsAre(0, 3, 17));
  EXPECT_EQ(train->info().source, fmt::format("TFRecords {} with boxes in 2 files: 1 picture, 2 boxes, 2 classes; 1 picture without boxes left out",
                                              (folder / "train-*-of-00002.tfrecord").string()));
  const Sample sample = train->get(0);
  EXPECT_EQ(text_of(sample), jpeg(1));
  EXPECT_EQ(sample.source_id, 7);
  ASSERT_THAT(sample.objects, SizeIs(2));
  EXPECT_EQ(sample.objects[0].box, kMiddle);
  EXPECT_EQ(sample.objects[0].class_id, 2);
  EXPECT_EQ(sample.objects[0].area, 20);
  EXPECT_TRUE(sample.objects[1].is_crowd);
  EXPECT_EQ(train->place(0), fmt::format("{}: record 0 at byte 0", (folder / "train-00000-of-00002.tfrecord").string()));
  EXPECT_EQ(validation.dataset->info().class_ids, train->info().class_ids);
  EXPECT_EQ(validation.dataset->get(0).objects.front().class_id, 2);
  EXPECT_THAT(validation.warnings, ElementsAre(HasSubstr("1 of the training classes: cat")));
}

TEST(CocoRecords, NeedNoMoreThanBoxesAndLabels) {
  const TemporaryFolder folder;
  io::Example example = record_of(7, {{.box = kMiddle, .class_id = 3, .area = 20}}, {"cat"});
  for (const char* key : {"image/object/class/text", "image/object/is_crowd", "image/object/area", "image/source_id", "image/key/sha256"})
    example.features.erase(key);
  example.features["image/object/mask"] = io::BytesList{std::string(10'000, 'm')};
  put(folder, "train-00000-of-00001", framed(example));

  const auto train = open(folder).dataset;
  const Sample sample = train->get(0);

  EXPECT_THAT(train->info().class_names, ElementsAre("background", "class 3"));
  EXPECT_EQ(sample.source_id, 1);
  EXPECT_FALSE(sample.objects.front().is_crowd);
  EXPECT_EQ(sample.objects.front().area, 0.5 * 0.25 * 12 * 8);
}

TEST(CocoRecords, OfCaptionsHaveNothingToLearn) {
  const TemporaryFolder folder;
  io::Example example = record_of(7, {}, {});
  example.features["image/caption"] = io::BytesList{"a cat"};
  put(folder, "train-00000-of-00001", framed(example));

  const auto error = test::error_of([&] { open(folder); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("has no boxes to train on"));
  EXPECT_THAT(error->advice(), HasSubstr("captions_*.json has none"));
}

TEST(CocoRecords, FaultyRecordsStopOrAreLeftOut) {
  const TemporaryFolder folder;
  io::Example uneven = record_of(8, {{.box = kMiddle, .class_id = 3, .area = 20}}, {"cat"});
  uneven.features["image/object/class/label"] = io::Int64List{3, 3};
  const io::Example good = record_of(7, {{.box = kMiddle, .class_id = 3, .area = 20}}, {"cat"});
  put(folder, "train-00000-of-00001", framed(good) + framed(uneven));

  EXPECT_THAT(message_of([&] { open(folder); }),
              AllOf(HasSubstr("record 1 at byte"), HasSubstr("image/object/bbox/xmin has 1 values, image/object/class/label has 2: expected as many of each")));
  const OpenedDataset opened = open(folder, Split::kTrain, {.on_damage = OpenOptions::OnDamage::kSkip});
  EXPECT_EQ(opened.dataset->size(), 1);
  EXPECT_THAT(opened.damage, ElementsAre(HasSubstr("record 1 at byte")));
}

TEST(CocoRecords, BoxesThatAreNotNumbersAreLeftOutAndCounted) {
  const TemporaryFolder folder;
  box::Box no_number = kMiddle;
  no_number.x0 = std::nanf("");
  put(folder, "train-00000-of-00001", framed(record_of(7, {{.box = no_number, .class_id = 3}, {.box = kMiddle, .class_id = 3}}, {"cat", "cat"})));

  const OpenedDataset opened = open(folder);

  EXPECT_THAT(opened.dataset->get(0).objects, SizeIs(1));
  EXPECT_THAT(opened.warnings, ElementsAre(HasSubstr("1 box with a coordinate that is not finite is left out, the first in")));
}

// A flipped bit in a class must not become a class: the scan looks at no checksum.
TEST(CocoRecords, AClassOfADamagedRecordIsNotBelieved) {
  const TemporaryFolder folder;
  const std::string good = framed(record_of(7, {{.box = kMiddle, .class_id = 3, .area = 20}}, {"cat"}));
  std::string damaged = framed(record_of(8, {{.box = kMiddle, .class_id = 99, .area = 20}}, {"cat"}));
  damaged.back() = static_cast<char>(damaged.back() ^ 1);  // the checksum stands for any byte
  put(folder, "train-00000-of-00001", good + damaged);

  EXPECT_THAT(message_of([&] { open(folder); }), AllOf(HasSubstr("record 1 at byte"), HasSubstr("data CRC")));
  const OpenedDataset opened = open(folder, Split::kTrain, {.on_damage = OpenOptions::OnDamage::kSkip});
  EXPECT_THAT(opened.dataset->info().class_ids, ElementsAre(0, 3));
  EXPECT_EQ(opened.dataset->size(), 1);
}

TEST(CocoRecords, NoRecordThatIsCutOrFlippedCrashes) {
  const TemporaryFolder folder;
  const std::string whole = framed(record_of(7, {{.box = kMiddle, .class_id = 3, .area = 20}}, {"cat"}));
  for (size_t size = 0; size < whole.size(); size += 7) {
    put(folder, "train-00000-of-00001", whole.substr(0, size));
    EXPECT_NE(message_of([&] { open(folder); }), "no error");
  }
  for (size_t at = 12; at < whole.size(); at += 3) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    put(folder, "train-00000-of-00001", flipped);
    EXPECT_NE(message_of([&] { static_cast<void>(open(folder).dataset->get(0)); }), "no error");
  }
}

TEST(CocoRecords, SayTheSameFromTheCacheAndWithADamagedOne) {
  const TemporaryFolder folder;
  put_small_set(folder);
  const OpenOptions options{.index_cache = folder / "index"};
  const auto before = open(folder, Split::kTrain, options).dataset;
  ASSERT_TRUE(fs::exists(folder / "index.boxes"));

  const auto after = open(folder, Split::kTrain, options).dataset;
  put(folder, "index.boxes", "damaged");
  const auto again = open(folder, Split::kTrain, options).dataset;

  for (const Dataset* other : {after.get(), again.get()}) {
    EXPECT_EQ(other->info().fingerprint, before->info().fingerprint);
    EXPECT_EQ(other->info().class_names, before->info().class_names);
    EXPECT_EQ(other->info().source, before->info().source);
    EXPECT_EQ(text_of(other->get(0)), jpeg(1));
  }
}

TEST(CocoRecords, RefuseValidationWithOtherClasses) {
  const TemporaryFolder folder;
  put_small_set(folder);
  put(folder, "val-00000-of-00001.tfrecord", framed(record_of(9, {{.box = kMiddle, .class_id = 18, .area = 20}}, {"dog"})));

  EXPECT_THAT(message_of([&] { open(folder, Split::kValidation); }), HasSubstr("18 \"dog\" is not in training"));
}

}  // namespace
}  // namespace fovea::data
