#include "fovea/data/dataset.h"

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
using testing::HasSubstr;

std::unique_ptr<Dataset> open(const fs::path& folder, Split split) { return open_dataset(folder.string(), split, {}).dataset; }

void put_pictures(const TemporaryFolder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) put(folder, name, fmt::format("bytes of {}", name));
}

TEST(ImageFolder, SortsByClassThenName) {
  const TemporaryFolder folder;
  put_pictures(folder, {"train/dog/2.jpg", "train/cat/b.JPEG", "train/dog/10.png", "train/cat/a.Jpg", "val/cat/1.jpg", "val/dog/1.jpg"});

  const auto train = open(folder.path(), Split::kTrain);

  EXPECT_THAT(train->info().class_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(labels_of(*train), ElementsAre(0, 0, 1, 1));
  EXPECT_EQ(text_of(train->get(0)), "bytes of train/cat/a.Jpg");
  EXPECT_EQ(text_of(train->get(2)), "bytes of train/dog/10.png");
  EXPECT_EQ(train->place(3), (folder / "train/dog/2.jpg").string());
  EXPECT_EQ(train->known_label(3), 1);
  EXPECT_EQ(train->info().source, fmt::format("class folders in {}: 4 pictures, 2 classes", (folder / "train").string()));
}

TEST(ImageFolder, ReadsTheValidationFolderUnderBothNames) {
  const TemporaryFolder one;
  const TemporaryFolder two;
  put_pictures(one, {"train/cat/a.jpg", "val/cat/b.jpg"});
  put_pictures(two, {"train/cat/a.jpg", "validation/cat/b.jpg"});

  EXPECT_EQ(open(one.path(), Split::kValidation)->place(0), (one / "val/cat/b.jpg").string());
  EXPECT_EQ(open(two.path(), Split::kValidation)->place(0), (two / "validation/cat/b.jpg").string());
}

TEST(ImageFolder, LeavesOutHiddenFilesSilentlyAndOthersWithACount) {
  const TemporaryFolder folder;
  put_pictures(folder, {"train/cat/a.jpg", "train/cat/.b.jpg", "train/cat/notes.txt", "train/cat/c.webp", "train/.cache/x.jpg"});

  const auto train = open(folder.path(), Split::kTrain);

  EXPECT_EQ(train->size(), 1);
  EXPECT_EQ(train->info().source,
            fmt::format("class folders in {}: 1 picture, 1 class; 2 files not a JPEG or PNG by name left out", (folder / "train").string()));
}

TEST(ImageFolder, NamesTheValidationClassesThatTrainingDoesNotKnow) {
  const TemporaryFolder folder;
  put_pictures(folder, {"train/cat/a.jpg", "train/dog/a.jpg", "val/cat/a.jpg", "val/hound/a.jpg"});

  for (const Split split : {Split::kTrain, Split::kValidation}) {
    SCOPED_TRACE(static_cast<int>(split));
    const auto error = error_of([&] { open(folder.path(), split); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::kData);
    EXPECT_EQ(error->what(),
              fmt::format("\"{}\" has classes that \"{}\" does not have: hound; it lacks dog", (folder / "val").string(), (folder / "train").string()));
  }
}

TEST(ImageFolder, GivesAValidationSetThatLacksAClassTheClassesOfTraining) {
  const TemporaryFolder folder;
  put_pictures(folder, {"train/ant/a.jpg", "train/cat/a.jpg", "train/dog/a.jpg", "train/eel/a.jpg", "val/cat/a.jpg", "val/dog/a.jpg"});

  const OpenedDataset validation = open_dataset(folder.path().string(), Split::kValidation, {});

  EXPECT_THAT(validation.dataset->info().class_names, ElementsAre("ant", "cat", "dog", "eel"));
  EXPECT_EQ(validation.dataset->info().num_outputs, 4);
  EXPECT_THAT(labels_of(*validation.dataset), ElementsAre(1, 2));
  EXPECT_EQ(text_of(validation.dataset->get(1)), "bytes of val/dog/a.jpg");
  EXPECT_THAT(validation.warnings, ElementsAre("validation has no pictures of 2 of the training classes: ant, eel"));
  EXPECT_THAT(open_dataset(folder.path().string(), Split::kTrain, {}).warnings, testing::IsEmpty());
}

TEST(ImageFolder, NamesAClassFolderWithoutPictures) {
  const TemporaryFolder folder;
  put_pictures(folder, {"train/cat/a.jpg", "train/dog/a.webp"});

  const auto error = error_of([&] { open(folder.path(), Split::kTrain); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_EQ(std::string(error->what()),
            fmt::format("class folder \"{}\" has no JPEG or PNG pictures; it has 1 other file, as \"a.webp\"", (folder / "train/dog").string()));
}

TEST(ImageFolder, SaysWhenThereAreNoClassFolders) {
  const TemporaryFolder folder;
  put_pictures(folder, {"train/a.jpg", "train/b.jpg"});

  EXPECT_THAT(message_of([&] { open(folder.path(), Split::kTrain); }), HasSubstr("has no class folders; it has 2 pictures directly in it"));
}

TEST(ImageFolder, RefusesAnEmptyFile) {
  const TemporaryFolder folder;
  put(folder, "train/cat/a.jpg", "");
  const auto train = open(folder.path(), Split::kTrain);

  EXPECT_EQ(message_of([&] { train->get(0); }), fmt::format("\"{}\" is empty", (folder / "train/cat/a.jpg").string()));
}

TEST(ImageFolder, ChangesItsFingerprintWithNamesAndSizesOnly) {
  const TemporaryFolder one;
  const TemporaryFolder two;
  put(one, "train/cat/a.jpg", "12345");
  put(two, "train/cat/a.jpg", "67890");

  const uint64_t fingerprint = open(one.path(), Split::kTrain)->info().fingerprint;

  EXPECT_EQ(open(two.path(), Split::kTrain)->info().fingerprint, fingerprint);
  put(two, "train/cat/a.jpg", "123456");
  EXPECT_NE(open(two.path(), Split::kTrain)->info().fingerprint, fingerprint);
}

TEST(ImageFolder, IsNeverWrittenTo) {
  const TemporaryFolder folder;
  put_pictures(folder, {"train/cat/a.jpg"});
  const auto picture = file_stamp(folder / "train/cat/a.jpg");
  const auto class_folder = file_stamp(folder / "train/cat");
  const auto root = file_stamp(folder.path());

  labels_of(*open(folder.path(), Split::kTrain));

  EXPECT_EQ(file_stamp(folder / "train/cat/a.jpg"), picture);
  EXPECT_EQ(file_stamp(folder / "train/cat"), class_folder);
  EXPECT_EQ(file_stamp(folder.path()), root);
}

TEST(OpenOptions, FollowARecipe) {
  const OpenOptions strict = open_options({.image_size = 48}, 7);
  const OpenOptions lenient = open_options({.on_corrupt = OnCorrupt::kSkip}, 0);

  EXPECT_EQ(strict.synthetic_size, 48);
  EXPECT_EQ(strict.seed, 7U);
  EXPECT_EQ(strict.on_damage, OpenOptions::OnDamage::kStop);
  EXPECT_EQ(lenient.on_damage, OpenOptions::OnDamage::kSkip);
  EXPECT_TRUE(lenient.index_cache.empty());
}

TEST(OpenDataset, TakesABareClassFolderForValidationOnly) {
  const TemporaryFolder folder;
  put_pictures(folder, {"cat/a.jpg", "dog/a.jpg"});

  EXPECT_EQ(open(folder.path(), Split::kValidation)->size(), 2);
  EXPECT_THAT(message_of([&] { open(folder.path(), Split::kTrain); }), HasSubstr("no train/ and val/ that tell which pictures are for training"));
}

TEST(OpenDataset, SaysWhichSplitIsMissing) {
  const TemporaryFolder folder;
  put_pictures(folder, {"train/cat/a.jpg"});

  const auto error = error_of([&] { open(folder.path(), Split::kValidation); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
  EXPECT_THAT(error->what(), AllOf(HasSubstr("has no validation pictures: looked for val/CLASS/PICTURE.jpg"), HasSubstr("found 1 folder (train)")));
  EXPECT_EQ(error->advice(), fmt::format("move some pictures of each class to {}/val/CLASS/; to train without a validation set: --set train.eval_every=none",
                                         folder.path().string()));
}

TEST(OpenDataset, ListsWhatWasLookedForAndFound) {
  const TemporaryFolder folder;
  put_pictures(folder, {"a.jpg", "b.jpg", "notes.txt", "empty/readme.txt"});

  const auto error = error_of([&] { open(folder.path(), Split::kTrain); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), AllOf(HasSubstr("looked for TFRecords (img_train-*-of-*, train-*-of-*"), HasSubstr("train/CLASS/PICTURE.jpg"),
                                   HasSubstr("found 1 folder (empty), 2 pictures (as a.jpg), 1 other file (as notes.txt)")));
}

TEST(OpenDataset, SaysThatAFolderIsEmpty) {
  const TemporaryFolder folder;

  EXPECT_THAT(message_of([&] { open(folder.path(), Split::kTrain); }), HasSubstr("; found nothing"));
}

TEST(OpenDataset, RefusesWhatDoesNotExistOrIsAFile) {
  const TemporaryFolder folder;
  const fs::path file = folder.put("a.tfrecord", "x");

  EXPECT_EQ(error_of([&] { open(folder / "nowhere", Split::kTrain); })->code(), ErrorCode::kMissing);
  EXPECT_EQ(message_of([&] { open(file, Split::kTrain); }), fmt::format("\"{}\" is a file, expected a folder with a data set", file.string()));
}

}  // namespace
}  // namespace fovea::data
