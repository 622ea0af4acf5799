#include "fovea/io/tfrecord.h"

#include "tests/support/errors.h"
#include "tests/support/records.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace fovea::io {
namespace {

using test::error_of;
using test::framed;
using test::message_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string bytes_of_payload(int count) {
  std::string payload;
  for (int i = 0; i < count; ++i) payload += static_cast<char>(i);
  return payload;
}

// "", "fovea" and the bytes 0 to 39: records at bytes 0, 16 and 37, the file ends at 93.
std::string three_records() { return framed("") + framed("fovea") + framed(bytes_of_payload(40)); }

std::string flipped(std::string content, size_t byte, int bit = 0) {
  content[byte] = static_cast<char>(content[byte] ^ (1 << bit));
  return content;
}

// tests/fuzz/corpus/tfrecord/three, by TensorBoard 2.21.0's RecordWriter (tests/fuzz/make_corpus.py).
TEST(FramedRecord, EqualsTheBytesOfAnotherWriter) {
  using namespace std::string_literals;

  EXPECT_EQ(framed(""), "\0\0\0\0\0\0\0\0\x29\x03\x98\x07\xd8\xea\x82\xa2"s);
  EXPECT_EQ(framed("fovea"), "\x05\0\0\0\0\0\0\0\xea\xb2\x04>fovea\xd8\x30tl"s);
  EXPECT_EQ(three_records(), read_text(FOVEA_SOURCE_DIR "/tests/fuzz/corpus/tfrecord/three"));
}

TEST(ScanRecords, FindsPlaces) {
  const TemporaryFolder folder;

  const RecordScan scan = scan_records(folder.put("file", three_records()));

  EXPECT_EQ(scan.damage, std::nullopt);
  EXPECT_THAT(scan.records, ElementsAre(RecordPlace{12, 0}, RecordPlace{28, 5}, RecordPlace{49, 40}));
}

TEST(ScanRecords, FindsNothingInAnEmptyFile) {
  const TemporaryFolder folder;

  const RecordScan scan = scan_records(folder.put("file", ""));

  EXPECT_EQ(scan.damage, std::nullopt);
  EXPECT_THAT(scan.records, IsEmpty());
}

TEST(ScanRecords, CrossesPagesAtEveryAlignment) {
  const TemporaryFolder folder;
  // Each record moves the next header by one byte within its page; a few are longer than a page.
  std::string content;
  std::vector<RecordPlace> expected;
  for (int i = 0; i < 1500; ++i) {
    const size_t length = i % 100 == 99 ? 10'000 + static_cast<size_t>(i) : 4096 - 16 + 1;
    expected.push_back({.offset = static_cast<int64_t>(content.size()) + 12, .length = static_cast<int64_t>(length)});
    content += framed(std::string(length, static_cast<char>(i)));
  }

  const RecordScan scan = scan_records(folder.put("file", content));

  EXPECT_EQ(scan.damage, std::nullopt);
  EXPECT_EQ(scan.records, expected);
}

TEST(ScanRecords, ReportsAFileCutAtAnyByte) {
  const TemporaryFolder folder;
  const std::string content = three_records();
  const size_t ends[] = {0, 16, 37, 93};
  for (size_t size = 0; size < content.size(); ++size) {
    SCOPED_TRACE(size);
    const fs::path path = folder.put("file", content.substr(0, size));
    const auto whole = static_cast<size_t>(std::ranges::upper_bound(ends, size) - ends - 1);

    const RecordScan scan = scan_records(path);

    EXPECT_EQ(scan.records.size(), whole);
    if (size == ends[whole]) {
      EXPECT_EQ(scan.damage, std::nullopt);
      continue;
    }
    ASSERT_TRUE(scan.damage);
    EXPECT_THAT(*scan.damage, HasSubstr(fmt::format("{}: record {} at byte {}: the file ends inside the record", path.string(), whole, ends[whole])));
  }
}

TEST(ScanRecords, SaysWhereTheFileEnds) {
  const TemporaryFolder folder;
  const fs::path path = folder / "file";

  folder.put("file", three_records().substr(0, 40));
  EXPECT_EQ(scan_records(path).damage, path.string() + ": record 2 at byte 37: the file ends inside the record's header, after 3 of 12 bytes");

  folder.put("file", three_records().substr(0, 80));
  EXPECT_EQ(scan_records(path).damage, path.string() + ": record 2 at byte 37: the file ends inside the record, at byte 80; the record would end at byte 93");
}

TEST(ScanRecords, NoticesEveryFlippedBitOfAHeader) {
  const TemporaryFolder folder;
  const std::string content = three_records();
  for (size_t byte = 16; byte < 28; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(fmt::format("byte {} bit {}", byte, bit));

      const RecordScan scan = scan_records(folder.put("file", flipped(content, byte, bit)));

      EXPECT_THAT(scan.records, ElementsAre(RecordPlace{12, 0}));
      ASSERT_TRUE(scan.damage);
      EXPECT_THAT(*scan.damage, HasSubstr("record 1 at byte 16: length CRC is 0x"));
    }
  }
}

TEST(ScanRecords, NamesBothChecksums) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", flipped(framed("fovea"), 8));  // the lowest bit of the stored CRC, 0x3e04b2ea

  EXPECT_EQ(scan_records(path).damage, path.string() + ": record 0 at byte 0: length CRC is 0x3e04b2eb, expected 0x3e04b2ea");
}

TEST(ScanRecords, RefusesLengthsOverTheLimit) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", three_records());

  EXPECT_EQ(scan_records(path, 40).damage, std::nullopt);
  EXPECT_EQ(scan_records(path, 39).damage, path.string() + ": record 2 at byte 37: length is 40, the limit is 39");
}

// Headers whose CRC is right, as a hostile writer would make them; CRCs by TensorBoard 2.21.0's masked_crc32c.
TEST(ScanRecords, RefusesAbsurdLengths) {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  const std::string all_ones = "\xff\xff\xff\xff\xff\xff\xff\xff"s + "\xa6\x7b\x11\x3a"s + "rest";
  const std::string two_to_63 = "\0\0\0\0\0\0\0\x80"s + "\x95\x08\x67\xb6"s + "rest";

  const fs::path first = folder.put("first", all_ones), second = folder.put("second", two_to_63);

  EXPECT_EQ(scan_records(first).damage, first.string() + ": record 0 at byte 0: length is 18446744073709551615, the limit is 268435456");
  EXPECT_EQ(scan_records(second).damage, second.string() + ": record 0 at byte 0: length is 9223372036854775808, the limit is 268435456");
  EXPECT_THAT(*scan_records(folder.put("third", "\xff\xff\xff\x0f\0\0\0\0"s + "\xe5\x4f\x95\xcb"s)).damage,
              HasSubstr("the file ends inside the record, at byte 12"));
}

TEST(ScanRecords, RefusesWhatIsMissing) {
  const auto error = error_of([] { scan_records("/nonexistent/file"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
}

TEST(ReadRecord, GivesThePayloads) {
  const TemporaryFolder folder;
  const InputFile file(folder.put("file", three_records()));

  EXPECT_EQ(as_text(read_record(file, {12, 0}, 0)), "");
  EXPECT_EQ(as_text(read_record(file, {28, 5}, 1)), "fovea");
  EXPECT_EQ(as_text(read_record(file, {49, 40}, 2)), bytes_of_payload(40));
}

TEST(ReadRecord, NoticesEveryFlippedBitOfPayloadAndChecksum) {
  const TemporaryFolder folder;
  for (size_t byte = 28; byte < 37; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(fmt::format("byte {} bit {}", byte, bit));
      const InputFile file(folder.put("file", flipped(three_records(), byte, bit)));

      const auto error = error_of([&] { read_record(file, {28, 5}, 1); });

      ASSERT_TRUE(error);
      EXPECT_EQ(error->code(), ErrorCode::kData);
      EXPECT_THAT(error->what(), HasSubstr("file: record 1 at byte 16: data CRC is 0x"));
    }
  }
}

TEST(ReadRecord, NamesBothChecksums) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", flipped(framed("fovea"), 17));  // the lowest bit of the stored CRC, 0x6c7430d8

  EXPECT_EQ(message_of([&] { read_record(InputFile(path), {12, 5}, 0); }), path.string() + ": record 0 at byte 0: data CRC is 0x6c7430d9, expected 0x6c7430d8");
}

TEST(ReadRecord, ReportsAFileThatHasShrunk) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", three_records());
  const InputFile opened_before(path);
  fs::resize_file(path, 60);
  const InputFile opened_after(path);

  const std::string expected = path.string() + ": record 2 at byte 37: the file ends inside the record, at byte 60";
  EXPECT_EQ(message_of([&] { read_record(opened_before, {49, 40}, 2); }), expected);
  EXPECT_EQ(message_of([&] { read_record(opened_after, {49, 40}, 2); }), expected);
}

TEST(ReadRecord, AllocatesNothingForAPlaceOutsideTheFile) {
  const TemporaryFolder folder;
  const InputFile file(folder.put("file", three_records()));

  EXPECT_THAT(message_of([&] { read_record(file, {49, INT64_MAX - 100}, 2); }), HasSubstr("the file ends inside the record"));
  EXPECT_THAT(message_of([&] { read_record(file, {INT64_MAX - 2, 1}, 2); }), HasSubstr("the file ends inside the record"));
}

}  // namespace
}  // namespace fovea::io
