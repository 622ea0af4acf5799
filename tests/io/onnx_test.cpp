#include "fovea/io/onnx.h"

#include "fovea/base/file.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace fovea::io {
namespace {

using namespace std::string_literals;

TEST(Onnx, WritesWhatTheOnnxPackageWrites) {
  // tests/goldens/make_onnx_golden.py describes the same graph with onnx 1.23.2
  OnnxTensor weight{.name = "conv.weight", .shape = {2, 2, 2, 2}, .values = std::vector<float>(16)};
  std::iota(weight.values.begin(), weight.values.end(), 0.0F);
  for (float& each : weight.values) each = each / 4 - 1;
  const std::vector<std::variant<int64_t, std::string>> shape{"N", int64_t{2}, int64_t{300}, int64_t{3}};
  const OnnxModel model{.producer = "fovea",
                        .producer_version = "1.2.3",
                        .graph = {.name = "small",
                                  .nodes = {{.op = "Conv",
                                             .name = "conv",
                                             .inputs = {"x", "conv.weight", "conv.bias"},
                                             .outputs = {"conv"},
                                             .attributes = {{"kernel_shape", std::vector<int64_t>{2, 2}},
                                                            {"strides", std::vector<int64_t>{1, 1}},
                                                            {"pads", std::vector<int64_t>{0, 0, 1, 1}},
                                                            {"group", int64_t{1}}}},
                                            {.op = "Relu", .name = "relu", .inputs = {"conv"}, .outputs = {"y"}},
                                            {.op = "Softmax", .name = "softmax", .inputs = {"y"}, .outputs = {"p"}, .attributes = {{"axis", int64_t{1}}}}},
                                  .initialisers = {weight, {.name = "conv.bias", .shape = {2}, .values = {0.5F, -300}}},
                                  .inputs = {{.name = "x", .shape = shape}},
                                  .outputs = {{.name = "y", .shape = shape}, {.name = "p", .shape = shape}}},
                        .metadata = {{"classes", R"(["cat", "dog"])"}, {"step", "64"}}};

  const std::string bytes = onnx_bytes(model);

  EXPECT_TRUE(bytes == read_text(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/small.onnx"));  // not by EXPECT_EQ, which would print them
}

OnnxModel one_tensor(std::vector<float> values) {
  return {.producer = "f", .graph = {.name = "g", .initialisers = {{.name = "w", .shape = {static_cast<int64_t>(values.size())}, .values = values}}}};
}

TEST(Onnx, WritesTensorsAsRawLittleEndianBytes) {
  // Worked by hand from the field numbers of onnx.proto: ir_version 8; producer_name "f"; producer_version ""; graph { name "g",
  // initializer { dims 2, data_type FLOAT, name "w", raw_data 1.0f -2.0f } }; opset_import { domain "", version 17 }
  EXPECT_EQ(onnx_bytes(one_tensor({1, -2})),
            "\x08\x08\x12\x01\x66\x1a\0"
            "\x3a\x16\x12\x01g\x2a\x11\x08\x02\x10\x01\x42\x01w\x4a\x08\0\0\x80\x3f\0\0\0\xc0"
            "\x42\x04\x0a\0\x10\x11"s);
}

TEST(Onnx, RefusesWhatTheFormatCannotHold) {
  const OnnxModel model = one_tensor(std::vector<float>(100));

  const auto by_weights = test::error_of([&] { (void)onnx_bytes(model, 399); });
  const auto by_the_rest = test::error_of([&] { (void)onnx_bytes(model, 400); });

  ASSERT_TRUE(by_weights);
  EXPECT_EQ(by_weights->code(), ErrorCode::kCannotCreate);
  EXPECT_STREQ(by_weights->what(), "the ONNX file would have 400 bytes, the format ends at 399");
  ASSERT_TRUE(by_the_rest);
  EXPECT_EQ(by_the_rest->code(), ErrorCode::kCannotCreate);
  EXPECT_EQ(kMaxOnnxBytes, 2147483647);  // protobuf's limit of a message
}

TEST(Onnx, RefusesATensorWhoseShapeIsNotThatOfItsValues) {
  OnnxModel model = one_tensor({1, 2, 3});
  model.graph.initialisers[0].shape = {2, 2};

  EXPECT_EQ(test::code_of([&] { (void)onnx_bytes(model); }), ErrorCode::kInternal);
}

}  // namespace
}  // namespace fovea::io
