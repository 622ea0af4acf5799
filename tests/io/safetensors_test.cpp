#include "fovea/io/safetensors.h"

#include "fovea/io/little_endian.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::io {
namespace {

using namespace std::string_literals;
using test::error_of;
using test::message_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::string file_of(const std::string& header, const std::string& data) {
  std::vector<std::byte> length;
  append_number(length, static_cast<uint64_t>(header.size()));
  return std::string(as_text(length)) + header + data;
}

std::string read_all(const SafetensorsFile& file, const std::string& name) {
  const TensorInfo& info = file.tensors().at(name);
  std::string bytes(static_cast<size_t>(info.bytes), '\0');
  file.read(info, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

/// The refusal of a file with this header and `data_bytes` bytes of tensors, behind the path.
std::string refusal(const std::string& header, size_t data_bytes = 0) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", file_of(header, std::string(data_bytes, '\0')));
  const auto error = error_of([&] { SafetensorsFile{path}; });
  if (!error) return "no error";
  EXPECT_EQ(error->code(), ErrorCode::kData);
  const std::string start = "\"" + path.string() + "\" is not a whole safetensors file: ";
  EXPECT_THAT(error->what(), testing::StartsWith(start));
  return std::string(error->what()).substr(start.size());
}

// By safetensors 0.8.0 with torch 2.13.0 (tests/fuzz/make_corpus.py): "b" bfloat16 [[1, 2, 3]], "a" int64 [7, -1], "u" uint8 [5].
const fs::path kOfficial = FOVEA_SOURCE_DIR "/tests/fuzz/corpus/safetensors/three";

TEST(SafetensorsFile, ReadsAFileOfTheOriginalLibrary) {
  const SafetensorsFile file(kOfficial);

  // 8 bytes of length and 208 of header lie before the data.
  EXPECT_THAT(file.tensors(), ElementsAre(Pair("a", TensorInfo{TensorType::kI64, {2}, 216, 16}), Pair("b", TensorInfo{TensorType::kBF16, {1, 3}, 232, 6}),
                                          Pair("u", TensorInfo{TensorType::kU8, {1}, 238, 1})));
  EXPECT_THAT(file.metadata(), ElementsAre(Pair("made_by", "safetensors")));
  EXPECT_EQ(read_all(file, "a"), "\x07\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"s);
  EXPECT_EQ(read_all(file, "b"), "\x80\x3f\0\x40\x40\x40"s);  // 1 = 3f80, 2 = 4000, 3 = 4040
  EXPECT_EQ(read_all(file, "u"), "\x05");
}

TEST(SafetensorsFile, ReadsTensorsWithoutElementsAndScalars) {
  const SafetensorsFile file(FOVEA_SOURCE_DIR "/tests/fuzz/corpus/safetensors/no_elements");

  EXPECT_THAT(file.tensors().at("x").shape, ElementsAre(0, 4));
  EXPECT_EQ(file.tensors().at("x").bytes, 0);
  EXPECT_THAT(file.tensors().at("y").shape, IsEmpty());
  EXPECT_EQ(read_all(file, "y"), "\0\0\xc0\x3f"s);  // 1.5
}

TEST(SafetensorsFile, ReadsAFileWithoutTensors) { EXPECT_THAT(SafetensorsFile(FOVEA_SOURCE_DIR "/tests/fuzz/corpus/safetensors/none").tensors(), IsEmpty()); }

TEST(SafetensorsFile, RefusesAFileCutAtAnyByte) {
  const TemporaryFolder folder;
  const std::string content = read_text(kOfficial);
  for (size_t size = 0; size < content.size(); ++size) {
    SCOPED_TRACE(size);
    const fs::path path = folder.put("cut", content.substr(0, size));

    const auto error = error_of([&] { SafetensorsFile{path}; });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::kData);
  }
}

TEST(SafetensorsFile, EitherReadsOrRefusesEveryFlippedBit) {
  const TemporaryFolder folder;
  const std::string content = read_text(kOfficial);
  constexpr size_t kHeaderEnd = 216;
  int refused = 0;
  for (size_t byte = 0; byte < kHeaderEnd; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(fmt::format("byte {} bit {}", byte, bit));
      std::string flipped = content;
      flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << bit));
      const fs::path path = folder.put("flipped", flipped);

      const auto error = error_of([&] { SafetensorsFile{path}; });

      if (!error) continue;  // inside a name or a text
      EXPECT_EQ(error->code(), ErrorCode::kData);
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);  // of 1728
}

TEST(SafetensorsFile, RefusesAbsurdHeaderLengths) {
  const TemporaryFolder folder;
  const auto message = [&](uint64_t length) {
    std::vector<std::byte> bytes;
    append_number(bytes, length);
    const fs::path path = folder.put("file", std::string(as_text(bytes)) + "{}");
    return message_of([&] { SafetensorsFile{path}; });
  };

  EXPECT_THAT(message(UINT64_MAX), HasSubstr("the header would have 18446744073709551615 bytes, the limit is 67108864"));
  EXPECT_THAT(message((64 << 20) + 1), HasSubstr("the header would have 67108865 bytes, the limit is 67108864"));
  EXPECT_THAT(message(3), HasSubstr("the header would have 3 bytes, the file has 10"));
  EXPECT_EQ(message(2), "no error");
}

TEST(SafetensorsFile, RefusesHeadersThatAreNotOneFlatMap) {
  EXPECT_EQ(refusal("[]"), "the header at byte 8 does not begin with '{'");
  EXPECT_EQ(refusal(" {}"), "the header at byte 8 does not begin with '{'");
  EXPECT_EQ(refusal(""), "the header at byte 8 does not begin with '{'");
  EXPECT_EQ(refusal("{\"a\":}"), "the header is not JSON at byte 14");  // 8 + the sixth byte, counted from 1
  EXPECT_THAT(refusal("{} x"), HasSubstr("the header is not JSON"));
  EXPECT_THAT(refusal("{\"\xff\":1}"), HasSubstr("the header is not JSON"));  // not UTF-8
  EXPECT_EQ(refusal("{\"a\":1e999}"), "the header holds a number beyond the range of float64");
  EXPECT_EQ(refusal("{\"a\":" + std::string(100'000, '[')), "the header nests too deep");
  EXPECT_EQ(refusal("{\"a\":{\"shape\":[[1]]}}"), "the header nests too deep");
}

TEST(SafetensorsFile, RefusesWrongEntries) {
  const std::string entry_refusal = "the entry of tensor \"a\" is not made of dtype, shape and data_offsets";
  EXPECT_EQ(refusal(R"({"a":1})"), entry_refusal);
  EXPECT_EQ(refusal(R"({"a":{}})"), entry_refusal);
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[0]}})"), entry_refusal);
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"more":1}})"), entry_refusal);
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F8_E4M3","shape":[0],"data_offsets":[0,0]}})"),
              HasSubstr("tensor \"a\" has the type \"F8_E4M3\", which is not one of F32,"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":7,"shape":[0],"data_offsets":[0,0]}})"), HasSubstr("has the type 7,"));
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"),
            "the header has \"a\" twice");
}

TEST(SafetensorsFile, RefusesWrongShapesAndOffsets) {
  const auto with = [](const std::string& shape, const std::string& offsets, size_t data = 0) {
    return refusal(R"({"a":{"dtype":"U8","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}", data);
  };

  for (const char* shape : {"1", "[-1]", "[1.0]", "[1e0]", "[\"1\"]", "[true]", "[18446744073709551615]", "[9223372036854775808]", "null", "{}"}) {
    SCOPED_TRACE(shape);
    EXPECT_EQ(with(shape, "[0,1]", 1), "tensor \"a\" has a shape that is not a list of whole numbers");
  }
  for (const char* offsets : {"0", "[0]", "[0,1,1]", "[-1,0]", "[1,0]", "[0,1.0]", "[0,18446744073709551615]", "null"}) {
    SCOPED_TRACE(offsets);
    EXPECT_EQ(with("[1]", offsets, 1), "tensor \"a\" has data_offsets that are not [begin, end]");
  }
}

TEST(SafetensorsFile, RefusesSizesThatDoNotFit) {
  EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,23]}})", 23), "tensor \"a\" has 23 bytes, its shape and type need 24");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})"),
            "tensor \"a\" has 0 bytes, its shape and type need more than any file holds");  // 2^66 is 0 in 64 bits
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775806,9223372036854775807]}})", 1),
            "tensor \"a\" begins behind the end of the file");
}

TEST(SafetensorsFile, RefusesHolesOverlapsAndTails) {
  const auto two = [](const std::string& first, const std::string& second, size_t data) {
    return refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first + R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}", data);
  };
  // The header has 1 + 51 + 1 + 51 + 1 = 105 bytes in each case, so the data begin at byte 113.

  EXPECT_EQ(two("[0,4]", "[4,8]", 8), "no error");
  EXPECT_EQ(two("[4,8]", "[0,4]", 8), "no error");
  EXPECT_EQ(two("[0,4]", "[5,9]", 9), "tensor \"b\" begins at byte 118, expected 117");
  EXPECT_EQ(two("[0,4]", "[3,7]", 7), "tensor \"b\" begins at byte 116, expected 117");
  EXPECT_EQ(two("[0,4]", "[0,4]", 4), "tensor \"b\" begins at byte 113, expected 117");
  EXPECT_EQ(two("[1,5]", "[5,9]", 9), "tensor \"a\" begins at byte 114, expected 113");
  EXPECT_EQ(two("[0,4]", "[4,8]", 7), "tensor \"b\" has 4 bytes from byte 117 on, the file ends at byte 120");
  EXPECT_EQ(two("[0,4]", "[4,8]", 9), "the tensors end at byte 121, the file at byte 122");
  EXPECT_EQ(refusal("{}", 1), "the tensors end at byte 10, the file at byte 11");
}

TEST(SafetensorsFile, RefusesMetadataThatAreNotTexts) {
  EXPECT_EQ(refusal(R"({"__metadata__":["a"]})"), "__metadata__ is not a map of texts");
  EXPECT_EQ(refusal(R"({"__metadata__":{"step":1}})"), "__metadata__ has a value that is not a text under \"step\"");
  EXPECT_EQ(refusal(R"({"__metadata__":{"step":"1"}})"), "no error");
}

TEST(SafetensorsFile, ReportsAFileThatHasShrunk) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", read_text(kOfficial));
  const SafetensorsFile file(path);
  fs::resize_file(path, 235);

  EXPECT_THAT(message_of([&] { read_all(file, "b"); }), HasSubstr("it ends at byte 235, inside a tensor that ends at byte 238"));
}

TEST(SafetensorsFile, RefusesWhatIsMissing) {
  const auto error = error_of([] { SafetensorsFile{"/nonexistent/file"}; });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
}

TEST(WriteSafetensors, IsReadBack) {
  const TemporaryFolder folder;
  const fs::path path = folder / "file";
  const std::string bytes = "\x05", halves = "\x80\x3f\0\x40\x40\x40"s, longs = "\x07\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"s;
  const TensorView tensors[] = {{"u", TensorType::kU8, {1}, as_bytes(bytes)},
                                {"b", TensorType::kBF16, {1, 3}, as_bytes(halves)},
                                {"none", TensorType::kF32, {3, 0}, {}},
                                {"a", TensorType::kI64, {2}, as_bytes(longs)}};

  write_safetensors(path, tensors, {{"step", "7"}, {"note", "\"quoted\"\n"}});
  const SafetensorsFile file(path);

  EXPECT_EQ(read_all(file, "u"), bytes);
  EXPECT_EQ(read_all(file, "b"), halves);
  EXPECT_EQ(read_all(file, "a"), longs);
  EXPECT_THAT(file.tensors().at("none").shape, ElementsAre(3, 0));
  EXPECT_THAT(file.metadata(), ElementsAre(Pair("note", "\"quoted\"\n"), Pair("step", "7")));
  for (const auto& [name, info] : file.tensors()) EXPECT_EQ(info.offset % bytes_of(info.type), 0) << name;
}

TEST(WriteSafetensors, WritesEveryType) {
  const TemporaryFolder folder;
  for (const TensorType type :
       {TensorType::kF32, TensorType::kBF16, TensorType::kF16, TensorType::kF64, TensorType::kI64, TensorType::kI32, TensorType::kU8, TensorType::kBool}) {
    const std::string data(static_cast<size_t>(3 * bytes_of(type)), '\1');
    const TensorView tensor{"x", type, {3}, as_bytes(data)};

    write_safetensors(folder / "file", std::span(&tensor, 1), {});

    const SafetensorsFile file(folder / "file");
    EXPECT_EQ(file.tensors().at("x").type, type);
    EXPECT_EQ(read_all(file, "x"), data);
  }
}

TEST(WriteSafetensors, WritesTheSameBytesAgain) {
  const TemporaryFolder folder;
  const std::string data(12, 'x');
  const TensorView tensors[] = {{"b", TensorType::kF32, {1}, as_bytes(data).first(4)}, {"a", TensorType::kF32, {2}, as_bytes(data).first(8)}};

  write_safetensors(folder / "one", tensors, {{"k", "v"}});
  write_safetensors(folder / "two", tensors, {{"k", "v"}});

  EXPECT_EQ(read_text(folder / "one"), read_text(folder / "two"));
  EXPECT_EQ(SafetensorsFile(folder / "one").tensors().at("b").offset % 8, 0);  // first in the order given, so first in the file
}

TEST(WriteSafetensors, RefusesWhatTheCallerGotWrong) {
  const TemporaryFolder folder;
  const std::string data(8, 'x');
  const TensorView wrong_size{"a", TensorType::kF32, {1}, as_bytes(data)};
  const TensorView reserved{"__metadata__", TensorType::kF32, {2}, as_bytes(data)};
  const TensorView twice[] = {{"a", TensorType::kF32, {2}, as_bytes(data)}, {"a", TensorType::kF32, {2}, as_bytes(data)}};

  const auto code = [&](std::span<const TensorView> tensors) { return error_of([&] { write_safetensors(folder / "file", tensors, {}); })->code(); };
  EXPECT_EQ(code({&wrong_size, 1}), ErrorCode::kInternal);
  EXPECT_EQ(code({&reserved, 1}), ErrorCode::kInternal);
  EXPECT_EQ(code(twice), ErrorCode::kInternal);
  EXPECT_FALSE(fs::exists(folder / "file"));
}

}  // namespace
}  // namespace fovea::io
