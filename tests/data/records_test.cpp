#include "fovea/data/dataset.h"
#include "fovea/data/record_scan.h"
#include "tests/data/samples.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::data {
namespace {

using test::error_of;
using test::message_of;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::unique_ptr<Dataset> open(const TemporaryFolder& folder, Split split, const OpenOptions& options = {}) {
  return open_dataset(folder.path().string(), split, options).dataset;
}

/// Two training shards with labels 0, 1, 2 | 2, 0, and one validation shard with 1, 0.
void put_small_set(const TemporaryFolder& folder) {
  put(folder, "train-00000-of-00002", framed_labels({0, 1, 2}));
  put(folder, "train-00001-of-00002", framed_labels({2, 0}));
  put(folder, "validation-00000-of-00001", framed_labels({1, 0}));
}

TEST(Records, StandInTheOrderOfTheirFiles) {
  const TemporaryFolder folder;
  put_small_set(folder);

  const auto train = open(folder, Split::kTrain);
  const auto validation = open(folder, Split::kValidation);

  EXPECT_THAT(labels_of(*train), ElementsAre(0, 1, 2, 2, 0));
  EXPECT_THAT(labels_of(*validation), ElementsAre(1, 0));
  EXPECT_EQ(text_of(train->get(3)), "picture");
  EXPECT_EQ(train->known_label(3), 2);
  EXPECT_EQ(train->info().num_outputs, 3);
  EXPECT_EQ(validation->info().num_outputs, 3);  // counted from the training records: validation has no label 2
  EXPECT_EQ(train->info().source, fmt::format("TFRecords {}: 5 pictures in 2 files, 3 classes, labels 0..2", (folder / "train-*-of-00002").string()));
}

TEST(Records, AreFoundInSubFoldersUnderTheReferencesNames) {
  const TemporaryFolder folder;
  put(folder, "img_train/img_train-00000-of-00001", framed_labels({1, 2}));
  put(folder, "img_val/img_val-00000-of-00001", framed_labels({2}));

  EXPECT_THAT(labels_of(*open(folder, Split::kTrain)), ElementsAre(0, 1));
  EXPECT_THAT(labels_of(*open(folder, Split::kValidation)), ElementsAre(1));
}

TEST(Records, MayEndInTfrecord) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001.tfrecord", framed_labels({0, 1}));

  EXPECT_EQ(open(folder, Split::kTrain)->size(), 2);
}

TEST(Records, KeepImageNetLabelsWithoutReadingTheTrainingSet) {
  const TemporaryFolder folder;
  std::vector<int64_t> labels;
  for (int64_t label = 1; label <= 1000; ++label) labels.push_back(label);
  put(folder, "validation-00000-of-00001", framed_labels(labels));
  put(folder, "train-00000-of-00001", "not read");

  const auto validation = open(folder, Split::kValidation);

  EXPECT_EQ(validation->info().num_outputs, 1001);
  EXPECT_EQ(validation->get(999).label, 1000);
  EXPECT_THAT(validation->info().source, EndsWith("labels 1..1000 as ImageNet counts them, 1,001 outputs of which output 0 is unused"));
}

TEST(Records, TakeClassNamesFromTheText) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed(labelled(0, "cat")) + framed(labelled(1, "dog")));

  EXPECT_THAT(open(folder, Split::kTrain)->info().class_names, ElementsAre("cat", "dog"));
}

TEST(Records, TakeNamesInAnyOrderOfTheFeatures) {
  const TemporaryFolder folder;
  io::Example synset;
  synset.features["image/class/synset"] = io::BytesList{"n01443537"};
  const std::string name = io::serialize(synset), rest = io::serialize(labelled(0, "goldfish"));  // one behind the other they are one message
  put(folder, "train-00000-of-00001", test::framed(rest + name) + test::framed(name + rest) + framed(labelled(1, "cat")));

  const auto train = open(folder, Split::kTrain);

  EXPECT_EQ(train->size(), 3);
  EXPECT_EQ(train->info().num_outputs, 2);
}

TEST(Records, RefuseAClassWithTwoNames) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed(labelled(0, "cat")) + framed(labelled(0, "dog")));

  EXPECT_THAT(message_of([&] { open(folder, Split::kTrain); }),
              AllOf(HasSubstr("record 1 at byte"), HasSubstr("class 0 is named \"dog\" here and \"cat\" in")));
}

TEST(Records, RefuseClassesNamedDifferentlyInValidation) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed(labelled(0, "cat")) + framed(labelled(1, "dog")));
  put(folder, "val-00000-of-00001", framed(labelled(1, "cat")));

  EXPECT_THAT(message_of([&] { open(folder, Split::kValidation); }), AllOf(HasSubstr("class 1 is \"cat\" in"), HasSubstr("and \"dog\" in")));
}

TEST(Records, SayWhichClassesOfTrainingValidationLacks) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed(labelled(0, "cat")) + framed(labelled(1, "dog")) + framed(labelled(2)));
  put(folder, "val-00000-of-00001", framed(labelled(1)));

  const OpenedDataset validation = open_dataset(folder.path().string(), Split::kValidation, {});

  EXPECT_THAT(validation.dataset->info().class_names, ElementsAre("cat", "dog", "class 2"));
  EXPECT_THAT(validation.warnings, ElementsAre("validation has no pictures of 2 of the training classes: cat, class 2"));
}

// ImageNet's own validation set counts its classes itself; beside an open training set the names are still those of training.
TEST(Records, TakeTheNamesOfAnOpenTrainingSet) {
  const TemporaryFolder folder;
  std::string named, unnamed;
  for (int64_t label = 1; label <= 1000; ++label) {
    named += framed(labelled(label, fmt::format("name {}", label)));
    unnamed += framed(labelled(label));
  }
  put(folder, "train-00000-of-00001", named);
  put(folder, "validation-00000-of-00001", unnamed);
  const auto train = open(folder, Split::kTrain);
  put(folder, "train-00000-of-00001", "not read again");

  const auto alone = open(folder, Split::kValidation);
  const auto beside = open(folder, Split::kValidation, {.training = train.get()});

  EXPECT_EQ(alone->info().class_names[7], "class 7");
  EXPECT_EQ(beside->info().class_names, train->info().class_names);
}

TEST(Records, NameMissingShards) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00003", framed_labels({0}));
  put(folder, "train-00002-of-00003", framed_labels({1}));

  const auto error = error_of([&] { open(folder, Split::kTrain); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_EQ(std::string(error->what()), fmt::format("\"{}\": 1 of 3 files missing: train-00001-of-00003", (folder / "train-*-of-00003").string()));
}

TEST(Records, RefuseTwoSetsAtOnce) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed_labels({0}));
  put(folder, "img_train/img_train-00000-of-00001", framed_labels({0}));

  EXPECT_THAT(message_of([&] { open(folder, Split::kTrain); }), HasSubstr("more than one training set"));
}

TEST(Records, SayWhichSplitIsMissing) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed_labels({0}));

  const auto error = error_of([&] { open(folder, Split::kValidation); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
  EXPECT_THAT(error->what(), HasSubstr("has no validation records: looked for img_val-*-of-*"));
}

// Each record of framed_labels is as long as the others, so the third begins at two thirds of the file.
TEST(Records, NameTheRecordWithALabelOutOfRange) {
  const TemporaryFolder folder;
  const fs::path path = put(folder, "train-00000-of-00001", framed_labels({0, 1, 57}));
  const auto begin = fs::file_size(path) / 3 * 2;

  const auto error = error_of([&] { open(folder, Split::kTrain); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_EQ(std::string(error->what()), fmt::format("{}: record 2 at byte {}: image/class/label is 57, expected 0..1 (2 classes, labels 0..1) in \"{}\"",
                                                    path.string(), begin, (folder / "train-*-of-00001").string()));
}

TEST(Records, LeaveALabelOutOfRangeToTheReaderWhenDamageIsSkipped) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed_labels({0, 1, 57}));

  const auto train = open(folder, Split::kTrain, {.on_damage = OpenOptions::OnDamage::kSkip});

  EXPECT_EQ(train->info().num_outputs, 2);
  EXPECT_EQ(train->known_label(2), std::nullopt);
  EXPECT_THAT(message_of([&] { train->get(2); }), AllOf(HasSubstr("record 2 at byte"), HasSubstr("image/class/label is 57, expected 0..1")));
}

TEST(Records, RefuseAValidationLabelThatTrainingDoesNotHave) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed_labels({0, 1}));
  put(folder, "validation-00000-of-00001", framed_labels({0, 2}));

  EXPECT_THAT(message_of([&] { open(folder, Split::kValidation); }),
              AllOf(HasSubstr("validation-00000-of-00001: record 1"), HasSubstr("image/class/label is 2, expected 0..1"), HasSubstr("train-*-of-00001")));
}

TEST(Records, SayWhatARecordWithoutLabelHas) {
  const TemporaryFolder folder;
  io::Example example = labelled(0);
  example.features.erase("image/class/label");
  put(folder, "train-00000-of-00001", framed(example));

  EXPECT_THAT(message_of([&] { open(folder, Split::kTrain); }),
              EndsWith(": record 0 at byte 0: no feature \"image/class/label\"; the record has image/encoded"));
}

TEST(Records, RefuseAnEmptySet) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", "");

  EXPECT_THAT(message_of([&] { open(folder, Split::kTrain); }), EndsWith("holds no records"));
}

std::string flipped(std::string bytes, size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  return bytes;
}

// The last byte of the first record belongs to the CRC of its data, the ninth to the CRC of its length.
TEST(Records, NameFileRecordByteAndCheckOfDamage) {
  const TemporaryFolder folder;
  const std::string bytes = framed_labels({0, 1, 0, 1, 0, 1, 0, 1});
  const size_t record = bytes.size() / 8;
  const fs::path path = put(folder, "train-00000-of-00001", flipped(bytes, record - 1));

  const auto train = open(folder, Split::kTrain);
  const auto error = error_of([&] { train->get(0); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), AllOf(HasSubstr(fmt::format("{}: record 0 at byte 0: data CRC is 0x", path.string())), HasSubstr(", expected 0x")));
  EXPECT_EQ(train->get(1).label, 1);
}

TEST(Records, StopAtADamagedLengthOrKeepWhatStandsBefore) {
  const TemporaryFolder folder;
  const std::string bytes = framed_labels({0, 1, 0, 1});
  const size_t record = bytes.size() / 4;
  put(folder, "train-00000-of-00001", flipped(bytes, 2 * record + 8));
  const std::string where = fmt::format(": record 2 at byte {}: length CRC is 0x", 2 * record);

  EXPECT_THAT(message_of([&] { open(folder, Split::kTrain); }), HasSubstr(where));
  const OpenedDataset opened = open_dataset(folder.path().string(), Split::kTrain, {.on_damage = OpenOptions::OnDamage::kSkip});
  EXPECT_EQ(opened.dataset->size(), 2);
  EXPECT_THAT(opened.damage, ElementsAre(HasSubstr(where)));
}

// A bit of the label itself: the scan sees label 5, but the record's checksum says that it is damage and no sixth class.
TEST(Records, DoNotTakeAFlippedBitForAClass) {
  const TemporaryFolder folder;
  std::string bytes = framed_labels({0, 1, 2, 3, 4, 0, 1, 2, 3, 4});
  const size_t label = bytes.find("image/class/label") + std::string("image/class/label").size() + 6;  // 12 05 1a 03 0a 01 LABEL
  ASSERT_EQ(bytes[label], 0);
  bytes[label] = 5;
  put(folder, "train-00000-of-00001", bytes);

  const auto train = open(folder, Split::kTrain);

  EXPECT_EQ(train->info().num_outputs, 5);
  EXPECT_EQ(train->known_label(0), std::nullopt);
  EXPECT_THAT(message_of([&] { train->get(0); }), HasSubstr("data CRC"));
}

TEST(Records, AreCutAtEveryByteWithoutHarm) {
  const TemporaryFolder folder;
  const std::string bytes = framed_labels({0, 1});

  for (size_t length = 1; length < bytes.size(); ++length) {
    SCOPED_TRACE(length);
    put(folder, "train-00000-of-00001", bytes.substr(0, length));
    const auto error = error_of([&] { open(folder, Split::kTrain); });
    if (length == bytes.size() / 2) continue;  // one whole record
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::kData);
  }
}

TEST(Records, UseTheCacheUntilTheFileChanges) {
  const TemporaryFolder folder;
  const TemporaryFolder run;
  put_small_set(folder);
  const OpenOptions options{.index_cache = run / "index"};
  open(folder, Split::kTrain, options);
  const RecordSet set = find_record_sets(folder.path(), Split::kTrain).front();
  const std::string first = read_text(run / "index.labels");

  EXPECT_THAT(labels_of(*open(folder, Split::kTrain, options)), ElementsAre(0, 1, 2, 2, 0));
  EXPECT_EQ(read_text(run / "index.labels"), first);
  put(folder, "train-00001-of-00002", framed_labels({1, 1, 1, 1}));
  EXPECT_THAT(labels_of(*open(folder, Split::kTrain, options)), ElementsAre(0, 1, 2, 1, 1, 1, 1));
  EXPECT_NE(read_text(run / "index.labels"), first);
}

TEST(Records, IgnoreADamagedCache) {
  const TemporaryFolder folder;
  const TemporaryFolder run;
  put_small_set(folder);
  const OpenOptions options{.index_cache = run / "index"};
  open(folder, Split::kTrain, options);
  const std::string bytes = read_text(run / "index.labels");

  for (size_t at = 0; at < bytes.size(); at += 31) {
    SCOPED_TRACE(at);
    put(run, "index.labels", at % 2 == 0 ? flipped(bytes, at) : bytes.substr(0, at));
    EXPECT_THAT(labels_of(*open(folder, Split::kTrain, options)), ElementsAre(0, 1, 2, 2, 0));
  }
}

TEST(Records, KeepTheirFingerprintWhenTheFolderMoves) {
  const TemporaryFolder one;
  const TemporaryFolder two;
  put_small_set(one);
  put_small_set(two);

  EXPECT_EQ(open(one, Split::kTrain)->info().fingerprint, open(two, Split::kTrain)->info().fingerprint);
  put(two, "train-00001-of-00002", framed_labels({2}));
  EXPECT_NE(open(one, Split::kTrain)->info().fingerprint, open(two, Split::kTrain)->info().fingerprint);
}

TEST(Records, OpenFromAFolderThatMayNotBeWritten) {
  const TemporaryFolder folder;
  put_small_set(folder);
  const auto stamp = file_stamp(folder / "train-00000-of-00002");
  const auto folder_stamp = file_stamp(folder.path());
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);

  const auto labels = labels_of(*open(folder, Split::kTrain));

  EXPECT_THAT(labels, SizeIs(5));
  EXPECT_EQ(file_stamp(folder / "train-00000-of-00002"), stamp);
  EXPECT_EQ(file_stamp(folder.path()), folder_stamp);
  fs::permissions(folder.path(), fs::perms::owner_all);
}

}  // namespace
}  // namespace fovea::data
