// Reads back what io::onnx_bytes wrote, for tests: the same structs, from the bytes alone. Fields that we do not write fail the test.
#pragma once

#include "fovea/base/error.h"
#include "fovea/io/onnx.h"

#include <protozero/pbf_reader.hpp>

#include <cstring>
#include <string>
#include <utility>

namespace fovea::test {

struct ReadOnnx {
  io::OnnxModel model;
  int64_t ir_version = 0, opset = 0;
};

namespace onnx {

// The numbers are those of onnx.proto (ONNX 1.12), written here a second time on purpose.
using protozero::pbf_reader;

[[noreturn]] inline void unknown(const char* message, const pbf_reader& reader) {
  throw Error(ErrorCode::kData, fmt::format("{} has a field {}", message, reader.tag()));
}

inline io::OnnxAttribute attribute(pbf_reader reader) {
  io::OnnxAttribute result;
  std::vector<int64_t> numbers;
  int64_t number = 0, type = 0;
  while (reader.next()) switch (reader.tag()) {
      case 1: result.name = reader.get_string(); break;
      case 3: number = reader.get_int64(); break;
      case 8: numbers.push_back(reader.get_int64()); break;
      case 20: type = reader.get_enum(); break;
      default: unknown("AttributeProto", reader);
    }
  if (type == 2) result.value = number;
  if (type == 7) result.value = numbers;
  if (type != 2 && type != 7) throw Error(ErrorCode::kData, fmt::format("attribute {} has type {}", result.name, type));
  return result;
}

inline io::OnnxNode node(pbf_reader reader) {
  io::OnnxNode result;
  while (reader.next()) switch (reader.tag()) {
      case 1: result.inputs.push_back(reader.get_string()); break;
      case 2: result.outputs.push_back(reader.get_string()); break;
      case 3: result.name = reader.get_string(); break;
      case 4: result.op = reader.get_string(); break;
      case 5: result.attributes.push_back(attribute(reader.get_message())); break;
      default: unknown("NodeProto", reader);
    }
  return result;
}

inline io::OnnxTensor tensor(pbf_reader reader) {
  io::OnnxTensor result;
  while (reader.next()) switch (reader.tag()) {
      case 1: result.shape.push_back(reader.get_int64()); break;
      case 2:
        if (reader.get_int32() != 1) throw Error(ErrorCode::kData, "a tensor is not float32");
        break;
      case 8: result.name = reader.get_string(); break;
      case 9: {
        const protozero::data_view bytes = reader.get_view();
        result.values.resize(bytes.size() / sizeof(float));
        std::memcpy(result.values.data(), bytes.data(), result.values.size() * sizeof(float));
        break;
      }
      default: unknown("TensorProto", reader);
    }
  return result;
}

inline io::OnnxValue value(pbf_reader reader) {
  io::OnnxValue result;
  while (reader.next()) {
    if (reader.tag() == 1) {
      result.name = reader.get_string();
      continue;
    }
    if (reader.tag() != 2) unknown("ValueInfoProto", reader);
    pbf_reader type(reader.get_message());
    if (!type.next(1)) unknown("TypeProto", type);
    pbf_reader tensor_type(type.get_message());
    if (!tensor_type.next(1) || tensor_type.get_int32() != 1) throw Error(ErrorCode::kData, result.name + " is not float32");
    if (!tensor_type.next(2)) unknown("TypeProto.Tensor", tensor_type);
    pbf_reader shape(tensor_type.get_message());
    while (shape.next(1)) {
      pbf_reader dimension(shape.get_message());
      if (!dimension.next()) throw Error(ErrorCode::kData, result.name + " has a size without a value");
      if (dimension.tag() == 1) result.shape.emplace_back(dimension.get_int64());
      if (dimension.tag() == 2) result.shape.emplace_back(dimension.get_string());
    }
  }
  return result;
}

inline io::OnnxGraph graph(pbf_reader reader) {
  io::OnnxGraph result;
  while (reader.next()) switch (reader.tag()) {
      case 1: result.nodes.push_back(node(reader.get_message())); break;
      case 2: result.name = reader.get_string(); break;
      case 5: result.initialisers.push_back(tensor(reader.get_message())); break;
      case 11: result.inputs.push_back(value(reader.get_message())); break;
      case 12: result.outputs.push_back(value(reader.get_message())); break;
      default: unknown("GraphProto", reader);
    }
  return result;
}

inline std::pair<std::string, std::string> strings(pbf_reader reader) {
  std::pair<std::string, std::string> result;
  while (reader.next()) (reader.tag() == 1 ? result.first : result.second) = reader.get_string();
  return result;
}

}  // namespace onnx

inline ReadOnnx read_onnx(const std::string& bytes) {
  ReadOnnx result;
  protozero::pbf_reader reader(bytes);
  while (reader.next()) switch (reader.tag()) {
      case 1: result.ir_version = reader.get_int64(); break;
      case 2: result.model.producer = reader.get_string(); break;
      case 3: result.model.producer_version = reader.get_string(); break;
      case 7: result.model.graph = onnx::graph(reader.get_message()); break;
      case 8: {
        protozero::pbf_reader import(reader.get_message());
        while (import.next()) {
          if (import.tag() == 2) {
            result.opset = import.get_int64();
          } else {
            import.skip();
          }
        }
        break;
      }
      case 14: result.model.metadata.insert(onnx::strings(reader.get_message())); break;
      default: onnx::unknown("ModelProto", reader);
    }
  return result;
}

}  // namespace fovea::test
