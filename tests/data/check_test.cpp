#include "fovea/data/check.h"

#include "fovea/data/shapes.h"
#include "fovea/io/fingerprint.h"

#include "tests/data/pictures.h"
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
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> messages(const std::vector<Finding>& findings) {
  std::vector<std::string> result;
  for (const Finding& finding : findings) result.push_back(finding.message);
  return result;
}

void put_sound_set(const TemporaryFolder& folder) {
  put(folder, "train/cat/1.jpg", jpeg(1));
  put(folder, "train/cat/2.jpg", jpeg(2));
  put(folder, "train/dog/1.png", png(3));
  put(folder, "val/cat/1.jpg", jpeg(4));
  put(folder, "val/dog/1.jpg", jpeg(5));
}

TEST(Check, CountsASoundSet) {
  const TemporaryFolder folder;
  put_sound_set(folder);

  const CheckReport report = check_dataset(folder.path().string(), {});

  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_EQ(report.train->readable, 3);
  EXPECT_THAT(report.train->class_counts, ElementsAre(2, 1));
  EXPECT_EQ(report.train->png, 1);
  EXPECT_THAT(report.train->sizes, ElementsAre(std::pair<const int64_t, int64_t>(8, 3)));  // all are 12 x 8 pixels
  EXPECT_EQ(report.validation->pictures, 2);
  EXPECT_TRUE(report.is_complete);
  EXPECT_THAT(report.text(), HasSubstr("0 errors, 0 warnings; 0 duplicate pictures; 0 validation pictures that are in the training set too"));
}

TEST(Check, NamesDamagedPictures) {
  const TemporaryFolder folder;
  put_sound_set(folder);
  const fs::path text = put(folder, "train/cat/3.jpg", "this is no picture");
  const fs::path cut = put(folder, "train/dog/2.jpg", jpeg(6).substr(0, 300));

  const CheckReport report = check_dataset(folder.path().string(), {.threads = 3});

  EXPECT_EQ(report.errors, 2);
  EXPECT_THAT(messages(report.findings), ElementsAre(HasSubstr(fmt::format("{}: not a JPEG or PNG picture", text.string())), HasSubstr(cut.string())));
  EXPECT_EQ(report.train->readable, 3);
}

TEST(Check, NamesDamagedRecords) {
  const TemporaryFolder folder;
  std::string bytes = framed(labelled(0, {}, jpeg(1))) + framed(labelled(1, {}, jpeg(2)));
  const size_t second = bytes.size();
  bytes += framed(labelled(1, {}, jpeg(3)));
  bytes[bytes.size() - 20] ^= 1;
  const fs::path path = put(folder, "train-00000-of-00001", bytes);

  const CheckReport report = check_dataset(folder.path().string(), {});

  EXPECT_THAT(messages(report.findings), ElementsAre(HasSubstr(fmt::format("{}: record 2 at byte {}: data CRC is 0x", path.string(), second))));
}

TEST(Check, NamesTheDamageOfASetWithoutAReadableRecord) {
  const TemporaryFolder folder;
  std::string bytes = framed(labelled(0, {}, jpeg(1)));
  bytes[8] ^= 1;
  const fs::path path = put(folder, "train-00000-of-00001", bytes);

  EXPECT_THAT(message_of([&] { check_dataset(folder.path().string(), {}); }),
              HasSubstr(fmt::format("{}: record 0 at byte 0: length CRC is 0x", path.string())));
}

TEST(Check, NamesLabelsOutOfRangeAndWhatStandsBehindABrokenLength) {
  const TemporaryFolder folder;
  std::string bytes = framed(labelled(0, {}, jpeg(1))) + framed(labelled(1, {}, jpeg(2))) + framed(labelled(57, {}, jpeg(3)));
  const size_t broken = bytes.size();
  bytes += framed(labelled(1, {}, jpeg(4)));
  bytes[broken + 9] ^= 1;
  put(folder, "train-00000-of-00001", bytes);

  const CheckReport report = check_dataset(folder.path().string(), {});

  EXPECT_THAT(messages(report.findings), ElementsAre(AllOf(HasSubstr("record 3 at byte"), HasSubstr("length CRC")),
                                                     AllOf(HasSubstr("record 2 at byte"), HasSubstr("image/class/label is 57, expected 0..1"))));
}

TEST(Check, FindsEqualPicturesInASplitAndInBoth) {
  const TemporaryFolder folder;
  put_sound_set(folder);
  put(folder, "train/cat/3.jpg", jpeg(1));
  put(folder, "train/dog/2.jpg", jpeg(1));
  put(folder, "val/dog/2.jpg", jpeg(2));

  const CheckReport report = check_dataset(folder.path().string(), {});

  EXPECT_EQ(report.duplicates, 2);
  EXPECT_EQ(report.overlap, 1);
  EXPECT_EQ(report.errors, 0);
  EXPECT_THAT(messages(report.findings),
              ElementsAre(fmt::format("{}: the same picture as {}", (folder / "train/cat/3.jpg").string(), (folder / "train/cat/1.jpg").string()),
                          fmt::format("{}: the same picture as {}, but as another class: \"dog\" here, \"cat\" there", (folder / "train/dog/2.jpg").string(),
                                      (folder / "train/cat/1.jpg").string()),
                          fmt::format("{}: a validation picture that is also a training picture, {}, but as another class: \"dog\" here, \"cat\" there",
                                      (folder / "val/dog/2.jpg").string(), (folder / "train/cat/2.jpg").string())));
}

TEST(Check, WarnsOfAClassThatValidationDoesNotHave) {
  const TemporaryFolder folder;
  put(folder, "train-00000-of-00001", framed(labelled(0, "cat", jpeg(1))) + framed(labelled(1, "dog", jpeg(2))));
  put(folder, "val-00000-of-00001", framed(labelled(0, "cat", jpeg(3))));

  EXPECT_THAT(messages(check_dataset(folder.path().string(), {}).findings), ElementsAre("class 1 \"dog\" has no readable validation picture"));
}

TEST(Check, TakesABareFolderOfClasses) {
  const TemporaryFolder folder;
  put(folder, "cat/1.jpg", jpeg(1));

  const CheckReport report = check_dataset(folder.path().string(), {});

  EXPECT_FALSE(report.train);
  EXPECT_EQ(report.validation->readable, 1);
}

TEST(Check, CountsFindingsThatItDoesNotList) {
  const TemporaryFolder folder;
  put_sound_set(folder);
  for (int i = 3; i < 8; ++i) put(folder, fmt::format("train/cat/{}.jpg", i), "text");

  const CheckReport report = check_dataset(folder.path().string(), {.max_findings = 2});

  EXPECT_EQ(report.errors, 5);
  EXPECT_THAT(report.findings, SizeIs(2));
  EXPECT_THAT(report.text(), HasSubstr("and 3 more findings"));
}

TEST(Check, StopsWhenAsked) {
  const TemporaryFolder folder;
  put_sound_set(folder);
  std::stop_source stop;

  const CheckReport report =
      check_dataset(folder.path().string(), {.threads = 1, .stop = stop.get_token(), .progress = [&](int64_t, int64_t) { stop.request_stop(); }});

  EXPECT_FALSE(report.is_complete);
  EXPECT_EQ(report.train->readable, 1);
}

TEST(Check, RefusesAnEmptyFolder) {
  const TemporaryFolder folder;

  EXPECT_EQ(error_of([&] { check_dataset(folder.path().string(), {}); })->code(), ErrorCode::kData);
  EXPECT_EQ(error_of([&] { check_dataset((folder / "nowhere").string(), {}); })->code(), ErrorCode::kMissing);
}

TEST(Check, WritesJson) {
  const TemporaryFolder folder;
  put_sound_set(folder);
  put(folder, "train/cat/3.jpg", "text");

  const io::OrderedJson json = check_dataset(folder.path().string(), {}).json();

  EXPECT_EQ(json["errors"], 1);
  EXPECT_EQ(json["train"]["classes"][0]["name"], "cat");
  EXPECT_EQ(json["train"]["classes"][0]["count"], 2);
  EXPECT_EQ(json["findings"][0]["severity"], "error");
}

TEST(QuickCheck, LooksAtAnEvenPart) {
  const TemporaryFolder folder;
  for (int i = 0; i < 10; ++i) put(folder, fmt::format("train/cat/{}.jpg", i), i == 4 || i == 5 ? "text" : jpeg(i));
  const auto dataset = open_dataset(folder.path().string(), Split::kTrain, {}).dataset;

  EXPECT_THAT(messages(quick_check(*dataset, 5)), ElementsAre(HasSubstr("train/cat/4.jpg: not a JPEG or PNG")));  // samples 0, 2, 4, 6, 8
  EXPECT_THAT(quick_check(*dataset, 200), SizeIs(2));
}

TEST(QuickCheck, FindsACutPicture) {
  const TemporaryFolder folder;
  put(folder, "train/cat/1.png", png(1).substr(0, png(1).size() - 20));
  const auto dataset = open_dataset(folder.path().string(), Split::kTrain, {}).dataset;

  EXPECT_THAT(messages(quick_check(*dataset)), ElementsAre(HasSubstr("train/cat/1.png: ")));
}

TEST(DataStatistics, CountsClassesWithoutReadingPictures) {
  const TemporaryFolder folder;
  put(folder, "train/cat/1.jpg", "never decoded");
  put(folder, "train/cat/2.jpg", "never decoded");
  put(folder, "train/dog/1.jpg", "never decoded");
  const auto train = open_dataset(folder.path().string(), Split::kTrain, {}).dataset;

  io::OrderedJson json = data_statistics(train.get(), nullptr);

  EXPECT_EQ(json["train"]["fingerprint"], io::hex(train->info().fingerprint));
  json["train"].erase("fingerprint");
  const std::string expected =
      R"({"source":"class folders in FOLDER: 3 pictures, 2 classes","num_outputs":2,"train":{"images":3,"classes":[{"name":"cat","count":2},{"name":"dog","count":1}]}})";
  EXPECT_EQ(json.dump(), std::string(expected).replace(expected.find("FOLDER"), 6, (folder / "train").string()));
}

}  // namespace
}  // namespace fovea::data
