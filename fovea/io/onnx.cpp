#include "fovea/io/onnx.h"

#include "fovea/base/error.h"

#include <protozero/pbf_writer.hpp>

#include <bit>
#include <functional>
#include <numeric>

namespace fovea::io {
namespace {

using protozero::pbf_writer;

// Field numbers and enumerators of onnx.proto, ONNX 1.12.
namespace model {
constexpr uint32_t kIrVersion = 1, kProducer = 2, kProducerVersion = 3, kGraph = 7, kOpsetImport = 8, kMetadata = 14;
}
namespace opset {
constexpr uint32_t kDomain = 1, kVersion = 2;
}
namespace property {
constexpr uint32_t kKey = 1, kValue = 2;
}
namespace graph {
constexpr uint32_t kNode = 1, kName = 2, kInitialiser = 5, kInput = 11, kOutput = 12;
}
namespace node {
constexpr uint32_t kInput = 1, kOutput = 2, kName = 3, kOp = 4, kAttribute = 5;
}
namespace attribute {
constexpr uint32_t kName = 1, kInt = 3, kInts = 8, kType = 20;
constexpr int32_t kTypeInt = 2, kTypeInts = 7;
}  // namespace attribute
namespace tensor {
constexpr uint32_t kDimensions = 1, kType = 2, kName = 8, kRawData = 9;
constexpr int32_t kFloat = 1;
}  // namespace tensor
namespace value {
constexpr uint32_t kName = 1, kType = 2, kTensorType = 1, kElementType = 1, kShape = 2, kDimension = 1, kSize = 1, kSizeName = 2;
}

void write(pbf_writer& parent, const OnnxAttribute& item) {
  pbf_writer writer(parent, node::kAttribute);
  writer.add_string(attribute::kName, item.name);
  if (const auto* number = std::get_if<int64_t>(&item.value)) {
    writer.add_int64(attribute::kInt, *number);
    writer.add_enum(attribute::kType, attribute::kTypeInt);
  } else {
    // onnx.proto is of protobuf's second language, where lists of numbers are not packed
    for (const int64_t each : std::get<std::vector<int64_t>>(item.value)) writer.add_int64(attribute::kInts, each);
    writer.add_enum(attribute::kType, attribute::kTypeInts);
  }
}

void write(pbf_writer& parent, const OnnxNode& item) {
  pbf_writer writer(parent, graph::kNode);
  for (const std::string& name : item.inputs) writer.add_string(node::kInput, name);
  for (const std::string& name : item.outputs) writer.add_string(node::kOutput, name);
  writer.add_string(node::kName, item.name);
  writer.add_string(node::kOp, item.op);
  for (const OnnxAttribute& each : item.attributes) write(writer, each);
}

void write(pbf_writer& parent, const OnnxTensor& item) {
  static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");
  const int64_t elements = std::accumulate(item.shape.begin(), item.shape.end(), int64_t{1}, std::multiplies());
  FOVEA_CHECK(std::cmp_equal(item.values.size(), elements), "tensor \"{}\" of {} elements comes with {}", item.name, elements, item.values.size());
  pbf_writer writer(parent, graph::kInitialiser);
  for (const int64_t size : item.shape) writer.add_int64(tensor::kDimensions, size);
  writer.add_int32(tensor::kType, tensor::kFloat);
  writer.add_string(tensor::kName, item.name);
  writer.add_bytes(tensor::kRawData, reinterpret_cast<const char*>(item.values.data()), item.values.size() * sizeof(float));
}

void write(pbf_writer& parent, uint32_t field, const OnnxValue& item) {
  pbf_writer writer(parent, field);
  writer.add_string(value::kName, item.name);
  pbf_writer type(writer, value::kType);
  pbf_writer tensor_type(type, value::kTensorType);
  tensor_type.add_int32(value::kElementType, tensor::kFloat);
  pbf_writer shape(tensor_type, value::kShape);
  for (const auto& each : item.shape) {
    pbf_writer dimension(shape, value::kDimension);
    if (const auto* size = std::get_if<int64_t>(&each)) {
      dimension.add_int64(value::kSize, *size);
    } else {
      dimension.add_string(value::kSizeName, std::get<std::string>(each));
    }
  }
}

void write(pbf_writer& parent, const OnnxGraph& item) {
  pbf_writer writer(parent, model::kGraph);
  for (const OnnxNode& each : item.nodes) write(writer, each);
  writer.add_string(graph::kName, item.name);
  for (const OnnxTensor& each : item.initialisers) write(writer, each);
  for (const OnnxValue& each : item.inputs) write(writer, graph::kInput, each);
  for (const OnnxValue& each : item.outputs) write(writer, graph::kOutput, each);
}

void check_size(int64_t bytes, int64_t max_bytes) {
  if (bytes > max_bytes)
    fail(ErrorCode::kCannotCreate, Advice{"a network with fewer weights"}, "the ONNX file would have {} bytes, the format ends at {}", bytes, max_bytes);
}

}  // namespace

std::string onnx_bytes(const OnnxModel& item, int64_t max_bytes) {
  int64_t weights = 0;
  for (const OnnxTensor& each : item.graph.initialisers) weights += static_cast<int64_t>(each.values.size() * sizeof(float));
  check_size(weights, max_bytes);  // before memory is taken for it

  constexpr int64_t kRest = int64_t{1} << 20;  // chosen: above the nodes of our deepest network; only saves a copy
  std::string bytes;
  bytes.reserve(static_cast<size_t>(weights + kRest));
  pbf_writer writer(bytes);
  writer.add_int64(model::kIrVersion, kOnnxIrVersion);
  writer.add_string(model::kProducer, item.producer);
  writer.add_string(model::kProducerVersion, item.producer_version);
  write(writer, item.graph);
  {
    pbf_writer import(writer, model::kOpsetImport);
    import.add_string(opset::kDomain, "");
    import.add_int64(opset::kVersion, kOnnxOpset);
  }
  for (const auto& [key, text] : item.metadata) {
    pbf_writer pair(writer, model::kMetadata);
    pair.add_string(property::kKey, key);
    pair.add_string(property::kValue, text);
  }
  check_size(static_cast<int64_t>(bytes.size()), max_bytes);
  return bytes;
}

}  // namespace fovea::io
