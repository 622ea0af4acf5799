#include "fovea/data/record_facts.h"

#include "tests/data/samples.h"

#include <gtest/gtest.h>

namespace fovea::data {
namespace {

using test::TemporaryFolder;

std::optional<RecordFacts> facts_of(const TemporaryFolder& folder, const std::string& message) {
  const InputFile file(put(folder, "record", message));
  return read_record_facts(file, {.offset = 0, .length = file.size()});
}

TEST(RecordFacts, FindsLabelAndNames) {
  const TemporaryFolder folder;
  io::Example example = labelled(7, "cat");
  example.features["image/class/synset"] = io::BytesList{"n02123045"};
  example.features["image/height"] = io::Int64List{480};

  const auto facts = facts_of(folder, io::serialize(example));

  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->label, 7);
  EXPECT_EQ(facts->text, "cat");
  EXPECT_EQ(facts->synset, "n02123045");
}

// Messages one behind the other are one message (protobuf.dev, "Encoding", "Last One Wins"), which gives the features any order.
TEST(RecordFacts, FindsBothNamesInAnyOrder) {
  const TemporaryFolder folder;
  const auto message_with = [](const std::string& key, const io::Feature& feature) {
    io::Example example;
    example.features[key] = feature;
    return io::serialize(example);
  };
  const std::string label = message_with("image/class/label", io::Int64List{7});
  const std::string text = message_with("image/class/text", io::BytesList{"cat"});
  const std::string synset = message_with("image/class/synset", io::BytesList{"n02123045"});

  for (const std::string& message : {label + text + synset, label + synset + text, text + label + synset, synset + text + label}) {
    SCOPED_TRACE(message);
    const auto facts = facts_of(folder, message);

    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->label, 7);
    EXPECT_EQ(facts->text, "cat");
    EXPECT_EQ(facts->synset, "n02123045");
  }
}

TEST(RecordFacts, FindsWhatStandsBehindALargePicture) {
  const TemporaryFolder folder;
  io::Example example = labelled(3, {}, std::string(300'000, 'x'));
  example.features["image/zzz"] = io::FloatList{1, 2, 3};
  example.features["image/class/synset"] = io::BytesList{"n02123045"};

  const auto facts = facts_of(folder, io::serialize(example));

  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->label, 3);
  EXPECT_EQ(facts->synset, "n02123045");
}

// Example { features { feature { key: "image/class/label" value { int64_list { value: 300 } } } } }, by hand: the list unpacked (08 ac 02).
TEST(RecordFacts, ReadsUnpackedLists) {
  const TemporaryFolder folder;
  const std::string message = std::string("\x0a\x1e\x0a\x1c\x0a\x11image/class/label\x12\x07\x1a\x05\x08\xac\x02", 32);

  const auto facts = facts_of(folder, message.substr(0, 2) + message.substr(2));

  EXPECT_FALSE(facts);  // the lengths say two bytes more than there are
  const std::string right = std::string("\x0a\x1c\x0a\x1a\x0a\x11image/class/label\x12\x05\x1a\x03\x08\xac\x02", 30);
  const auto found = facts_of(folder, right);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->label, 300);
}

TEST(RecordFacts, IsNothingWithoutALabel) {
  const TemporaryFolder folder;
  io::Example example = labelled(3);
  example.features.erase("image/class/label");

  EXPECT_FALSE(facts_of(folder, io::serialize(example)));
}

TEST(RecordFacts, IsNothingWithTwoLabels) {
  const TemporaryFolder folder;
  io::Example example = labelled(3);
  example.features["image/class/label"] = io::Int64List{3, 4};

  EXPECT_FALSE(facts_of(folder, io::serialize(example)));
}

TEST(RecordFacts, SurvivesTruncationAtEveryByte) {
  const TemporaryFolder folder;
  const std::string message = io::serialize(labelled(300, "cat"));
  const InputFile file(put(folder, "record", message));

  for (int64_t length = 0; length < file.size(); ++length) {
    SCOPED_TRACE(length);
    EXPECT_FALSE(read_record_facts(file, {.offset = 0, .length = length}));
  }
}

TEST(RecordFacts, SurvivesEveryFlippedBit) {
  const TemporaryFolder folder;
  const std::string message = io::serialize(labelled(300, "cat"));
  const size_t bits = message.size() * 8;
  std::string all;  // one file: each variant behind the other
  for (size_t bit = 0; bit < bits; ++bit) {
    all += message;
    char& byte = all[all.size() - message.size() + bit / 8];
    byte = static_cast<char>(byte ^ (1 << bit % 8));
  }
  const InputFile file(put(folder, "records", all));
  size_t unchanged = 0;

  for (size_t bit = 0; bit < bits; ++bit) {
    const auto length = static_cast<int64_t>(message.size());
    const auto facts = read_record_facts(file, {.offset = static_cast<int64_t>(bit) * length, .length = length});
    unchanged += facts && facts->label == 300 && facts->text == "cat" ? 1 : 0;
  }

  EXPECT_GT(unchanged, 0U);    // flips inside the picture do not matter
  EXPECT_LT(unchanged, bits);  // the others do
}

}  // namespace
}  // namespace fovea::data
