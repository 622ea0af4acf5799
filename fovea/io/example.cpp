#include "fovea/io/example.h"

#include "fovea/base/error.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <algorithm>
#include <optional>

namespace fovea::io {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;

// Field numbers: spec 1.6.
constexpr uint32_t kFeatures = 1;                       // Example
constexpr uint32_t kEntry = 1;                          // Features
constexpr uint32_t kKey = 1, kFeature = 2;              // an entry of the map
constexpr uint32_t kBytes = 1, kFloat = 2, kInt64 = 3;  // Feature: one of
constexpr uint32_t kValues = 1;                         // each list

// Goes down the four levels of messages; nothing nests deeper, so nothing recurses.
class Parser {
 public:
  Parser(std::span<const std::byte> message, std::span<const std::string_view> keys)
      : begin_(reinterpret_cast<const char*>(message.data())), here_(begin_), size_(message.size()), keys_(keys) {}

  Example parse() {
    try {
      pbf_reader example(begin_, size_);
      while (next(example)) {
        if (example.tag() == kFeatures) {
          parse_features(view(example));
        } else {
          example.skip();
        }
      }
    } catch (const protozero::end_of_buffer_exception&) {
      damaged("a field reaches past the end of its message");
    } catch (const protozero::varint_too_long_exception&) {
      damaged("a number has more than ten bytes");
    } catch (const protozero::exception& error) {
      damaged(error.what());
    }
    return std::move(example_);
  }

 private:
  [[noreturn]] void damaged(std::string_view why) const { fail(ErrorCode::kData, "example is damaged at byte {} of {}: {}", here_ - begin_, size_, why); }

  bool next(pbf_reader& reader) {
    here_ = reader.data().data();
    return reader.next();
  }

  // protozero only asserts the wire type.
  data_view view(pbf_reader& reader) const {
    if (!reader.has_wire_type(pbf_wire_type::length_delimited)) damaged("a message, text or packed list has the wire type of a number");
    return reader.get_view();
  }

  [[nodiscard]] bool is_asked_for(std::string_view key) const { return keys_.empty() || std::ranges::find(keys_, key) != keys_.end(); }

  void parse_features(data_view features) {
    pbf_reader reader(features);
    while (next(reader)) {
      if (reader.tag() == kEntry) {
        parse_entry(view(reader));
      } else {
        reader.skip();
      }
    }
  }

  void parse_entry(data_view entry) {
    pbf_reader reader(entry);
    std::string key;
    std::optional<Feature> feature;
    while (next(reader)) {
      switch (reader.tag()) {
        case kKey: key = std::string(view(reader)); break;
        case kFeature:
          if (key.empty() || is_asked_for(key)) {  // writers put the key first
            parse_feature(view(reader), feature);
          } else {
            reader.skip();
          }
          break;
        default: reader.skip();
      }
    }
    if (!is_asked_for(key)) return;
    if (feature) {
      example_.features.insert_or_assign(std::move(key), std::move(*feature));
    } else {
      example_.features.erase(key);
    }
  }

  // Of several kinds the last one counts; of one kind given twice the lists are joined (protobuf's rule for "oneof").
  void parse_feature(data_view message, std::optional<Feature>& feature) {
    pbf_reader reader(message);
    while (next(reader)) {
      switch (reader.tag()) {
        case kBytes: parse_bytes(view(reader), list<BytesList>(feature)); break;
        case kFloat: parse_floats(view(reader), list<FloatList>(feature)); break;
        case kInt64: parse_ints(view(reader), list<Int64List>(feature)); break;
        default: reader.skip();
      }
    }
  }

  template <class List>
  static List& list(std::optional<Feature>& feature) {
    if (!feature || !std::holds_alternative<List>(*feature)) feature = List{};
    return std::get<List>(*feature);
  }

  void parse_bytes(data_view message, BytesList& values) {
    pbf_reader reader(message);
    while (next(reader)) {
      if (reader.tag() == kValues) {
        values.emplace_back(view(reader));
      } else {
        reader.skip();
      }
    }
  }

  void parse_floats(data_view message, FloatList& values) {
    pbf_reader reader(message);
    while (next(reader)) {
      if (reader.tag() != kValues) {
        reader.skip();
      } else if (reader.has_wire_type(pbf_wire_type::fixed32)) {
        values.push_back(reader.get_float());
      } else {
        const data_view packed = view(reader);
        if (packed.size() % sizeof(float) != 0) damaged("a packed list of floats has a length that is not a multiple of four");
        pbf_reader::const_float_iterator value(packed.data());
        const pbf_reader::const_float_iterator end(packed.data() + packed.size());
        values.insert(values.end(), value, end);
      }
    }
  }

  void parse_ints(data_view message, Int64List& values) {
    pbf_reader reader(message);
    while (next(reader)) {
      if (reader.tag() != kValues) {
        reader.skip();
      } else if (reader.has_wire_type(pbf_wire_type::varint)) {
        values.push_back(reader.get_int64());
      } else {
        const data_view packed = view(reader);
        const char* value = packed.data();
        const char* const end = value + packed.size();
        while (value != end) {
          here_ = value;
          values.push_back(static_cast<int64_t>(protozero::decode_varint(&value, end)));
        }
      }
    }
  }

  const char* begin_;
  const char* here_;  // of the field or number that is being read
  size_t size_;
  std::span<const std::string_view> keys_;
  Example example_;
};

template <class List>
constexpr std::string_view kKindName = "bytes";
template <>
constexpr std::string_view kKindName<Int64List> = "integers";
template <>
constexpr std::string_view kKindName<FloatList> = "floats";

template <class List>
const List* find_list(const Example& example, std::string_view key) {
  const auto found = example.features.find(key);
  if (found == example.features.end()) return nullptr;
  if (const auto* list = std::get_if<List>(&found->second)) return list;
  const std::string_view kind = std::visit([]<class Other>(const Other&) { return kKindName<Other>; }, found->second);
  fail(ErrorCode::kData, "feature \"{}\" is a list of {}, expected a list of {}", key, kind, kKindName<List>);
}

std::string list_message(const BytesList& values) {
  std::string message;
  protozero::pbf_writer writer(message);
  for (const std::string& value : values) writer.add_bytes(kValues, value);
  return message;
}
std::string list_message(const FloatList& values) {
  std::string message;
  protozero::pbf_writer(message).add_packed_float(kValues, values.begin(), values.end());
  return message;
}
std::string list_message(const Int64List& values) {
  std::string message;
  protozero::pbf_writer(message).add_packed_int64(kValues, values.begin(), values.end());
  return message;
}

uint32_t kind_field(const BytesList&) { return kBytes; }
uint32_t kind_field(const FloatList&) { return kFloat; }
uint32_t kind_field(const Int64List&) { return kInt64; }

}  // namespace

const Int64List* Example::ints(std::string_view key) const { return find_list<Int64List>(*this, key); }
const FloatList* Example::floats(std::string_view key) const { return find_list<FloatList>(*this, key); }
const BytesList* Example::bytes(std::string_view key) const { return find_list<BytesList>(*this, key); }

Example parse_example(std::span<const std::byte> message, std::span<const std::string_view> keys) { return Parser(message, keys).parse(); }

std::string serialize(const Example& example) {
  std::string features;
  protozero::pbf_writer features_writer(features);
  for (const auto& [key, feature] : example.features) {
    std::string value;
    std::visit([&](const auto& list) { protozero::pbf_writer(value).add_message(kind_field(list), list_message(list)); }, feature);
    std::string entry;
    protozero::pbf_writer entry_writer(entry);
    entry_writer.add_string(kKey, key);
    entry_writer.add_message(kFeature, value);
    features_writer.add_message(kEntry, entry);
  }
  std::string message;
  protozero::pbf_writer(message).add_message(kFeatures, features);
  return message;
}

}  // namespace fovea::io
