#include "fovea/data/convert.h"

#include "tests/data/pictures.h"
#include "tests/data/samples.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace fovea::data {
namespace {

using test::error_of;
using test::message_of;
using test::TemporaryFolder;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Ten training and two validation pictures of two classes; train/dog/3.jpg is a PNG by content.
void put_two_classes(const TemporaryFolder& folder) {
  for (int i = 0; i < 5; ++i) {
    put(folder, fmt::format("train/cat/{}.jpg", i), jpeg(i));
    put(folder, fmt::format("train/dog/{}.jpg", i), i == 3 ? png(13) : jpeg(10 + i));
  }
  put(folder, "val/cat/b.jpg", jpeg(20));
  put(folder, "val/dog/a.jpg", jpeg(21));
}

std::map<std::string, std::string> shards_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::path& path : glob((folder / "*-of-*").string())) files[path.filename().string()] = read_text(path);
  return files;
}

std::vector<io::Example> examples_of(const fs::path& path) {
  std::vector<io::Example> examples;
  const InputFile file(path);
  const auto places = io::scan_records(path).records;
  for (size_t i = 0; i < places.size(); ++i) examples.push_back(io::parse_example(io::read_record(file, places[i], static_cast<int64_t>(i))));
  return examples;
}

TEST(ConvertFolder, WritesEveryPictureOnceInContiguousChunks) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);

  const ConvertResult result = convert_dataset(ConvertKind::kFolder, in.path(), out.path(), {.shards = {.train = 3, .validation = 1}});

  EXPECT_TRUE(result.is_complete);
  EXPECT_EQ(result.pictures, 12);
  EXPECT_EQ(result.shards, 4);
  EXPECT_EQ(result.reencoded, 1);
  EXPECT_THAT(examples_of(out / "train-00000-of-00003"), SizeIs(4));  // spec 2.5: ceil(10 / 3)
  EXPECT_THAT(examples_of(out / "train-00002-of-00003"), SizeIs(2));  // the last file is short
  const auto train = open_dataset(out.path().string(), Split::kTrain, {}).dataset;
  EXPECT_THAT(train->info().class_names, ElementsAre("cat", "dog"));
  std::multiset<std::string> contents;
  for (int64_t i = 0; i < train->size(); ++i) contents.insert(text_of(train->get(i)));
  EXPECT_THAT(contents, AllOf(Contains(jpeg(0)), Contains(jpeg(4)), Contains(jpeg(10)), Contains(jpeg(14)), SizeIs(10)));
  EXPECT_EQ(std::set<std::string>(contents.begin(), contents.end()).size(), 10U);
}

// Names and types of spec 2.5's table.
TEST(ConvertImageNet, WritesTheReferencesKeys) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put(in, "train/n01440764/n01440764_1.JPEG", png(1));
  put(in, "train/n01443537/n01443537_1.JPEG", jpeg(2));
  put(in, "val/ILSVRC2012_val_00000001.JPEG", jpeg(3));
  put(in, "val/ILSVRC2012_val_00000002.JPEG", jpeg(4));
  put(in, "synset_labels.txt", "n01443537\nn01440764\n");

  convert_dataset(ConvertKind::kImageNet, in.path(), out.path(), {});
  const auto validation = examples_of(out / "img_val/img_val-00000-of-00001");
  const auto train = examples_of(out / "img_train/img_train-00000-of-00001");

  ASSERT_THAT(validation, SizeIs(2));
  const io::Example& first = validation.front();
  std::vector<std::string> keys;
  for (const auto& [key, feature] : first.features) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("image/channels", "image/class/label", "image/class/synset", "image/colorspace", "image/encoded", "image/filename",
                                "image/format", "image/height", "image/width"));
  EXPECT_THAT(*first.ints("image/class/label"), ElementsAre(2));  // the second WordNet id, counted from 1
  EXPECT_THAT(*first.bytes("image/class/synset"), ElementsAre("n01443537"));
  EXPECT_THAT(*first.ints("image/height"), ElementsAre(8));
  EXPECT_THAT(*first.ints("image/width"), ElementsAre(12));
  EXPECT_THAT(*first.ints("image/channels"), ElementsAre(3));
  EXPECT_THAT(*first.bytes("image/colorspace"), ElementsAre("RGB"));
  EXPECT_THAT(*first.bytes("image/format"), ElementsAre("JPEG"));
  EXPECT_THAT(*first.bytes("image/filename"), ElementsAre("ILSVRC2012_val_00000001.JPEG"));
  EXPECT_THAT(*first.bytes("image/encoded"), ElementsAre(jpeg(3)));
  ASSERT_THAT(train, SizeIs(2));
  const io::Example& was_png = train[train[0].bytes("image/filename")->front() == "n01440764_1.JPEG" ? 0 : 1];
  const image::Image decoded = image::decode(as_bytes(was_png.bytes("image/encoded")->front()));
  EXPECT_EQ(*image::recognise(as_bytes(was_png.bytes("image/encoded")->front())), image::Format::kJpeg);
  EXPECT_NEAR(decoded.pixels[0], plain_picture(1).pixels[0], 1);  // quality 100 keeps a plain colour within a level
}

TEST(ConvertImageNet, RefusesAListOfAnotherLength) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put(in, "train/n01440764/a.JPEG", jpeg(1));
  put(in, "val/a.JPEG", jpeg(3));
  put(in, "synset_labels.txt", "n01440764\nn01440764\n");

  EXPECT_THAT(message_of([&] { convert_dataset(ConvertKind::kImageNet, in.path(), out.path(), {}); }), HasSubstr("has 2 lines, but"));
}

TEST(ConvertFolder, GivesTheSameBytesForAnyNumberOfThreads) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);

  convert_dataset(ConvertKind::kFolder, in.path(), out / "one", {.shards = {.train = 4}, .threads = 1});
  convert_dataset(ConvertKind::kFolder, in.path(), out / "five", {.shards = {.train = 4}, .threads = 5});

  EXPECT_THAT(shards_of(out / "one"), SizeIs(5));
  EXPECT_EQ(shards_of(out / "one"), shards_of(out / "five"));
}

TEST(ConvertFolder, ContinuesAfterAnInterruption) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);
  std::stop_source stop;
  const auto stop_at_five = [&](int64_t done, int64_t) {
    if (done == 5) stop.request_stop();
  };

  const ConvertResult first =
      convert_dataset(ConvertKind::kFolder, in.path(), out / "cut", {.shards = {.train = 5}, .threads = 1, .stop = stop.get_token(), .progress = stop_at_five});
  const auto after_first = shards_of(out / "cut");
  put(out, "cut/train-00003-of-00005.partial-4194305", "left by a killed call");  // Linux counts processes up to 2^22 (proc(5), pid_max)
  const ConvertResult second = convert_dataset(ConvertKind::kFolder, in.path(), out / "cut", {.shards = {.train = 5}});
  convert_dataset(ConvertKind::kFolder, in.path(), out / "whole", {.shards = {.train = 5}});

  EXPECT_FALSE(first.is_complete);
  EXPECT_EQ(first.shards_complete, 2);
  EXPECT_THAT(after_first, SizeIs(2));  // five pictures: two shards of two, the third was dropped
  EXPECT_TRUE(second.is_complete);
  EXPECT_EQ(second.shards_kept, 2);
  EXPECT_EQ(shards_of(out / "cut"), shards_of(out / "whole"));
  EXPECT_FALSE(fs::exists(out / "cut/train-00003-of-00005.partial-4194305"));
}

TEST(ConvertFolder, LeavesWhatARunningCallWrites) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);
  convert_dataset(ConvertKind::kFolder, in.path(), out.path(), {});
  const fs::path partial = put(out, "train-00000-of-00001.partial-1", "half a shard");  // process 1 always runs

  convert_dataset(ConvertKind::kFolder, in.path(), out.path(), {});

  EXPECT_TRUE(fs::exists(partial));
}

TEST(ConvertFolder, RemovesPartialFilesInFoldersWhosePathLooksLikeAPattern) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);
  convert_dataset(ConvertKind::kFolder, in.path(), out / "a*b?", {});
  put(out, "a*b?/train-00000-of-00001.partial-4194305", "left by a killed call");
  put(out, "a-bc/train-00000-of-00001.partial-4194305", "of somebody else");

  convert_dataset(ConvertKind::kFolder, in.path(), out / "a*b?", {});

  EXPECT_FALSE(fs::exists(out / "a*b?/train-00000-of-00001.partial-4194305"));
  EXPECT_TRUE(fs::exists(out / "a-bc/train-00000-of-00001.partial-4194305"));
}

TEST(ConvertFolder, RefusesADamagedPlan) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);
  for (const char* text : {"[]", "5", R"({"fingerprint": 5})", R"({"fingerprint": "0"})", "{", R"({"fingerprint": 1e999})"}) {
    SCOPED_TRACE(text);
    put(out, "convert.json", text);

    const auto error = error_of([&] { convert_dataset(ConvertKind::kFolder, in.path(), out.path(), {}); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::kData);
  }
}

TEST(ConvertFolder, RefusesAFolderWithSomethingElse) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);
  put(out, "precious.txt", "mine");

  const auto error = error_of([&] { convert_dataset(ConvertKind::kFolder, in.path(), out.path(), {}); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
  EXPECT_THAT(error->what(), HasSubstr("is not empty and holds no conversion"));
}

TEST(ConvertFolder, RefusesAFolderWithAnotherConversion) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);
  convert_dataset(ConvertKind::kFolder, in.path(), out.path(), {});
  put(in, "train/cat/new.jpg", jpeg(40));

  EXPECT_THAT(message_of([&] { convert_dataset(ConvertKind::kFolder, in.path(), out.path(), {}); }),
              HasSubstr("holds a conversion of other pictures or into other shards"));
}

TEST(ConvertFolder, NeverWritesIntoTheInput) {
  const TemporaryFolder in;
  put_two_classes(in);
  const auto stamp = file_stamp(in.path());

  EXPECT_THAT(message_of([&] { convert_dataset(ConvertKind::kFolder, in.path(), in / "out", {}); }), HasSubstr("lies inside the input"));
  EXPECT_EQ(file_stamp(in.path()), stamp);
}

// The reference's instructions write the records into a folder beside those of the pictures.
TEST(ConvertImageNet, WritesBesideTheFoldersOfPictures) {
  const TemporaryFolder in;
  put(in, "img_train/n01440764/n01440764_1.JPEG", jpeg(1));
  put(in, "img_val/n01440764/ILSVRC2012_val_00000001.JPEG", jpeg(3));

  EXPECT_THAT(message_of([&] { convert_dataset(ConvertKind::kImageNet, in.path(), in / "img_train", {}); }), HasSubstr("lies inside the input"));
  EXPECT_THAT(message_of([&] { convert_dataset(ConvertKind::kImageNet, in.path(), in / "img_val/out", {}); }), HasSubstr("lies inside the input"));
  EXPECT_THAT(message_of([&] { convert_dataset(ConvertKind::kImageNet, in.path(), in.path(), {}); }), HasSubstr("lies inside the input"));
  convert_dataset(ConvertKind::kImageNet, in.path(), in / "tf_records", {});

  EXPECT_THAT(examples_of(in / "tf_records/img_train/img_train-00000-of-00001"), SizeIs(1));
}

TEST(ConvertFolder, StopsAtADamagedPictureOrListsIt) {
  const TemporaryFolder in;
  const TemporaryFolder out;
  put_two_classes(in);
  const fs::path text = put(in, "train/cat/text.jpg", "this is no picture");

  const auto error = error_of([&] { convert_dataset(ConvertKind::kFolder, in.path(), out / "stop", {}); });
  const ConvertResult result = convert_dataset(ConvertKind::kFolder, in.path(), out / "skip", {.on_corrupt = OnCorrupt::kSkip});

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), HasSubstr(fmt::format("{}: not a JPEG or PNG picture", text.string())));
  EXPECT_FALSE(fs::exists(out / "stop" / "train-00000-of-00001"));  // the validation shard of another thread may be complete
  EXPECT_THAT(result.skipped, ElementsAre(HasSubstr(text.string())));
  EXPECT_EQ(open_dataset((out / "skip").string(), Split::kTrain, {}).dataset->size(), 10);
}

TEST(ConvertPlan, TakesValidationWithSomeOfTheClassesOnly) {
  const TemporaryFolder in;
  for (const char* name : {"train/ant/a.jpg", "train/cat/a.jpg", "train/dog/a.jpg", "val/cat/a.jpg"}) put(in, name, "x");

  const ConvertPlan plan = plan_conversion(ConvertKind::kFolder, in.path(), {});
  put(in, "val/hound/a.jpg", "x");

  ASSERT_THAT(plan.validation, SizeIs(1));
  EXPECT_EQ(plan.validation[0].class_id, 1);
  EXPECT_THAT(message_of([&] { plan_conversion(ConvertKind::kFolder, in.path(), {}); }), HasSubstr("does not have: hound; it lacks ant, dog"));
  fs::remove_all(in / "val");
  put(in, "val/a.jpg", "x");
  EXPECT_THAT(message_of([&] { plan_conversion(ConvertKind::kFolder, in.path(), {}); }), HasSubstr("val\" has no class folders"));
}

TEST(ConvertPlan, SplitsAsTheReference) {
  const TemporaryFolder in;
  for (int i = 0; i < 130; ++i) put(in, fmt::format("train/cat/{:03}.jpg", i), "x");

  const ConvertPlan plan = plan_conversion(ConvertKind::kFolder, in.path(), {});
  const ConvertPlan even = plan_conversion(ConvertKind::kFolder, in.path(), {.train = 100});

  EXPECT_THAT(plan.shards, SizeIs(2));  // 130 / 64
  EXPECT_EQ(plan.shards[0].end, 65);
  EXPECT_THAT(even.shards, SizeIs(100));  // chunks of ceil(130 / 100) = 2 would leave 35 files empty
  EXPECT_EQ(even.shards[99].end - even.shards[99].begin, 2);
  EXPECT_EQ(even.shards[0].end, 1);
  EXPECT_THAT(message_of([&] { plan_conversion(ConvertKind::kFolder, in.path(), {.train = 131}); }),
              HasSubstr("131 shards were asked for, but there are only 130 pictures"));
}

}  // namespace
}  // namespace fovea::data
