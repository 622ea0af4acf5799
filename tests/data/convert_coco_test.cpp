#include "fovea/data/convert.h"
#include "fovea/data/dataset.h"
#include "tests/data/coco_pictures.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace fovea::data {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ConvertResult convert(const TemporaryFolder& folder, const ConvertOptions& options = {}) {
  return convert_dataset(ConvertKind::kCoco, folder / "in", folder / "out", options);
}

/// The examples of one file, in order.
std::vector<io::Example> examples_in(const fs::path& path) {
  const InputFile file(path);
  std::vector<io::Example> examples;
  for (const io::RecordPlace place : io::scan_records(path).records)
    examples.push_back(io::parse_example(io::read_record(file, place, static_cast<int64_t>(examples.size()))));
  return examples;
}

/// Five pictures p0.jpg … with a box each, p2.jpg without, one of them a crowd.
void put_five(const TemporaryFolder& folder) {
  CocoFile file = cats_and_dogs();
  for (int i = 0; i < 5; ++i) {
    const std::string name = fmt::format("p{}.jpg", i);
    put(folder, "in/train/" + name, jpeg(i));
    file.picture(name);
    if (i != 2) file.box(i % 2 == 0 ? 3 : 17, {1, 2, 3.0 + i, 4}, i == 4);
  }
  put(folder, "in/instances_train.json", file.text());
}

TEST(ConvertCoco, WritesTheKeysOfTheReference) {
  const TemporaryFolder folder;
  put_five(folder);

  const ConvertResult result = convert(folder, {.shards = {.train = 2, .validation = 0}});

  EXPECT_TRUE(result.is_complete);
  EXPECT_EQ(result.pictures, 4);
  EXPECT_EQ(result.boxes.kept, 4);
  EXPECT_EQ(result.boxes.crowd, 1);
  EXPECT_EQ(result.boxes.without_boxes, 1);
  const std::vector<io::Example> first = examples_in(folder / "out/train-00000-of-00002.tfrecord");
  const std::vector<io::Example> second = examples_in(folder / "out/train-00001-of-00002.tfrecord");
  ASSERT_EQ(first.size(), 2U);
  io::Example expected;  // by hand from spec 3.7; the digest from Python's hashlib is compared in the reader's test of SHA-256
  expected.features["image/height"] = io::Int64List{8};
  expected.features["image/width"] = io::Int64List{12};
  expected.features["image/filename"] = io::BytesList{"p0.jpg"};
  expected.features["image/source_id"] = io::BytesList{"1"};
  expected.features["image/key/sha256"] = first[0].features.at("image/key/sha256");
  expected.features["image/encoded"] = io::BytesList{jpeg(0)};
  expected.features["image/format"] = io::BytesList{"jpeg"};
  expected.features["image/object/bbox/xmin"] = io::FloatList{1.0F / 12};
  expected.features["image/object/bbox/xmax"] = io::FloatList{4.0F / 12};
  expected.features["image/object/bbox/ymin"] = io::FloatList{0.25F};
  expected.features["image/object/bbox/ymax"] = io::FloatList{0.75F};
  expected.features["image/object/class/label"] = io::Int64List{3};
  expected.features["image/object/class/text"] = io::BytesList{"cat"};
  expected.features["image/object/is_crowd"] = io::Int64List{0};
  expected.features["image/object/area"] = io::FloatList{6};
  EXPECT_EQ(first[0], expected);
  const auto id = [](const io::Example& example) { return example.bytes("image/source_id")->front(); };
  EXPECT_EQ(id(first[1]), "4");  // dealt in turn, without the one that has no boxes: 1, 2, 4, 5
  EXPECT_EQ(id(second[0]), "2");
  EXPECT_EQ(id(second[1]), "5");
}

TEST(ConvertCoco, RecordsGiveWhatThePicturesGive) {
  const TemporaryFolder folder;
  {
    const TemporaryFolder made;
    put_cats_and_dogs(made);
    fs::copy(made.path(), folder / "in", fs::copy_options::recursive);
  }

  convert(folder);

  for (const Split split : {Split::kTrain, Split::kValidation}) {
    const auto pictures = open_dataset((folder / "in").string(), split, {}).dataset;
    const auto records = open_dataset((folder / "out").string(), split, {}).dataset;
    EXPECT_EQ(records->info().class_names, pictures->info().class_names);
    EXPECT_EQ(records->info().class_ids, pictures->info().class_ids);
    ASSERT_EQ(records->size(), pictures->size());
    for (int64_t i = 0; i < pictures->size(); ++i) {
      const Sample a = pictures->get(i), b = records->get(i);
      EXPECT_EQ(a.encoded, b.encoded);
      EXPECT_EQ(a.source_id, b.source_id);
      ASSERT_EQ(a.objects.size(), b.objects.size());
      for (size_t k = 0; k < a.objects.size(); ++k) {
        EXPECT_EQ(a.objects[k].box, b.objects[k].box);
        EXPECT_EQ(a.objects[k].class_id, b.objects[k].class_id);
        EXPECT_EQ(a.objects[k].area, b.objects[k].area);
        EXPECT_EQ(a.objects[k].is_crowd, b.objects[k].is_crowd);
      }
    }
  }
}

TEST(ConvertCoco, DropsTheBoxesThatTheReferenceDrops) {
  const TemporaryFolder folder;
  put(folder, "in/train/a.jpg", jpeg(1));
  CocoFile file = cats_and_dogs();
  file.picture("a.jpg").box(3, {-2, -1, 4, 4}).box(3, {1, 1, 0, 2}).box(3, {1, 1, 2, -1}).box(3, {9, 1, 4, 2}).box(3, {1, 5, 2, 3.5}).box(3, {0, 0, 12, 8});
  put(folder, "in/instances_train.json", file.text());

  const ConvertResult result = convert(folder);

  EXPECT_EQ(result.boxes.kept, 2);
  EXPECT_EQ(result.boxes.empty, 2);
  EXPECT_EQ(result.boxes.beyond, 2);
  EXPECT_THAT(*examples_in(folder / "out/train-00000-of-00001.tfrecord").at(0).floats("image/object/bbox/xmin"), ElementsAre(-2.0F / 12, 0));
}

TEST(ConvertCoco, BytesDoNotDependOnThreadsAndTheRestOfAStoppedConversionFollows) {
  const TemporaryFolder folder;
  put_five(folder);
  const ShardCounts shards{.train = 3, .validation = 0};

  convert(folder, {.shards = shards, .threads = 1});
  const std::string before = read_text(folder / "out/train-00001-of-00003.tfrecord");
  fs::remove(folder / "out/train-00001-of-00003.tfrecord");
  const ConvertResult again = convert(folder, {.shards = shards, .threads = 4});

  EXPECT_EQ(again.shards_kept, 2);
  EXPECT_EQ(read_text(folder / "out/train-00001-of-00003.tfrecord"), before);
  CocoFile other = cats_and_dogs();
  for (int i = 0; i < 5; ++i) other.picture(fmt::format("p{}.jpg", i)).box(3, {1, 2, 3, 4});
  put(folder, "in/instances_train.json", other.text());
  EXPECT_THAT(message_of([&] { convert(folder, {.shards = shards}); }), HasSubstr("holds a conversion of other pictures"));
}

TEST(ConvertCoco, KeepsPicturesWithoutBoxesWhenAsked) {
  const TemporaryFolder folder;
  put_five(folder);

  const ConvertResult result = convert(folder, {.keep_without_boxes = true});

  EXPECT_EQ(result.pictures, 5);
  EXPECT_FALSE(examples_in(folder / "out/train-00000-of-00001.tfrecord").at(2).features.contains("image/object/bbox/xmin"));
  EXPECT_EQ(open_dataset((folder / "out").string(), Split::kTrain, {}).dataset->size(), 4);
}

TEST(ConvertCoco, WritesOneSplitFromPicturesAndAnnotationsThatLieAnywhere) {
  const TemporaryFolder folder;
  put_five(folder);
  fs::create_directories(folder / "out/raw-data");  // as the reference's script leaves it
  fs::copy(folder / "in/train", folder / "out/raw-data/some", fs::copy_options::recursive);
  fs::copy_file(folder / "in/instances_train.json", folder / "boxes.json");
  const auto convert_split = [&](Split split, const ShardCounts& shards) {
    return convert_dataset(ConvertKind::kCoco, folder / "out/raw-data/some", folder / "out",
                           {.shards = shards, .one_split = OneSplit{.annotations = folder / "boxes.json", .split = split}});
  };
  convert_dataset(ConvertKind::kCoco, folder / "in", folder / "both", {.shards = {.train = 2, .validation = 0}});

  const ConvertResult train = convert_split(Split::kTrain, {.train = 2, .validation = 0});
  const ConvertResult validation = convert_split(Split::kValidation, {});
  const ConvertResult again = convert_split(Split::kTrain, {.train = 2, .validation = 0});

  EXPECT_EQ(train.pictures, 4);
  EXPECT_EQ(train.boxes.without_boxes, 1);
  for (const char* shard : {"train-00000-of-00002.tfrecord", "train-00001-of-00002.tfrecord"})
    EXPECT_EQ(read_text(folder / "out" / shard), read_text(folder / "both" / shard)) << shard;
  EXPECT_EQ(validation.pictures, 5);  // validation keeps those without boxes
  EXPECT_EQ(validation.boxes.without_boxes, 0);
  EXPECT_EQ(examples_in(folder / "out/val-00000-of-00001.tfrecord").size(), 5U);
  EXPECT_EQ(again.shards_kept, 2);
  EXPECT_THAT(message_of([&] { convert_split(Split::kTrain, {.train = 1, .validation = 0}); }), HasSubstr("holds a conversion of other pictures"));
  EXPECT_EQ(open_dataset((folder / "out").string(), Split::kTrain, {}).dataset->size(), 4);
}

TEST(ConvertCoco, WritesOneSplitBesideNoRecordsOfItsName) {
  const TemporaryFolder folder;
  put_five(folder);
  put(folder, "out/train-00000-of-00004.tfrecord", "x");
  const auto convert_split = [&](Split split) {
    return convert_dataset(ConvertKind::kCoco, folder / "in/train", folder / "out",
                           {.one_split = OneSplit{.annotations = folder / "in/instances_train.json", .split = split}});
  };

  EXPECT_THAT(message_of([&] { convert_split(Split::kTrain); }),
              HasSubstr("holds records already (\"train-00000-of-00004.tfrecord\") and no convert-train.json"));
  EXPECT_TRUE(convert_split(Split::kValidation).is_complete);
}

TEST(ConvertCoco, KeepsConversionsOfOneSplitAndOfBothApart) {
  const TemporaryFolder folder;
  put_five(folder);
  const auto convert_train = [&](const char* out) {
    return convert_dataset(ConvertKind::kCoco, folder / "in/train", folder / out,
                           {.one_split = OneSplit{.annotations = folder / "in/instances_train.json", .split = Split::kTrain}});
  };
  put(folder, "both/convert.json", "{}");  // a conversion that was stopped before its first shard
  convert_train("out");

  EXPECT_THAT(message_of([&] { convert_train("both"); }), HasSubstr("holds a conversion of both splits (convert.json)"));
  EXPECT_THAT(message_of([&] { convert(folder, {}); }), HasSubstr("holds a conversion of one split (convert-train.json)"));
}

TEST(ConvertCoco, RefusesOneSplitWithoutBoxesToTrainOn) {
  const TemporaryFolder folder;
  put(folder, "in/a.jpg", jpeg(1));
  put(folder, "captions.json",
      R"({"images": [{"id": 1, "file_name": "a.jpg", "width": 12, "height": 8}], "annotations": [{"image_id": 1, "id": 1, "caption": "x"}]})");
  put(folder, "none.json", cats_and_dogs().picture("a.jpg").text());
  const auto convert_split = [&](const char* file, Split split) {
    return convert_dataset(ConvertKind::kCoco, folder / "in", folder / "out", {.one_split = OneSplit{.annotations = folder / file, .split = split}});
  };

  EXPECT_THAT(message_of([&] { convert_split("captions.json", Split::kTrain); }), HasSubstr("carry captions and no boxes"));
  EXPECT_THAT(message_of([&] { convert_split("none.json", Split::kTrain); }), HasSubstr("none.json\" has no boxes to learn from"));
  EXPECT_EQ(convert_split("none.json", Split::kValidation).pictures, 1);
  EXPECT_THAT(message_of([&] { convert_split("nowhere.json", Split::kValidation); }), HasSubstr("nowhere.json"));
}

TEST(ConvertCoco, RefusesCaptions) {
  const TemporaryFolder folder;
  put(folder, "in/train2017/a.jpg", jpeg(1));
  put(folder, "in/annotations/captions_train2017.json", "{}");

  EXPECT_THAT(message_of([&] { convert(folder); }), AllOf(HasSubstr("captions_train2017.json\" has captions and no boxes"), HasSubstr("nothing to learn")));
}

TEST(ConvertCoco, PicturesThatAreMissingOrOfAnotherSizeStopOrAreLeftOut) {
  const TemporaryFolder folder;
  put_five(folder);
  fs::remove(folder / "in/train/p0.jpg");
  put(folder, "in/train/p1.jpg", as_text(image::encode_jpeg(plain_picture(1, 8, 12), 95)));

  EXPECT_THAT(message_of([&] { convert(folder); }), HasSubstr("p0.jpg"));
  const ConvertResult result = convert_dataset(ConvertKind::kCoco, folder / "in", folder / "skipping", {.on_corrupt = OnCorrupt::kSkip});
  EXPECT_THAT(result.skipped,
              ElementsAre(HasSubstr("p0.jpg"), HasSubstr("the picture has 8 x 12 pixels (after the EXIF orientation is applied), its annotations")));
}

}  // namespace
}  // namespace fovea::data
