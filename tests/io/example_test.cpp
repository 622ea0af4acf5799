#include "fovea/io/example.h"

#include "fovea/base/file.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::io {
namespace {

using namespace std::string_literals;
using test::error_of;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Example parse(std::string_view message) { return parse_example(as_bytes(message)); }

// By Google's protobuf 7.36.2 (tests/fuzz/make_corpus.py): the same example with packed and with unpacked lists.
const std::string kPacked =
    "\nZ\n&\n\x11image/class/label\x12\x11\x1a\x0f\n\r\x01\xac\x02\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    "\n\x19\n\rimage/encoded\x12\x08\n\x06\n\x02\xff\xd8\n\0\n\x15\n\x05scale\x12\x0c\x12\n\n\x08\0\0\0?\0\0\0\xc0"s;
const std::string kUnpacked =
    "\n[\n'\n\x11image/class/label\x12\x12\x1a\x10\x08\x01\x08\xac\x02\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    "\n\x19\n\rimage/encoded\x12\x08\n\x06\n\x02\xff\xd8\n\0\n\x15\n\x05scale\x12\x0c\x12\n\r\0\0\0?\r\0\0\0\xc0"s;

const Example kExample{{{"image/class/label", Int64List{1, 300, -2}}, {"image/encoded", BytesList{"\xff\xd8", ""}}, {"scale", FloatList{0.5F, -2.0F}}}};

// Messages around one feature "k" whose content is given: Example{Features{entry{key, Feature}}}, each of length below 128.
std::string wrapped(char field, const std::string& content) {
  return std::string{static_cast<char>(field << 3 | 2), static_cast<char>(content.size())} + content;
}
std::string with_feature(const std::string& feature) { return wrapped(1, wrapped(1, wrapped(1, "k") + wrapped(2, feature))); }

TEST(ParseExample, ReadsPackedLists) { EXPECT_EQ(parse(kPacked), kExample); }

TEST(ParseExample, ReadsUnpackedLists) { EXPECT_EQ(parse(kUnpacked), kExample); }

TEST(ParseExample, ReadsAnEmptyMessage) { EXPECT_THAT(parse("").features, IsEmpty()); }

TEST(ParseExample, JoinsPackedAndUnpackedPieces) {
  // Int64List: value 1 unpacked, values 2 and 3 packed, value 4 unpacked.
  EXPECT_THAT(*parse(with_feature(wrapped(3, "\x08\x01\x0a\x02\x02\x03\x08\x04"s))).ints("k"), ElementsAre(1, 2, 3, 4));
}

TEST(ParseExample, PassesOverUnknownFields) {
  // Field 9 as varint, fixed64, length-delimited and fixed32, before the known ones and inside.
  const std::string unknown =
      "\x48\x96\x01\x49"
      "12345678"
      "\x4a\x03"
      "abc"
      "\x4d"
      "1234"s;
  const std::string list = wrapped(3, unknown + "\x08\x07"s);

  const Example example = parse(unknown + wrapped(1, unknown + wrapped(1, unknown + wrapped(1, "k") + wrapped(2, unknown + list))));

  EXPECT_EQ(example, (Example{{{"k", Int64List{7}}}}));
}

TEST(ParseExample, KeepsEmptyListsAndDropsFeaturesWithoutOne) {
  const Example with_list = parse(with_feature(wrapped(2, "")));
  ASSERT_NE(with_list.floats("k"), nullptr);
  EXPECT_THAT(*with_list.floats("k"), IsEmpty());

  EXPECT_EQ(parse(with_feature("")).ints("k"), nullptr);
}

TEST(ParseExample, TakesTheLastOfSeveral) {
  const std::string one = wrapped(3, "\x08\x01"s), two = wrapped(3, "\x08\x02"s), text = wrapped(1, wrapped(1, "t"));

  EXPECT_THAT(*parse(with_feature(one) + with_feature(two)).ints("k"), ElementsAre(2));
  EXPECT_THAT(*parse(with_feature(one + text)).bytes("k"), ElementsAre("t"));  // of two kinds
  EXPECT_THAT(*parse(with_feature(one + two)).ints("k"), ElementsAre(1, 2));   // of one kind: joined
}

TEST(ParseExample, NeverCrashesOnACutMessage) {
  for (const std::string& message : {kPacked, kUnpacked}) {
    for (size_t size = 1; size < message.size(); ++size) {
      SCOPED_TRACE(size);
      const auto error = error_of([&] { parse(message.substr(0, size)); });

      // The outermost length covers the whole message, so no cut can pass.
      ASSERT_TRUE(error);
      EXPECT_EQ(error->code(), ErrorCode::kData);
      EXPECT_EQ(std::string(error->what()), fmt::format("example is damaged at byte 0 of {}: a field reaches past the end of its message", size));
    }
  }
}

TEST(ParseExample, EitherReadsOrRefusesEveryFlippedBit) {
  int refused = 0;
  for (const std::string& message : {kPacked, kUnpacked}) {
    for (size_t byte = 0; byte < message.size(); ++byte) {
      for (int bit = 0; bit < 8; ++bit) {
        SCOPED_TRACE(fmt::format("byte {} bit {}", byte, bit));
        std::string damaged = message;
        damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << bit));
        const auto error = error_of([&] { parse(damaged); });
        if (!error) continue;  // a flip inside a text or number gives another text or number
        EXPECT_EQ(error->code(), ErrorCode::kData);
        EXPECT_THAT(error->what(), HasSubstr("example is damaged at byte "));
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 200);
}

TEST(ParseExample, SaysAtWhichByte) {
  // 10 bytes of wrapping and keys lie before the list's first field: 2 + 2 + 3 + 2 + 2 = 11.
  EXPECT_EQ(message_of([] { parse(with_feature(wrapped(3, "\x0a\x03\x01\x02\xff"s))); }),
            "example is damaged at byte 15 of 16: a field reaches past the end of its message");
  EXPECT_EQ(message_of([] { parse(with_feature(wrapped(3, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s))); }),
            "example is damaged at byte 11 of 23: a number has more than ten bytes");
  EXPECT_EQ(message_of([] {
              parse(with_feature(wrapped(2,
                                         "\x0a\x03"
                                         "abc"s)));
            }),
            "example is damaged at byte 11 of 16: a packed list of floats has a length that is not a multiple of four");
  EXPECT_EQ(message_of([] { parse("\x08\x01"s); }), "example is damaged at byte 0 of 2: a message, text or packed list has the wire type of a number");
}

TEST(ParseExample, RefusesAbsurdLengths) {
  const std::string huge = "\xff\xff\xff\xff\x0f"s;  // 2^32 - 1

  for (const std::string& message :
       {"\x0a"s + huge, with_feature("\x1a"s + huge), with_feature(wrapped(1, "\x0a"s + huge)), with_feature(wrapped(2, "\x0a"s + huge))}) {
    EXPECT_THAT(message_of([&] { parse(message); }), HasSubstr("reaches past the end"));
  }
}

TEST(Example, NamesKeyAndTypesWhenTheTypeIsWrong) {
  const auto error = error_of([] { std::ignore = kExample.ints("image/encoded"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_EQ(std::string(error->what()), "feature \"image/encoded\" is a list of bytes, expected a list of integers");
  EXPECT_EQ(message_of([] { std::ignore = kExample.bytes("scale"); }), "feature \"scale\" is a list of floats, expected a list of bytes");
  EXPECT_EQ(message_of([] { std::ignore = kExample.floats("image/class/label"); }),
            "feature \"image/class/label\" is a list of integers, expected a list of floats");
}

TEST(Example, GivesNothingForAnAbsentFeature) {
  EXPECT_EQ(kExample.ints("absent"), nullptr);
  EXPECT_EQ(kExample.floats("absent"), nullptr);
  EXPECT_EQ(kExample.bytes("absent"), nullptr);
}

TEST(Serialize, EqualsTheBytesOfAnotherWriter) { EXPECT_EQ(serialize(kExample), kPacked); }

TEST(Serialize, KeepsEmptyLists) {
  const Example example{{{"b", BytesList{}}, {"f", FloatList{}}, {"i", Int64List{}}}};

  EXPECT_EQ(parse(serialize(example)), example);
}

TEST(Serialize, KeepsExtremeNumbers) {
  const Example example{{{"f", FloatList{1e38F, -0.0F, 1e-45F}}, {"i", Int64List{INT64_MIN, INT64_MAX, 0}}}};

  EXPECT_EQ(parse(serialize(example)), example);
}

}  // namespace
}  // namespace fovea::io
