#include "fovea/io/tf_bundle.h"

#include "fovea/base/strings.h"
#include "fovea/io/crc32c.h"
#include "fovea/io/not_whole.h"
#include "fovea/io/table.h"
#include "fovea/io/tf_bundle_path.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <algorithm>
#include <array>

namespace fovea::io {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;

// Field numbers: spec 1.6; tensor_bundle.proto, tensor_shape.proto and versions.proto of TensorFlow 2.21.
namespace header {
constexpr uint32_t kShards = 1, kEndianness = 2, kVersion = 3;
constexpr uint32_t kProducer = 1, kMinConsumer = 2;  // of the version
}  // namespace header
namespace entry {
constexpr uint32_t kType = 1, kShape = 2, kShard = 3, kOffset = 4, kSize = 5, kChecksum = 6, kSlices = 7;
constexpr uint32_t kAxis = 2, kAxisSize = 1;  // of the shape
}  // namespace entry
constexpr uint64_t kOurVersion = 1;      // kTensorBundleVersion of TensorFlow 2.21
constexpr uint64_t kMaxShards = 99'999;  // what the file names can hold
constexpr size_t kMaxAxes = 64;          // what PyTorch allows

struct TypeCode {
  TensorType type;
  uint64_t code;  ///< types.proto
};
constexpr std::array kTypeCodes{
    TypeCode{TensorType::kF32, 1}, TypeCode{TensorType::kF64, 2},   TypeCode{TensorType::kI32, 3},   TypeCode{TensorType::kU8, 4},
    TypeCode{TensorType::kI64, 9}, TypeCode{TensorType::kBool, 10}, TypeCode{TensorType::kBF16, 14}, TypeCode{TensorType::kF16, 19},
};

fs::path shard_path(fs::path prefix, int64_t shard, int64_t shards) { return prefix += fmt::format(".data-{:05}-of-{:05}", shard, shards); }

template <class... Args>
[[noreturn]] void damaged(const fs::path& path, fmt::format_string<Args...> format, Args&&... args) {
  not_whole(path, "checkpoint of TensorFlow", fmt::format(format, std::forward<Args>(args)...));
}

/// The messages in the values of the index. Nothing nests deeper than three levels, so nothing recurses.
class IndexParser {
 public:
  explicit IndexParser(const fs::path& path) : path_(path), table_(read_table(path)) {}

  /// Number of data files.
  int64_t shards() {
    const auto found = table_.find("");
    if (found == table_.end()) damaged(path_, "the table has no header");
    uint64_t count = 0;
    what_ = "the header";
    for_each(found->second, [&](pbf_reader& field) {
      switch (field.tag()) {
        case header::kShards: count = number(field); break;
        case header::kEndianness:
          if (number(field) != 0) damaged(path_, "its numbers are big-endian");
          break;
        case header::kVersion: check_version(message(field)); break;
        default: field.skip();
      }
    });
    if (count < 1 || count > kMaxShards) damaged(path_, "the header says that it has {} data files, expected 1 to {}", count, kMaxShards);
    return static_cast<int64_t>(count);
  }

  std::map<std::string, TfTensor> tensors() {
    std::map<std::string, TfTensor> tensors;
    for (const auto& [name, value] : table_) {
      if (!name.empty()) tensors.emplace_hint(tensors.end(), name, tensor(name, value));
    }
    return tensors;
  }

 private:
  template <class Visit>
  void for_each(data_view message, Visit visit) {
    try {
      pbf_reader reader(message);
      while (reader.next()) visit(reader);
    } catch (const protozero::exception& error) {
      damaged(path_, "{} is no message: {}", what_, error.what());
    }
  }

  // protozero only asserts the wire type.
  void expect(const pbf_reader& field, pbf_wire_type type) const {
    if (!field.has_wire_type(type)) damaged(path_, "{} has a field {} of another type", what_, field.tag());
  }
  uint64_t number(pbf_reader& field) const {
    expect(field, pbf_wire_type::varint);
    return field.get_uint64();
  }
  /// Numbers that may not be negative: as int64 of protobuf.
  int64_t size(pbf_reader& field) const {
    const auto value = static_cast<int64_t>(number(field));
    if (value < 0) damaged(path_, "{} has the negative number {} in its field {}", what_, value, field.tag());
    return value;
  }
  data_view message(pbf_reader& field) const {
    expect(field, pbf_wire_type::length_delimited);
    return field.get_view();
  }

  void check_version(data_view version) {
    for_each(version, [&](pbf_reader& field) {
      if (field.tag() != header::kMinConsumer) return field.skip();
      const uint64_t needed = number(field);
      if (needed > kOurVersion) damaged(path_, "it is in form {}, and forms up to {} are read", needed, kOurVersion);
    });
  }

  TfTensor tensor(const std::string& name, data_view value) {
    what_ = fmt::format("the entry of tensor \"{}\"", name);
    TfTensor tensor;
    for_each(value, [&](pbf_reader& field) {
      switch (field.tag()) {
        case entry::kType: {
          const auto* row = std::ranges::find(kTypeCodes, number(field), &TypeCode::code);
          tensor.type = row == kTypeCodes.end() ? std::nullopt : std::optional(row->type);
          break;
        }
        case entry::kShape: tensor.shape = shape(message(field)); break;
        case entry::kShard: tensor.shard = size(field); break;
        case entry::kOffset: tensor.offset = size(field); break;
        case entry::kSize: tensor.bytes = size(field); break;
        case entry::kChecksum:
          expect(field, pbf_wire_type::fixed32);
          tensor.checksum = field.get_fixed32();
          break;
        case entry::kSlices:
          fail(ErrorCode::kData, Advice{"save it in TensorFlow without a partitioner, or join its parts there"},
               "\"{}\": tensor \"{}\" is a partitioned variable, which lies in several parts and is not read", path_.string(), one_line(name, kShownName));
        default: field.skip();
      }
    });
    if (!tensor.type) return tensor;
    if (const auto needed = bytes_needed(tensor.shape, *tensor.type); needed != tensor.bytes) {
      damaged(path_, "tensor \"{}\" has {} bytes, its shape [{}] needs {}", name, tensor.bytes, fmt::join(tensor.shape, ", "),
              needed ? fmt::format("{}", *needed) : "more than any memory has");
    }
    return tensor;
  }

  std::vector<int64_t> shape(data_view value) {
    std::vector<int64_t> shape;
    for_each(value, [&](pbf_reader& field) {
      if (field.tag() != entry::kAxis) return field.skip();
      if (shape.size() == kMaxAxes) damaged(path_, "{} has more than {} axes", what_, kMaxAxes);
      shape.push_back(0);  // as protobuf does not write a zero
      for_each(message(field), [&](pbf_reader& axis) {
        if (axis.tag() != entry::kAxisSize) return axis.skip();
        shape.back() = size(axis);
      });
    });
    return shape;
  }

  fs::path path_;
  Table table_;
  std::string what_;  ///< the message that is being read
};

std::string header_message() {
  std::string version;
  pbf_writer(version).add_int32(header::kProducer, kOurVersion);
  std::string message;
  pbf_writer writer(message);
  writer.add_int32(header::kShards, 1);
  writer.add_message(header::kVersion, version);
  return message;
}

std::string entry_message(const TensorView& tensor, int64_t offset) {
  std::string shape;
  pbf_writer shape_writer(shape);
  for (const int64_t side : tensor.shape) {
    std::string axis;
    pbf_writer(axis).add_int64(entry::kAxisSize, side);
    shape_writer.add_message(entry::kAxis, axis);
  }
  std::string message;
  pbf_writer writer(message);
  writer.add_enum(entry::kType, static_cast<int32_t>(std::ranges::find(kTypeCodes, tensor.type, &TypeCode::type)->code));
  writer.add_message(entry::kShape, shape);
  writer.add_int64(entry::kOffset, offset);
  writer.add_int64(entry::kSize, static_cast<int64_t>(tensor.bytes.size()));
  writer.add_fixed32(entry::kChecksum, masked_crc32c(tensor.bytes));
  return message;
}

}  // namespace

fs::path tf_index_path(fs::path prefix) { return prefix += ".index"; }

TfBundle::TfBundle(const fs::path& prefix) : prefix_(prefix) {
  const fs::path index = tf_index_path(prefix);
  IndexParser parser(index);
  const int64_t shards = parser.shards();
  tensors_ = parser.tensors();
  for (const auto& [name, tensor] : tensors_) {
    if (tensor.shard >= shards) damaged(index, "tensor \"{}\" lies in data file {} of {}, counted from 0", name, tensor.shard, shards);
    const InputFile& shard = shards_.try_emplace(tensor.shard, shard_path(prefix, tensor.shard, shards)).first->second;
    if (tensor.bytes > shard.size() || tensor.offset > shard.size() - tensor.bytes) {
      damaged(shard.path(), "tensor \"{}\" has {} bytes from byte {} on, the file has {}", name, tensor.bytes, tensor.offset, shard.size());
    }
  }
}

void TfBundle::read(const TfTensor& tensor, std::span<std::byte> target) const {
  FOVEA_CHECK(tensor.type && std::cmp_equal(target.size(), tensor.bytes), "{} bytes for a tensor of {}", target.size(), tensor.bytes);
  const InputFile& shard = shards_.at(tensor.shard);
  if (shard.read_at(tensor.offset, target) < target.size()) damaged(shard.path(), "it ends inside the tensor at byte {}", tensor.offset);
  if (const uint32_t found = masked_crc32c(target); found != tensor.checksum) {
    damaged(shard.path(), "the checksum of the tensor at byte {} is {:08x}, the index says {:08x}", tensor.offset, found, tensor.checksum);
  }
}

std::vector<std::string> verify_tf_bundle(const fs::path& prefix) {
  std::vector<std::string> problems;
  try {
    const TfBundle bundle(prefix);
    for (const auto& [name, tensor] : bundle.tensors()) {
      if (!tensor.type) continue;
      try {
        std::vector<std::byte> bytes(static_cast<size_t>(tensor.bytes));
        bundle.read(tensor, bytes);
      } catch (const Error& error) {
        problems.push_back(fmt::format("{}: {}", one_line(name, kShownName), error.what()));
      }
    }
  } catch (const Error& error) {
    problems.emplace_back(error.what());
  }
  return problems;
}

void write_tf_bundle(const fs::path& prefix, std::span<const TensorView> tensors) {
  const fs::path index = tf_index_path(prefix);
  if (fs::exists(index)) fail(ErrorCode::kCannotCreate, Advice{"choose another name"}, "\"{}\" exists already", index.string());
  std::vector<const TensorView*> order;  // as TensorFlow has them: by name
  for (const TensorView& tensor : tensors) order.push_back(&tensor);
  std::ranges::sort(order, {}, [](const TensorView* tensor) -> const std::string& { return tensor->name; });

  Table table{{"", header_message()}};
  int64_t offset = 0;
  for (const TensorView* tensor : order) {
    FOVEA_CHECK(bytes_needed(tensor->shape, tensor->type) == std::ssize(tensor->bytes), "tensor \"{}\" comes with {} bytes", tensor->name,
                tensor->bytes.size());
    const bool is_new = table.emplace(tensor->name, entry_message(*tensor, offset)).second;
    FOVEA_CHECK(is_new, "tensor \"{}\" is given twice, or without a name", tensor->name);
    offset += std::ssize(tensor->bytes);
  }
  write_atomically(shard_path(prefix, 0, 1), [&](const fs::path& temporary) {
    OutputFile file(temporary);
    for (const TensorView* tensor : order) file.write(tensor->bytes);
    file.finish();
  });
  write_atomically(index, table_bytes(table));
  name_tf_bundle(prefix);
}

}  // namespace fovea::io
