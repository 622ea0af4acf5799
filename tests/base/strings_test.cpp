#include "fovea/base/strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::ElementsAre;

TEST(JoinFirst, CountsWhatALineCannotHold) {
  const std::vector<std::string> ten{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};

  EXPECT_EQ(join_first(std::span(ten).first(8)), "a, b, c, d, e, f, g, h");
  EXPECT_EQ(join_first(ten), "a, b, c, d, e, f, g, h and 2 more");
}

TEST(EditDistance, CountsInsertDeleteReplaceAndSwap) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);  // k->s, e->i, +g: the textbook's example
  EXPECT_EQ(edit_distance("lr", "rl"), 1);           // one swap
  EXPECT_EQ(edit_distance("ca", "abc"), 3);          // optimal string alignment does not edit a swapped pair again
}

TEST(NearestName, OffersOnlyLikelyMisspellings) {
  const std::vector<std::string> names{"resnet18", "resnet50", "ssd"};

  EXPECT_EQ(nearest_name("resnet51", names), "resnet50");
  EXPECT_EQ(nearest_name("sds", names), "ssd");
  EXPECT_EQ(nearest_name("banana", names), std::nullopt);
}

TEST(Suggestion, NamesTheNearestOrAllWhenFew) {
  const std::vector<std::string> names{"alpha", "beta"};

  EXPECT_EQ(suggestion("alpah", names), "; did you mean \"alpha\"?");
  EXPECT_EQ(suggestion("zzzzzz", names), "; known: alpha, beta");
  EXPECT_EQ(suggestion("zzzzzz", {}), "");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Trim, TakesWhiteSpaceFromBothEnds) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
}

TEST(Join, PutsSeparatorsBetween) {
  EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(NormalName, IgnoresCaseAndHyphens) { EXPECT_EQ(normal_name("ResNeXt-50_32x4D"), "resnext_50_32x4d"); }

TEST(FormatBytes, ChoosesTheUnit) {
  EXPECT_EQ(format_bytes(87), "87 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(312.0 * 1024 * 1024), "312 MiB");
  EXPECT_EQ(format_bytes(1.5 * 1024 * 1024 * 1024), "1.5 GiB");
}

TEST(FormatDuration, ChoosesTheUnit) {
  EXPECT_EQ(format_duration(12.34), "12.3s");
  EXPECT_EQ(format_duration(185), "3m05s");
  EXPECT_EQ(format_duration(7 * 3600 + 41 * 60), "7h41m");
  EXPECT_EQ(format_duration(50 * 3600), "2d02h");
  EXPECT_EQ(format_duration(1.0 / 0.0), "?");
}

TEST(FormatDuration, RoundsAcrossUnits) {
  EXPECT_EQ(format_duration(99.94), "99.9s");
  EXPECT_EQ(format_duration(99.96), "1m40s");
  EXPECT_EQ(format_duration(3599.6), "1h00m");
}

TEST(FormatCount, GroupsByThree) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(25557032), "25,557,032");
  EXPECT_EQ(format_count(-123), "-123");
  EXPECT_EQ(format_count(-1234567), "-1,234,567");
  EXPECT_EQ(format_count(1, "thread"), "1 thread");
  EXPECT_EQ(format_count(2000, "thread"), "2,000 threads");
}

TEST(FormatNumber, GivesFourSignificantDigits) {
  EXPECT_EQ(format_number(6.91299), "6.913");
  EXPECT_EQ(format_number(0.0021), "0.0021");
  EXPECT_EQ(format_number(1.2e-7), "1.2e-07");
}

TEST(ParseDouble, ReadsWholeTextsOnly) {
  EXPECT_EQ(parse_double("1e-3"), 0.001);
  EXPECT_EQ(parse_double(".5"), 0.5);
  EXPECT_EQ(parse_double("+2"), 2.0);
  for (const char* text : {"", "+", "0x10", "nan", "inf", "1e999", "1,5", "1 ", " 1", "+-2", "++2"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_double(text), std::nullopt);
  }
}

TEST(ParseInt, ReadsWholeTextsOnly) {
  EXPECT_EQ(parse_int("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_int("+7"), 7);
  for (const char* text : {"", "+", "-", "9223372036854775808", "1.0", "1e3", "0x10", " 1", "1 ", "+-2", "++2"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_int(text), std::nullopt);
  }
}

TEST(MatchesPattern, KnowsStarAndQuestionMark) {
  EXPECT_TRUE(matches_pattern("train-00017-of-01024", "train-*-of-*"));
  EXPECT_TRUE(matches_pattern("abc", "a?c"));
  EXPECT_TRUE(matches_pattern("", "*"));
  EXPECT_TRUE(matches_pattern("aXbXc", "*X?"));  // the first X must be given up again
  EXPECT_FALSE(matches_pattern("abc", "a?"));
  EXPECT_FALSE(matches_pattern("abc", "*b"));
  EXPECT_FALSE(matches_pattern("", "?"));
  EXPECT_FALSE(matches_pattern("abc", ""));
}

TEST(OneLine, EscapesWhatSteersATerminal) { EXPECT_EQ(one_line("a\nb\x1b[31m\x7f"), "a\\nb\\x1b[31m\\x7f"); }

TEST(OneLine, LeavesOutTheMiddleOfALongTextButNoHalfCharacters) {
  EXPECT_EQ(one_line("abcdef", 6), "abcdef");
  EXPECT_EQ(one_line("abcdefg", 6), "abc...efg");
  EXPECT_EQ(one_line("ab\u00e9cd\u00e9ef", 6), "ab...ef");  // byte 3 and the third from the end are inside a character
  EXPECT_LT(one_line(std::string(1'000'000, '\n'), 100).size(), 300U);
}

}  // namespace
}  // namespace fovea
