// Files of torch.save, written by PyTorch 2.13: tests/goldens/torch, made by make_torch_files.py, where their values stand.
#include "fovea/io/torch_file.h"

#include "fovea/io/little_endian.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>

#include <numeric>

namespace fovea::io {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

fs::path golden(const std::string& name) { return fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/torch" / name; }

std::vector<std::byte> bytes_of_tensor(const TorchFile& file, const TorchTensor& tensor) {
  std::vector<std::byte> bytes(static_cast<size_t>(tensor.bytes()));
  file.read(tensor, bytes);
  return bytes;
}

template <class T>
std::vector<T> values(const TorchFile& file, const std::string& name, size_t group = 0) {
  const TorchTensor& tensor = file.groups().at(group).tensors.at(name);
  EXPECT_EQ(bytes_of(tensor.type), static_cast<int64_t>(sizeof(T)));
  const std::vector<std::byte> bytes = bytes_of_tensor(file, tensor);
  std::vector<T> result;
  for (size_t i = 0; i < bytes.size(); i += sizeof(T)) result.push_back(load_number<T>(bytes, i));
  return result;
}

std::string refusal(const std::string& name) {
  const auto error = test::error_of([&] { TorchFile{golden(name)}; });
  if (!error) return "none";
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_NE(error->advice(), "");
  return error->what();
}

TEST(TorchFile, ReadsEveryTypeOfElement) {
  const TorchFile file(golden("types.pth"));

  ASSERT_EQ(file.groups().size(), 1U);
  EXPECT_EQ(file.groups()[0].path, "");
  EXPECT_THAT(values<float>(file, "f32"), ElementsAre(1.5F, -2.25F));
  EXPECT_THAT(values<double>(file, "f64"), ElementsAre(1e300, -0.1));
  EXPECT_THAT(values<uint16_t>(file, "f16"), ElementsAre(0x3800, 0xC200));   // 0.5 and -3 in binary16
  EXPECT_THAT(values<uint16_t>(file, "bf16"), ElementsAre(0x3F80, 0xC020));  // the upper halves of 1.0f and -2.5f
  EXPECT_THAT(values<int64_t>(file, "i64"), ElementsAre(int64_t{1} << 40, -1));
  EXPECT_THAT(values<int32_t>(file, "i32"), ElementsAre(-7, 8));
  EXPECT_THAT(values<uint8_t>(file, "u8"), ElementsAre(0, 255));
  EXPECT_THAT(values<uint8_t>(file, "bool"), ElementsAre(1, 0));
  EXPECT_THAT(values<float>(file, "scalar"), ElementsAre(3.5F));
  EXPECT_TRUE(values<float>(file, "none").empty());
  EXPECT_THAT(file.groups()[0].tensors.at("none").shape, ElementsAre(0, 4));
}

TEST(TorchFile, GathersViewsInRowMajorOrder) {
  const TorchFile file(golden("views.pth"));  // of 0 .. 23 as [2, 3, 4]

  EXPECT_THAT(values<float>(file, "slice"), ElementsAre(13, 14, 17, 18, 21, 22));
  EXPECT_THAT(values<float>(file, "transposed"), ElementsAre(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11));
  EXPECT_THAT(values<float>(file, "one"), ElementsAre(23));
  std::vector<float> counting(24);
  std::iota(counting.begin(), counting.end(), 0.F);
  EXPECT_EQ(values<float>(file, "whole"), counting);
  EXPECT_EQ(values<float>(file, "channels_last"), counting);
}

TEST(TorchFile, FindsTheDictsOfATrainingCheckpoint) {
  const TorchFile file(golden("training.pth"));

  ASSERT_EQ(file.groups().size(), 1U);  // the optimiser's tensors stand under numbers
  EXPECT_EQ(file.groups()[0].path, "state_dict");
  EXPECT_EQ(file.groups()[0].tensors.size(), 6U);
  EXPECT_THAT(file.groups()[0].tensors.at("module.conv1.weight").shape, ElementsAre(3, 2, 1, 1));
  EXPECT_THAT(values<int64_t>(file, "module.bn1.num_batches_tracked"), ElementsAre(1));
}

TEST(TorchFile, ReadsProtocol4AndParameters) {
  EXPECT_EQ(TorchFile(golden("protocol4.pth")).groups()[0].tensors.size(), 6U);
  EXPECT_THAT(values<float>(TorchFile(golden("parameter.pth")), "weight"), ElementsAre(1, 1));
}

TEST(TorchFile, RefusesPythonObjectsByName) {
  EXPECT_THAT(refusal("namespace.pth"), HasSubstr("namespace/data.pkl: byte 17: it holds a Python object \"argparse.Namespace\"; loading that would run code"));
  EXPECT_THAT(refusal("module.pth"), HasSubstr("it holds a Python object \"torch.nn.modules.linear.Linear\""));
}

TEST(TorchFile, SaysWhatToDoAboutAFileWithoutChecksums) { EXPECT_THAT(refusal("unchecked.pth"), HasSubstr("was saved without checksums")); }

TEST(TorchFile, ShowsNamesOfAFileAsOneShortLine) {
  const TemporaryFolder folder;
  ZipWriter zip(folder / "a.pth");
  zip.add(std::string(5000, 'x') + "\x1b[31m\n/data.pkl", as_bytes("\x80"));
  zip.finish();

  const std::string message = message_of([&] { TorchFile{folder / "a.pth"}; });

  EXPECT_THAT(message, HasSubstr("\\x1b[31m\\n/data.pkl"));
  EXPECT_LT(message.size(), 500U + folder.path().string().size());
}

TEST(TorchFile, SaysWhatElseAFileIs) {
  EXPECT_THAT(refusal("legacy.pth"), HasSubstr("in the form that torch.save had before PyTorch 1.6"));
  EXPECT_THAT(refusal("script.pt"), HasSubstr("is a TorchScript program"));
  EXPECT_THAT(message_of([] { TorchFile{golden("compressed.pth")}; }), HasSubstr("is compressed (method 8)"));
  EXPECT_TRUE(TorchFile(golden("no_names.pth")).groups().empty());
}

TEST(TorchFile, RefusesATensorLargerThanItsStorage) {
  EXPECT_THAT(message_of([] { TorchFile{golden("expanded.pth")}; }), HasSubstr("tensor \"x\" has a shape and strides that leave its storage of 1 elements"));
}

/// An archive with a pickle of one tensor, whose numbers are given.
fs::path one_tensor(const TemporaryFolder& folder, const std::string& elements, const std::string& first, const std::string& shape,
                    const std::string& strides) {
  using namespace std::string_literals;
  const std::string pickle = "\x80\x02}X\x01\0\0\0xctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"s +
                             "0X\x03\0\0\0cpu"s + elements + "tQ" + first + "(" + shape + "t(" + strides + "t\x89Nt" + "Rs.";
  const fs::path path = folder / "one.pth";
  fs::remove(path);
  ZipWriter zip(path);
  zip.add("a/data.pkl", as_bytes(pickle));
  zip.add("a/data/0", std::vector<std::byte>(24));
  zip.finish();
  return path;
}

TEST(TorchFile, ChecksEveryNumberOfATensor) {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& elements, const std::string& first, const std::string& shape, const std::string& strides) {
    const fs::path path = one_tensor(folder, elements, first, shape, strides);
    return message_of([&] { TorchFile{path}; });
  };
  const std::string six = "K\x06", zero{"K\0", 2}, one = "K\x01", two = "K\x02", three = "K\x03", minus = "J\xff\xff\xff\xff",
                    huge = std::string("\x8a\x08") + std::string(7, '\xff') + "\x7f";

  EXPECT_EQ(message(six, zero, two + three, three + one), "no error");
  EXPECT_EQ(message(six, six, zero, one), "no error") << "nothing behind the last element is nothing";
  EXPECT_THAT(message("K\x05", zero, two, one), HasSubstr("with 5 elements of 4 bytes, but that has 24 bytes"));
  EXPECT_THAT(message(six, one, two + three, three + one), HasSubstr("leave its storage of 6 elements"));
  EXPECT_THAT(message(six, zero, two, six), HasSubstr("leave its storage of 6 elements"));
  EXPECT_THAT(message(six, zero, huge, zero), HasSubstr("leave its storage of 6 elements"));
  EXPECT_THAT(message(six, zero, huge + huge, one + one), HasSubstr("leave its storage of 6 elements"));
  EXPECT_THAT(message(six, zero, two, huge), HasSubstr("leave its storage of 6 elements"));
  EXPECT_THAT(message(six, six, "", ""), HasSubstr("a first element outside its storage"));
  EXPECT_THAT(message(six, minus, one, one), HasSubstr("a first element outside its storage"));
  EXPECT_THAT(message(six, zero, minus, one), HasSubstr("a shape that is no list of whole numbers"));
  EXPECT_THAT(message(six, zero, one, minus), HasSubstr("strides that are no list of whole numbers, or are negative"));
  EXPECT_THAT(message(six, zero, one + one, one), HasSubstr("a shape and strides of different lengths"));
}

TEST(TorchFile, RefusesAFileCutAnywhereOrWithAnyBitOfATensorFlipped) {
  const TemporaryFolder folder;
  const std::string whole = read_text(golden("types.pth"));
  for (size_t size = 0; size < whole.size(); size += 7) {
    SCOPED_TRACE(size);
    const fs::path path = folder.put("cut.pth", whole.substr(0, size));
    EXPECT_EQ(test::code_of([&] { TorchFile{path}; }), ErrorCode::kData);
  }
  const TorchTensor tensor = TorchFile(golden("types.pth")).groups()[0].tensors.at("f64");
  for (int64_t bit = 0; bit < tensor.bytes() * 8; ++bit) {
    SCOPED_TRACE(bit);
    std::string flipped = whole;
    flipped[static_cast<size_t>(tensor.offset + bit / 8)] ^= static_cast<char>(1 << (bit % 8));
    const fs::path path = folder.put("flipped.pth", flipped);
    EXPECT_THAT(message_of([&] { TorchFile{path}; }), HasSubstr("the checksum of"));
  }
}

TEST(TorchFile, ReadsWhatItWrote) {
  const TemporaryFolder folder;
  const std::vector<float> weight{1, 2, 3, 4, 5, 6};
  const std::vector<int64_t> count{7};
  const std::vector<TensorView> tensors{{.name = "fc.weight", .type = TensorType::kF32, .shape = {2, 3}, .bytes = std::as_bytes(std::span(weight))},
                                        {.name = "n", .type = TensorType::kI64, .shape = {}, .bytes = std::as_bytes(std::span(count))}};
  write_torch_file(folder / "a.pth", tensors, {{"about", "text"}});

  const TorchFile file(folder / "a.pth");

  EXPECT_EQ(values<float>(file, "fc.weight"), weight);
  EXPECT_THAT(file.groups()[0].tensors.at("fc.weight").shape, ElementsAre(2, 3));
  EXPECT_EQ(values<int64_t>(file, "n"), count);
  EXPECT_TRUE(file.groups()[0].tensors.at("n").shape.empty());
  EXPECT_THAT(file.metadata(), ElementsAre(std::pair("about", "text")));
}

}  // namespace
}  // namespace fovea::io
