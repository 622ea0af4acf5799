#include "fovea/io/zip.h"

#include "fovea/io/little_endian.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>

namespace fovea::io {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::EndsWith;
using testing::HasSubstr;

/// Two entries by our writer; other programs' archives are in torch_file_test.cpp.
std::string two_entries(const TemporaryFolder& folder) {
  const fs::path path = folder / "two.zip";
  ZipWriter zip(path);
  zip.add("a/first", as_bytes("hello"));
  zip.add("a/second", as_bytes(""));
  zip.finish();
  return read_text(path);
}

void put_number(std::string& text, size_t at, uint32_t value) { std::memcpy(text.data() + at, &value, sizeof value); }

TEST(Zip, ReadsWhatItWroteAlignedTo64Bytes) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("zip", two_entries(folder));

  const ZipFile zip(path);

  ASSERT_EQ(zip.entries().size(), 2U);
  EXPECT_EQ(as_text(zip.read("a/first", 100)), "hello");
  EXPECT_EQ(zip.entries().at("a/first").offset % 64, 0);
  EXPECT_EQ(zip.entries().at("a/second").offset % 64, 0);
  EXPECT_EQ(zip.entries().at("a/first").crc, 0x3610a686U);  // zlib.crc32(b"hello") of Python
}

TEST(Zip, RefusesAFileCutAnywhere) {
  const TemporaryFolder folder;
  const std::string whole = two_entries(folder);
  for (size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const fs::path path = folder.put("cut", whole.substr(0, size));
    const auto error = test::error_of([&] { ZipFile{path}; });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::kData);
  }
}

TEST(Zip, RefusesOrReadsAFileWithAFlippedBit) {
  const TemporaryFolder folder;
  const std::string whole = two_entries(folder);
  int refused = 0;
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    SCOPED_TRACE(bit);
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const fs::path path = folder.put("flipped", flipped);
    const auto error = test::error_of([&] {
      const ZipFile zip(path);
      for (const auto& item : zip.entries()) zip.verify(item.first);
    });
    if (!error) continue;  // padding, times, versions, a name
    EXPECT_EQ(error->code(), ErrorCode::kData);
    ++refused;
  }
  EXPECT_GT(refused, 600);
}

TEST(Zip, SaysWhichContentIsDamaged) {
  const TemporaryFolder folder;
  std::string text = two_entries(folder);
  text[64] = 'H';  // the first content is aligned to 64
  const ZipFile zip(folder.put("zip", text));

  EXPECT_THAT(message_of([&] { zip.verify("a/first"); }), HasSubstr("the checksum of \"a/first\" at byte 64 is"));
  EXPECT_THAT(message_of([&] { (void)zip.read("a/first", 100); }), EndsWith("expected 3610a686"));
  EXPECT_THAT(message_of([&] { (void)zip.read("a/first", 4); }), HasSubstr("has 5 bytes, the limit is 4"));
}

TEST(Zip, RefusesEntriesOnTopOfEachOther) {
  const TemporaryFolder folder;
  std::string text = two_entries(folder);
  const size_t second = text.rfind("PK\x01\x02");
  put_number(text, second + 42, 0);  // its local header is the first one's
  const fs::path path = folder.put("zip", text);

  EXPECT_THAT(message_of([&] { ZipFile{path}; }), HasSubstr("two of its entries overlap at byte 0"));
}

/// The same two entries in zip64: sizes and places in extra fields, the table found through its locator (APPNOTE 4.3.14, 4.3.15, 4.5.3).
std::string two_entries_64(const TemporaryFolder& folder) {
  const std::string narrow = two_entries(folder);
  const size_t table_at = narrow.find("PK\x01\x02"), end_at = narrow.rfind("PK\x05\x06");
  std::vector<std::byte> table;
  const auto append = [](std::vector<std::byte>& out, std::string_view text) { out.insert(out.end(), as_bytes(text).begin(), as_bytes(text).end()); };
  for (size_t at = table_at; at < end_at;) {
    const auto number = [&](size_t offset) { return load_number<uint32_t>(as_bytes(narrow), at + offset); };
    const uint32_t bytes = number(24), local = number(42);
    const size_t name_bytes = load_number<uint16_t>(as_bytes(narrow), at + 28);
    std::string entry = narrow.substr(at, 46 + name_bytes);
    for (const size_t wide : {20U, 24U, 42U}) put_number(entry, wide, 0xFFFFFFFF);
    entry[30] = 28;  // length of the extra fields
    append(table, entry);
    append_number<uint16_t>(table, 1);
    append_number<uint16_t>(table, 24);
    for (const uint64_t each : {bytes, bytes, local}) append_number<uint64_t>(table, each);
    at += 46 + name_bytes;
  }
  std::vector<std::byte> end;
  append(end, std::string_view("PK\x06\x06", 4));
  append_number<uint64_t>(end, 44);
  append_number<uint32_t>(end, 45 | 45 << 16);  // versions
  append_number<uint64_t>(end, 0);              // disks
  append_number<uint64_t>(end, 2);
  append_number<uint64_t>(end, 2);
  append_number<uint64_t>(end, table.size());
  append_number<uint64_t>(end, table_at);
  append(end, std::string_view("PK\x06\x07", 4));
  append_number<uint32_t>(end, 0);
  append_number<uint64_t>(end, table_at + table.size());
  append_number<uint32_t>(end, 1);
  append(end, std::string_view("PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0", 22));
  return narrow.substr(0, table_at) + std::string(as_text(table)) + std::string(as_text(end));
}

TEST(Zip, ReadsTheWideForm) {
  const TemporaryFolder folder;
  const std::string wide = two_entries_64(folder);

  const ZipFile zip(folder.put("zip", wide));

  ASSERT_EQ(zip.entries().size(), 2U);
  EXPECT_EQ(as_text(zip.read("a/first", 100)), "hello");
  EXPECT_EQ(zip.entries().at("a/first").bytes, 5);
}

TEST(Zip, RefusesTheWideFormWithAbsurdNumbers) {
  const TemporaryFolder folder;
  const std::string wide = two_entries_64(folder);
  const size_t field = wide.find(std::string("\1\0\x18\0", 4), wide.find("PK\x01\x02")), end64 = wide.find("PK\x06\x06"), locator = wide.find("PK\x06\x07");
  const auto changed = [&](size_t at, uint32_t value) {
    std::string text = wide;
    put_number(text, at, value);
    const fs::path path = folder.put("zip", text);
    return message_of([&] { ZipFile{path}; });
  };

  EXPECT_THAT(changed(field + 4 + 4, 1), HasSubstr("is stored, but has 5 bytes packed and 4294967301 unpacked"));
  EXPECT_THAT(changed(field + 20 + 4, 0xFFFFFFFF), HasSubstr("would begin at byte 9223372036854775807"));
  EXPECT_THAT(changed(field + 2, 16), HasSubstr("is cut short"));
  EXPECT_THAT(changed(end64 + 52, 1), HasSubstr("would end behind byte"));
  EXPECT_THAT(changed(locator + 12, 1), HasSubstr("its zip64 table would end at byte"));
  EXPECT_THAT(changed(locator + 8, 0), HasSubstr("there is no zip64 table at byte 0"));
}

TEST(Zip, SaysWhatToDoAboutAFileWithoutChecksums) {
  const TemporaryFolder folder;
  std::string text = two_entries(folder);
  put_number(text, text.find("PK\x01\x02") + 16, 0);
  const ZipFile zip(folder.put("zip", text));

  const auto error = test::error_of([&] { zip.verify("a/first"); });

  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("was saved without checksums"));
  EXPECT_THAT(error->advice(), HasSubstr("set_crc32_options(True)"));
}

TEST(Zip, RefusesAbsurdSizes) {
  const TemporaryFolder folder;
  const std::string whole = two_entries(folder);
  const size_t first = whole.find("PK\x01\x02"), end = whole.rfind("PK\x05\x06");
  const auto changed = [&](std::initializer_list<std::pair<size_t, uint32_t>> changes) {
    std::string text = whole;
    for (const auto& [at, value] : changes) put_number(text, at, value);
    const fs::path path = folder.put("zip", text);
    return message_of([&] { ZipFile{path}; });
  };

  EXPECT_THAT(changed({{first + 24, 0xFFFFFFF0}, {first + 20, 0xFFFFFFF0}}), HasSubstr("\"a/first\" of 4294967280 bytes at byte 64 would end behind byte"));
  EXPECT_THAT(changed({{first + 24, 6}}), HasSubstr("is stored, but has 5 bytes packed and 6 unpacked"));
  EXPECT_THAT(changed({{first + 42, 0xFFFFFF00}}), HasSubstr("would begin at byte 4294967040"));
  EXPECT_THAT(changed({{end + 12, 0xFFFFFFFF}}), HasSubstr("its table would have 4294967295 bytes, the limit is"));
  EXPECT_THAT(changed({{end + 16, 0xFFFFFFFF}}), HasSubstr("would end behind byte"));
  EXPECT_THAT(changed({{end + 10, 0x0000FFFF}}), HasSubstr("is cut short"));
}

}  // namespace
}  // namespace fovea::io
