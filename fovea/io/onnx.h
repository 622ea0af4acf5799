// ONNX files: a graph of operators and its float32 weights, written as the messages of onnx.proto (github.com/onnx/onnx, release 1.12).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace fovea::io {

/// Meaning of the operators, and version of the file format: a pair of ONNX 1.12 (2022). Chosen: all operators that we use are older, later
/// opsets only add types to them, and runtimes of the last years take it.
inline constexpr int64_t kOnnxOpset = 17;
inline constexpr int64_t kOnnxIrVersion = 8;

/// A protobuf message, and with it an ONNX file without files beside it, ends below 2 GiB.
inline constexpr int64_t kMaxOnnxBytes = (int64_t{1} << 31) - 1;

struct OnnxTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;  ///< row-major
};

struct OnnxAttribute {
  std::string name;
  std::variant<int64_t, std::vector<int64_t>> value;
};

/// Inputs and outputs are names of values; a value has one origin: an input of the graph, an initialiser, or an output of one node.
struct OnnxNode {
  std::string op;  ///< "Conv"
  std::string name;
  std::vector<std::string> inputs, outputs;
  std::vector<OnnxAttribute> attributes;
};

/// A float32 input or output of the graph; a text among its sizes is the name of a size that is free.
struct OnnxValue {
  std::string name;
  std::vector<std::variant<int64_t, std::string>> shape;
};

struct OnnxGraph {
  std::string name;
  std::vector<OnnxNode> nodes;  ///< every node behind those that it reads from
  std::vector<OnnxTensor> initialisers;
  std::vector<OnnxValue> inputs, outputs;
};

struct OnnxModel {
  std::string producer, producer_version;
  OnnxGraph graph;
  std::map<std::string, std::string> metadata;
};

/// The file. Fields stand in the order of their numbers, as protobuf's own writers have them, so the bytes are those of the `onnx` package.
///
/// throws kCannotCreate when it would be larger than max_bytes
/// cost   the bytes of the weights once more
std::string onnx_bytes(const OnnxModel& model, int64_t max_bytes = kMaxOnnxBytes);

}  // namespace fovea::io
