#include "fovea/io/table.h"

#include "tests/support/errors.h"
#include "tests/support/table_builder.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::io {
namespace {

using namespace std::string_literals;
using test::kOnePlace;
using test::message_of;
using test::pair;
using test::table_of;
using test::TemporaryFolder;
using test::varint;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// By TensorFlow 2.21 (tests/goldens/make_tf_bundles.py).
const fs::path kOfficial = FOVEA_SOURCE_DIR "/tests/goldens/tf_bundle/model.ckpt-7.index";

std::string refusal(const std::string& content) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("t.index", content);
  const auto error = test::error_of([&] { read_table(path); });
  if (!error) return "no error";
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_NE(error->advice(), "");
  EXPECT_THAT(error->what(), HasSubstr(path.string()));
  return error->what();
}

TEST(ReadTable, PutsKeysThatShareTheirBeginningTogether) {
  const Table table = read_table(kOfficial);

  std::vector<std::string> keys;
  for (const auto& [key, value] : table) keys.push_back(key);
  const std::string norm = "resnet_model/batch_normalization/", kernel = "resnet_model/conv2d/kernel", dense = "resnet_model/dense/";
  EXPECT_THAT(keys, ElementsAre("", "global_step", norm + "beta", norm + "beta/Momentum", norm + "gamma", norm + "gamma/Momentum", norm + "moving_mean",
                                norm + "moving_variance", kernel, kernel + "/Momentum", dense + "bias", dense + "bias/Momentum", dense + "kernel",
                                dense + "kernel/Momentum"));
  EXPECT_EQ(table.at("global_step"), "\x08\t\x12\0(\x08"s + "5\xbb\xd7\x9f\x11");  // int64, no axes, 8 bytes, checksum
}

TEST(ReadTable, ReadsSeveralBlocks) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("t.index", table_of({pair("ab", "1") + pair("c", "2", 1) + kOnePlace, pair("b", "") + kOnePlace}));

  EXPECT_THAT(read_table(path), ElementsAre(Pair("ab", "1"), Pair("ac", "2"), Pair("b", "")));
}

TEST(ReadTable, ReadsWhatWasWritten) {
  const TemporaryFolder folder;
  for (const Table& table : {Table{}, Table{{"", "x"}}, Table{{"", "head"}, {"a", ""}, {"a\0b"s, std::string(1000, '\xff')}, {"\xff", "\0"s}}}) {
    SCOPED_TRACE(table.size());
    EXPECT_EQ(read_table(folder.put("t.index", table_bytes(table))), table);
  }
}

TEST(ReadTable, RefusesAFileCutAtAnyByte) {
  const std::string whole = read_text(kOfficial);
  for (size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_THAT(refusal(whole.substr(0, size)), HasSubstr("is not a whole table"));
  }
}

TEST(ReadTable, NoticesEveryFlippedBitButThoseOfThePadding) {
  const TemporaryFolder folder;
  const std::string whole = read_text(kOfficial);
  const Table expected = read_table(kOfficial);
  // The two handles take 3 bytes each of the footer's 40.
  const size_t padding = whole.size() - 48 + 6, padding_end = whole.size() - 8;
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    SCOPED_TRACE(bit);
    std::string flipped = whole;
    flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    const fs::path path = folder.put("t.index", flipped);
    const bool goes_on = bit == 8 * padding - 1;  // the last number then takes a byte of the padding too, which adds nothing to it
    if (goes_on || (bit / 8 >= padding && bit / 8 < padding_end)) {
      EXPECT_EQ(read_table(path), expected);
    } else {
      EXPECT_EQ(test::code_of([&] { read_table(path); }), ErrorCode::kData);
    }
  }
}

TEST(ReadTable, SaysWhatIsWrong) {
  EXPECT_THAT(refusal(""), HasSubstr("byte 0: it has 0 bytes, the footer alone has 48"));
  EXPECT_THAT(refusal(std::string(100, 'x')), HasSubstr("byte 92: it does not end as a table does"));
  EXPECT_THAT(refusal(table_of({pair("b", "") + pair("a", "") + kOnePlace})), HasSubstr("byte 8: the keys are not in order"));
  EXPECT_THAT(refusal(table_of({pair("a", "") + pair("a", "") + kOnePlace})), HasSubstr("the keys are not in order"));
  EXPECT_THAT(refusal(table_of({pair("b", "") + kOnePlace, pair("a", "") + kOnePlace})), HasSubstr("the keys are not in order"));
  EXPECT_THAT(refusal(table_of({pair("a", "", 1) + kOnePlace})), HasSubstr("byte 3: a key shares 1 bytes with one of 0"));
  EXPECT_THAT(refusal(table_of({varint(0) + varint(2) + varint(0) + "a" + kOnePlace})), HasSubstr("byte 3: an entry has 2 bytes more, its block 1"));
  EXPECT_THAT(refusal(table_of({varint(0) + varint(0) + varint(uint64_t{1} << 63) + kOnePlace})), HasSubstr("an entry has 9223372036854775808 bytes more"));
  EXPECT_THAT(refusal(table_of({std::string(11, '\xff') + kOnePlace})), HasSubstr("byte 10: a number does not end"));
  EXPECT_THAT(refusal(table_of({"\1" + kOnePlace})), HasSubstr("byte 1: a number does not end"));
  EXPECT_THAT(refusal(table_of({""})), HasSubstr("a block of 0 bytes"));
  EXPECT_THAT(refusal(table_of({"\xff\xff\xff\xff"})), HasSubstr("a block of 4 bytes ends with 17179869184 bytes of places"));
  EXPECT_THAT(refusal(table_of({}, 7)), HasSubstr("compression 7 is not known"));
}

TEST(ReadTable, RefusesSnappyByName) {
  EXPECT_THAT(refusal(table_of({"compressed"}, 1)),
              HasSubstr("the block at byte 15 is compressed by Snappy, which is not read"));  // of the unused index of metadata
}

TEST(ReadTable, RefusesToGrowBeyondMemory) {
  std::string bomb = pair(std::string(1 << 20, 'k'), "");
  for (int i = 0; i < 64; ++i) bomb += pair("k", "", bomb.size() > 0 ? (1 << 20) + static_cast<size_t>(i) : 0);  // each a mebibyte out of seven bytes
  EXPECT_THAT(refusal(table_of({bomb + kOnePlace})), HasSubstr("the keys and values have more than 64.0 MiB"));

  const TemporaryFolder folder;
  fs::resize_file(folder.put("t.index", ""), (int64_t{64} << 20) + 1);  // takes no place on the disk
  EXPECT_EQ(test::code_of([&] { read_table(folder / "t.index"); }), ErrorCode::kData);
}

}  // namespace
}  // namespace fovea::io
