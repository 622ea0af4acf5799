#include "fovea/io/scan_cache.h"

#include "fovea/io/fingerprint.h"
#include "fovea/io/little_endian.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gtest/gtest.h>

namespace fovea::io {
namespace {

using test::TemporaryFolder;

constexpr FileStamp kStamp{.size = 93, .modified_ns = 1'700'000'000'123'456'789};
// The scan of records of 0, 5 and 40 bytes: 12 = header, 28 = 12 + 0 + 16, 49 = 28 + 5 + 16.
const RecordScan kScan{.records = {{12, 0}, {28, 5}, {49, 40}}, .damage = std::nullopt};
const RecordScan kDamaged{.records = {{12, 0}}, .damage = "b: record 1 at byte 16: length CRC is 0x1, expected 0x2"};

ScanCache two_files() {
  ScanCache cache;
  cache.put("/data/a", kStamp, kScan);
  cache.put("/data/b", kStamp, kDamaged);
  return cache;
}

TEST(ScanCache, GivesBackWhatWasPut) {
  const ScanCache cache = two_files();

  EXPECT_EQ(cache.find("/data/a", kStamp), kScan);
  EXPECT_EQ(cache.find("/data/b", kStamp), kDamaged);
  EXPECT_EQ(cache.find("/data/c", kStamp), std::nullopt);
}

TEST(ScanCache, ForgetsAFileThatChanged) {
  const ScanCache cache = two_files();

  EXPECT_EQ(cache.find("/data/a", {.size = 94, .modified_ns = kStamp.modified_ns}), std::nullopt);
  EXPECT_EQ(cache.find("/data/a", {.size = 93, .modified_ns = kStamp.modified_ns + 1}), std::nullopt);
}

TEST(ScanCache, TakesTheLatestScan) {
  ScanCache cache = two_files();

  cache.put("/data/a", {.size = 16, .modified_ns = 1}, {.records = {{12, 0}}, .damage = std::nullopt});

  EXPECT_EQ(cache.find("/data/a", kStamp), std::nullopt);
  EXPECT_EQ(cache.find("/data/a", {.size = 16, .modified_ns = 1})->records.size(), 1u);
}

TEST(ScanCache, SurvivesOnDisk) {
  const TemporaryFolder folder;

  two_files().save(folder / "cache");
  const ScanCache loaded = ScanCache::load(folder / "cache");

  EXPECT_EQ(loaded.find("/data/a", kStamp), kScan);
  EXPECT_EQ(loaded.find("/data/b", kStamp), kDamaged);
}

TEST(ScanCache, IsEmptyWithoutAFile) { EXPECT_EQ(ScanCache::load("/nonexistent/cache").find("/data/a", kStamp), std::nullopt); }

TEST(ScanCache, IsEmptyWhenItsFileIsCutAtAnyByteOrHasAFlippedBit) {
  const TemporaryFolder folder;
  two_files().save(folder / "cache");
  const std::string content = read_text(folder / "cache");
  for (size_t byte = 0; byte < content.size(); ++byte) {
    SCOPED_TRACE(byte);
    std::string flipped = content;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 4);

    EXPECT_EQ(ScanCache::load(folder.put("cut", content.substr(0, byte))).find("/data/a", kStamp), std::nullopt);
    EXPECT_EQ(ScanCache::load(folder.put("flipped", flipped)).find("/data/a", kStamp), std::nullopt);
  }
}

// A wrong content under a right hash: another version of the program, or a mean one.
std::string with_hash(std::string body) {
  std::vector<std::byte> hash;
  append_number(hash, hash64(as_bytes(body)));
  return body + std::string(as_text(hash));
}

TEST(ScanCache, RefusesAbsurdNumbersBehindARightHash) {
  const TemporaryFolder folder;
  two_files().save(folder / "cache");
  const std::string content = read_text(folder / "cache");
  const std::string body = content.substr(0, content.size() - 8);
  ASSERT_NE(ScanCache::load(folder.put("same", with_hash(body))).find("/data/a", kStamp), std::nullopt);

  // The file of two_files() in numbers of 8 bytes behind the magic (byte 0): version 8, entries 16, path length 24, path 32, size 39,
  // time 47, damage length 55, records 63, lengths 71, 79, 87.
  for (const size_t at : {8, 16, 24, 39, 55, 63, 71, 79, 87}) {
    for (const int64_t value : {int64_t{-1}, INT64_MIN, INT64_MAX, int64_t{1} << 40}) {
      SCOPED_TRACE(fmt::format("byte {} value {}", at, value));
      std::vector<std::byte> number;
      append_number(number, value);
      std::string wrong = body;
      wrong.replace(at, 8, as_text(number));

      EXPECT_EQ(ScanCache::load(folder.put("wrong", with_hash(wrong))).find("/data/a", kStamp), std::nullopt);
    }
  }
}

TEST(ScanCache, SaysWhenItCannotBeSaved) {
  const auto error = test::error_of([] { two_files().save("/nonexistent/cache"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
}

}  // namespace
}  // namespace fovea::io
