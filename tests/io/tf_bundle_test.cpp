// Checkpoints of TensorFlow 2.21: tests/goldens/tf_bundle, made by make_tf_bundles.py, where their values stand.
#include "fovea/io/tf_bundle.h"

#include "fovea/io/crc32c.h"
#include "fovea/io/little_endian.h"
#include "fovea/io/table.h"
#include "tests/support/errors.h"
#include "tests/support/table_builder.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::io {
namespace {

using namespace std::string_literals;
using test::message_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kGoldens = FOVEA_SOURCE_DIR "/tests/goldens/tf_bundle";

template <class T>
std::vector<T> values(const TfBundle& bundle, const std::string& name) {
  const TfTensor& tensor = bundle.tensors().at(name);
  std::vector<std::byte> bytes(static_cast<size_t>(tensor.bytes));
  bundle.read(tensor, bytes);
  std::vector<T> result;
  for (size_t i = 0; i < bytes.size(); i += sizeof(T)) result.push_back(load_number<T>(bytes, i));
  return result;
}

void read_all(const TfBundle& bundle) {
  for (const auto& [name, tensor] : bundle.tensors()) {
    if (tensor.type) values<uint8_t>(bundle, name);
  }
}

TEST(TfBundle, ReadsEveryTypeOfElement) {
  const TfBundle bundle(kGoldens / "types");

  EXPECT_EQ(bundle.tensors().size(), 12U);
  EXPECT_THAT(values<float>(bundle, "f32"), ElementsAre(1.5F, -2.25F));
  EXPECT_THAT(bundle.tensors().at("f32").shape, ElementsAre(1, 2));
  EXPECT_THAT(values<double>(bundle, "f64"), ElementsAre(1e300, -0.1));
  EXPECT_THAT(values<uint16_t>(bundle, "f16"), ElementsAre(0x3800, 0xC200));   // 0.5 and -3 in binary16
  EXPECT_THAT(values<uint16_t>(bundle, "bf16"), ElementsAre(0x3F80, 0xC020));  // the upper halves of 1.0f and -2.5f
  EXPECT_THAT(values<int64_t>(bundle, "i64"), ElementsAre(int64_t{1} << 40, -1));
  EXPECT_THAT(values<int32_t>(bundle, "i32"), ElementsAre(-7, 8));
  EXPECT_THAT(values<uint8_t>(bundle, "u8"), ElementsAre(0, 255));
  EXPECT_THAT(values<uint8_t>(bundle, "bool"), ElementsAre(1, 0));
  EXPECT_THAT(values<float>(bundle, "scalar"), ElementsAre(3.5F));
  EXPECT_TRUE(bundle.tensors().at("scalar").shape.empty());
  EXPECT_TRUE(values<float>(bundle, "none").empty());
  EXPECT_THAT(bundle.tensors().at("none").shape, ElementsAre(0, 4));
}

TEST(TfBundle, ListsTextsAndOtherNumbersWithoutReadingThem) {
  const TfBundle bundle(kGoldens / "types");

  EXPECT_EQ(bundle.tensors().at("text").type, std::nullopt);
  EXPECT_EQ(bundle.tensors().at("u16").type, std::nullopt);
  EXPECT_EQ(TfBundle(kGoldens / "objects-1").tensors().at("_CHECKPOINTABLE_OBJECT_GRAPH").type, std::nullopt);
  EXPECT_THAT(values<float>(TfBundle(kGoldens / "objects-1"), "weight/.ATTRIBUTES/VARIABLE_VALUE"), ElementsAre(1, 2));
}

TEST(TfBundle, ReadsACheckpointOfATraining) {
  const TfBundle bundle(kGoldens / "model.ckpt-7");

  EXPECT_THAT(values<int64_t>(bundle, "global_step"), ElementsAre(7));
  EXPECT_THAT(bundle.tensors().at("resnet_model/conv2d/kernel").shape, ElementsAre(2, 2, 1, 3));
  EXPECT_THAT(values<float>(bundle, "resnet_model/dense/kernel"), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(TfBundle, ReadsSeveralDataFiles) {
  const TfBundle bundle(kGoldens / "shards");

  EXPECT_THAT(values<float>(bundle, "a"), ElementsAre(1, 2));
  EXPECT_THAT(values<float>(bundle, "b"), ElementsAre(4));
  EXPECT_THAT(values<int32_t>(bundle, "c"), ElementsAre(3));
  EXPECT_NE(bundle.tensors().at("a").shard, bundle.tensors().at("b").shard);
}

TEST(TfBundle, RefusesPartitionedVariables) {
  EXPECT_THAT(message_of([] { TfBundle{kGoldens / "partitioned"}; }), HasSubstr("tensor \"w\" is a partitioned variable"));
}

/// A copy of a checkpoint to damage.
class Copy : public TemporaryFolder {
 public:
  explicit Copy(const std::string& name) : index(read_text(kGoldens / (name + ".index"))), data(read_text(kGoldens / (name + ".data-00000-of-00001"))) {
    restore();
  }
  void restore() const {
    put("x.index", index);
    put("x.data-00000-of-00001", data);
  }
  [[nodiscard]] fs::path prefix() const { return path() / "x"; }
  std::string index, data;
};

TEST(TfBundle, RefusesFilesCutAtAnyByte) {
  const Copy copy("types");
  for (size_t size = 0; size < copy.index.size(); ++size) {
    SCOPED_TRACE(size);
    copy.put("x.index", copy.index.substr(0, size));
    EXPECT_EQ(test::code_of([&] { TfBundle{copy.prefix()}; }), ErrorCode::kData);
  }
  copy.restore();
  for (size_t size = 0; size < copy.data.size(); ++size) {
    SCOPED_TRACE(size);
    copy.put("x.data-00000-of-00001", copy.data.substr(0, size));
    EXPECT_THAT(message_of([&] { TfBundle{copy.prefix()}; }), HasSubstr(fmt::format("the file has {}", size)));
  }
}

TEST(TfBundle, NoticesEveryFlippedBitOfATensor) {
  const Copy copy("model.ckpt-7");
  for (size_t bit = 0; bit < 8 * copy.data.size(); ++bit) {
    SCOPED_TRACE(bit);
    std::string flipped = copy.data;
    flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    copy.put("x.data-00000-of-00001", flipped);
    const TfBundle bundle(copy.prefix());
    EXPECT_THAT(message_of([&] { read_all(bundle); }), HasSubstr("the checksum of the tensor at byte"));
  }
}

TEST(TfBundle, ReportsDataThatAreMissingOrShrank) {
  const Copy copy("model.ckpt-7");
  const TfBundle open(copy.prefix());
  fs::resize_file(copy / "x.data-00000-of-00001", 20);

  EXPECT_THAT(message_of([&] { read_all(open); }), HasSubstr("it ends inside the tensor at byte"));
  fs::remove(copy / "x.data-00000-of-00001");
  EXPECT_EQ(test::code_of([&] { TfBundle{copy.prefix()}; }), ErrorCode::kMissing);
  fs::remove(copy / "x.index");
  EXPECT_EQ(test::code_of([&] { TfBundle{copy.prefix()}; }), ErrorCode::kMissing);
}

// Messages by hand: the tag of field n is 8 n, plus 2 for texts and messages, plus 5 for fixed32.
const std::string kHeader = "\x08\x01"s;                                 // one data file
const std::string kEntry = "\x08\x01\x12\x04\x12\x02\x08\x02\x28\x08"s;  // float32, [2], 8 bytes from byte 0 on

std::string refusal(const Table& table) {
  const TemporaryFolder folder;
  folder.put("x.index", table_bytes(table));
  folder.put("x.data-00000-of-00001", std::string(8, '\0'));
  const auto error = test::error_of([&] { TfBundle{folder / "x"}; });
  if (!error) return "no error";
  EXPECT_EQ(error->code(), ErrorCode::kData);
  return error->what();
}

TEST(TfBundle, ChecksTheHeader) {
  EXPECT_EQ(refusal({{"", kHeader}, {"w", kEntry}}), "no error");
  EXPECT_THAT(refusal({{"w", kEntry}}), HasSubstr("the table has no header"));
  EXPECT_THAT(refusal({{"", ""}}), HasSubstr("0 data files, expected 1 to 99999"));
  EXPECT_THAT(refusal({{"", "\x08\xff\xff\xff\xff\x0f"}}), HasSubstr("4294967295 data files"));
  EXPECT_THAT(refusal({{"", kHeader + "\x10\x01"}}), HasSubstr("its numbers are big-endian"));
  EXPECT_THAT(refusal({{"", kHeader + "\x1a\x02\x10\x02"}}), HasSubstr("it is in form 2, and forms up to 1 are read"));
  EXPECT_THAT(refusal({{"",
                        "\x0a\x01"
                        "1"s}}),
              HasSubstr("the header has a field 1 of another type"));
  EXPECT_THAT(refusal({{"", "\x08"}}), HasSubstr("the header is no message"));
}

TEST(TfBundle, ChecksEveryNumberOfAnEntry) {
  const auto message = [](const std::string& more) { return refusal({{"", kHeader}, {"w", kEntry + more}}); };  // of a field given twice the last one counts
  const std::string minus_one = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", huge = "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";

  EXPECT_THAT(message("\x18\x01"), HasSubstr("tensor \"w\" lies in data file 1 of 1"));
  EXPECT_THAT(message("\x18" + minus_one), HasSubstr("the entry of tensor \"w\" has the negative number -1 in its field 3"));
  EXPECT_THAT(message("\x20\x01"), HasSubstr("tensor \"w\" has 8 bytes from byte 1 on, the file has 8"));
  EXPECT_THAT(message("\x20" + huge), HasSubstr("the file has 8"));
  EXPECT_THAT(message("\x28\x04"), HasSubstr("tensor \"w\" has 4 bytes, its shape [2] needs 8"));
  EXPECT_THAT(message("\x08\x02"), HasSubstr("tensor \"w\" has 8 bytes, its shape [2] needs 16"));
  EXPECT_THAT(message("\x08\x07\x28" + huge), HasSubstr("from byte 0 on, the file has 8")) << "texts too must lie in their file";
  EXPECT_THAT(message("\x12\x0c\x12\x0a\x08" + huge), HasSubstr("more than any memory has"));
  EXPECT_THAT(message("\x12\x0d\x12\x0b\x08" + minus_one), HasSubstr("has the negative number -1 in its field 1"));
  EXPECT_THAT(message("\x30\x01"), HasSubstr("has a field 6 of another type"));
  EXPECT_THAT(message("\x12"), HasSubstr("the entry of tensor \"w\" is no message"));
  std::string axes;
  for (int i = 0; i < 65; ++i) axes += "\x12\x02\x08\x01";
  EXPECT_THAT(message("\x12\x84\x02" + axes), HasSubstr("has more than 64 axes"));
}

TEST(WriteTfBundle, IsReadBack) {
  const TemporaryFolder folder;
  const std::vector<float> kernel{1, 2, 3, 4, 5, 6};
  const std::vector<int64_t> step{28152};
  const TensorView tensors[] = {{"resnet_model/dense/kernel", TensorType::kF32, {2, 3}, std::as_bytes(std::span(kernel))},
                                {"none", TensorType::kBF16, {0, 3}, {}},
                                {"global_step", TensorType::kI64, {}, std::as_bytes(std::span(step))}};

  write_tf_bundle(folder / "model.ckpt-28152", tensors);
  const TfBundle bundle(folder / "model.ckpt-28152");

  EXPECT_EQ(values<float>(bundle, "resnet_model/dense/kernel"), kernel);
  EXPECT_THAT(bundle.tensors().at("resnet_model/dense/kernel").shape, ElementsAre(2, 3));
  EXPECT_EQ(values<int64_t>(bundle, "global_step"), step);
  EXPECT_THAT(bundle.tensors().at("none").shape, ElementsAre(0, 3));
  EXPECT_EQ(read_text(folder / "checkpoint"), "model_checkpoint_path: \"model.ckpt-28152\"\nall_model_checkpoint_paths: \"model.ckpt-28152\"\n");
}

TEST(WriteTfBundle, WritesEveryType) {
  for (const TensorType type :
       {TensorType::kF32, TensorType::kBF16, TensorType::kF16, TensorType::kF64, TensorType::kI64, TensorType::kI32, TensorType::kU8, TensorType::kBool}) {
    const TemporaryFolder folder;
    const std::string data(static_cast<size_t>(3 * bytes_of(type)), '\1');
    const TensorView tensor{"x", type, {3}, as_bytes(data)};

    write_tf_bundle(folder / "x", std::span(&tensor, 1));

    EXPECT_EQ(TfBundle(folder / "x").tensors().at("x").type, type);
  }
}

TEST(WriteTfBundle, ReplacesNone) {
  const TemporaryFolder folder;
  const std::string one = "1234", other = "5678";
  const TensorView first{"x", TensorType::kF32, {1}, as_bytes(one)}, second{"x", TensorType::kF32, {1}, as_bytes(other)};
  write_tf_bundle(folder / "x", std::span(&first, 1));

  EXPECT_EQ(test::code_of([&] { write_tf_bundle(folder / "x", std::span(&second, 1)); }), ErrorCode::kCannotCreate);
  EXPECT_EQ(read_text(folder / "x.data-00000-of-00001"), one);
  fs::remove(folder / "x.index");  // as if the first writing had been cut short
  write_tf_bundle(folder / "x", std::span(&second, 1));
  EXPECT_EQ(values<uint8_t>(TfBundle(folder / "x"), "x"), (std::vector<uint8_t>{'5', '6', '7', '8'}));
}

TEST(WriteTfBundle, RefusesWhatTheCallerGotWrong) {
  const TemporaryFolder folder;
  const std::string data(8, 'x');
  const TensorView wrong_size{"a", TensorType::kF32, {1}, as_bytes(data)}, nameless{"", TensorType::kF32, {2}, as_bytes(data)};
  const TensorView twice[] = {{"a", TensorType::kF32, {2}, as_bytes(data)}, {"a", TensorType::kF32, {2}, as_bytes(data)}};

  const auto code = [&](std::span<const TensorView> tensors) { return test::code_of([&] { write_tf_bundle(folder / "x", tensors); }); };
  EXPECT_EQ(code({&wrong_size, 1}), ErrorCode::kInternal);
  EXPECT_EQ(code({&nameless, 1}), ErrorCode::kInternal);
  EXPECT_EQ(code(twice), ErrorCode::kInternal);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace fovea::io
