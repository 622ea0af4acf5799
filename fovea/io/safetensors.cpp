#include "fovea/io/safetensors.h"

#include "fovea/io/json.h"
#include "fovea/io/little_endian.h"
#include "fovea/io/not_whole.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

namespace fovea::io {
namespace {

using nlohmann::json;  // through io/json.h

// The format: github.com/huggingface/safetensors, README, "Format".
constexpr int64_t kLengthBytes = 8;
constexpr int64_t kMaxHeaderBytes = int64_t{64} << 20;  // chosen: far above any model's header, far below memory (the original's limit: 100 MB)
constexpr const char* kMetadata = "__metadata__";

struct TypeName {
  std::string_view name;
  TensorType type;
};
constexpr std::array kTypeNames{
    TypeName{"F32", TensorType::kF32}, TypeName{"BF16", TensorType::kBF16}, TypeName{"F16", TensorType::kF16}, TypeName{"F64", TensorType::kF64},
    TypeName{"I64", TensorType::kI64}, TypeName{"I32", TensorType::kI32},   TypeName{"U8", TensorType::kU8},   TypeName{"BOOL", TensorType::kBool},
};

std::string_view type_name(TensorType type) { return std::ranges::find(kTypeNames, type, &TypeName::type)->name; }

template <class... Args>
[[noreturn]] void damaged(const fs::path& path, fmt::format_string<Args...> format, Args&&... args) {
  not_whole(path, "safetensors file", fmt::format(format, std::forward<Args>(args)...));
}

// Numbers of a header are whole, not negative, and fit 63 bits.
std::optional<int64_t> whole_number(const json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto number = value.get<uint64_t>();
  if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::optional<std::vector<int64_t>> whole_numbers(const json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<int64_t> numbers;
  for (const json& element : value) {
    const auto number = whole_number(element);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<int64_t> bytes_needed(const std::vector<int64_t>& shape, TensorType type) {
  int64_t bytes = bytes_of(type);
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(bytes, size, &bytes)) return std::nullopt;
  }
  return bytes;
}

json parse_header(const fs::path& path, std::string_view text) {
  if (!text.starts_with('{')) damaged(path, "the header at byte {} does not begin with '{{'", kLengthBytes);
  std::set<std::string> names;
  const auto check = [&](int depth, json::parse_event_t event, json& value) {
    // The deepest legal thing is a list in a tensor's entry. Depth is refused while parsing: a header of brackets alone would need many times its size.
    if (depth > 2 && (event == json::parse_event_t::array_start || event == json::parse_event_t::object_start)) damaged(path, "the header nests too deep");
    if (depth == 1 && event == json::parse_event_t::key && !names.insert(value.get<std::string>()).second) {
      damaged(path, "the header has \"{}\" twice", value.get<std::string>());
    }
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::parse_error& error) {
    damaged(path, "the header is not JSON at byte {}", kLengthBytes + static_cast<int64_t>(error.byte));
  } catch (const json::exception&) {  // out_of_range.406 is the only other one that parsing throws
    damaged(path, "the header holds a number beyond the range of float64");
  }
}

TensorInfo parse_tensor(const fs::path& path, const std::string& name, const json& entry, int64_t data_start) {
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets")) {
    damaged(path, "the entry of tensor \"{}\" is not made of dtype, shape and data_offsets", name);
  }
  const json& dtype = entry["dtype"];
  const auto* type = dtype.is_string() ? std::ranges::find(kTypeNames, dtype.get_ref<const std::string&>(), &TypeName::name) : kTypeNames.end();
  if (type == kTypeNames.end()) damaged(path, "tensor \"{}\" has the type {}, which is not one of F32, BF16, F16, F64, I64, I32, U8, BOOL", name, dtype.dump());

  const auto shape = whole_numbers(entry["shape"]);
  const auto offsets = whole_numbers(entry["data_offsets"]);
  if (!shape) damaged(path, "tensor \"{}\" has a shape that is not a list of whole numbers", name);
  if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1]) damaged(path, "tensor \"{}\" has data_offsets that are not [begin, end]", name);

  const int64_t bytes = (*offsets)[1] - (*offsets)[0];
  const auto needed = bytes_needed(*shape, type->type);
  if (needed != bytes) {
    damaged(path, "tensor \"{}\" has {} bytes, its shape and type need {}", name, bytes, needed ? fmt::format("{}", *needed) : "more than any file holds");
  }
  int64_t offset = 0;
  if (__builtin_add_overflow(data_start, (*offsets)[0], &offset)) damaged(path, "tensor \"{}\" begins behind the end of the file", name);
  return {.type = type->type, .shape = *shape, .offset = offset, .bytes = bytes};
}

// The tensors, in the order of their offsets, must follow each other from the end of the header to the end of the file.
void check_cover(const fs::path& path, const std::map<std::string, TensorInfo>& tensors, int64_t data_start, int64_t file_size) {
  std::vector<const std::pair<const std::string, TensorInfo>*> order;
  for (const auto& item : tensors) order.push_back(&item);
  std::ranges::sort(order, {}, [](const auto* item) { return std::pair(item->second.offset, item->second.bytes); });
  int64_t end = data_start;
  for (const auto* item : order) {
    const auto& [name, info] = *item;
    if (info.offset != end) damaged(path, "tensor \"{}\" begins at byte {}, expected {}", name, info.offset, end);
    if (info.bytes > file_size - end) damaged(path, "tensor \"{}\" has {} bytes from byte {} on, the file ends at byte {}", name, info.bytes, end, file_size);
    end += info.bytes;
  }
  if (end != file_size) damaged(path, "the tensors end at byte {}, the file at byte {}", end, file_size);
}

}  // namespace

SafetensorsFile::SafetensorsFile(const fs::path& path) : file_(path) {
  std::array<std::byte, kLengthBytes> length_bytes{};
  if (file_.read_at(0, length_bytes) < length_bytes.size()) damaged(path, "it has {} bytes, its length field alone has {}", file_.size(), kLengthBytes);
  const auto length = load_number<uint64_t>(length_bytes);
  if (length > static_cast<uint64_t>(kMaxHeaderBytes)) damaged(path, "the header would have {} bytes, the limit is {}", length, kMaxHeaderBytes);
  if (length > static_cast<uint64_t>(file_.size() - kLengthBytes)) damaged(path, "the header would have {} bytes, the file has {}", length, file_.size());

  std::vector<std::byte> header(length);
  if (file_.read_at(kLengthBytes, header) < header.size()) damaged(path, "it ends inside the header");
  const int64_t data_start = kLengthBytes + static_cast<int64_t>(length);
  const json entries = parse_header(path, as_text(header));
  for (const auto& [name, entry] : entries.items()) {
    if (name != kMetadata) {
      tensors_.emplace(name, parse_tensor(path, name, entry, data_start));
      continue;
    }
    if (!entry.is_object()) damaged(path, "{} is not a map of texts", kMetadata);
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) damaged(path, "{} has a value that is not a text under \"{}\"", kMetadata, key);
      metadata_.emplace(key, value.get<std::string>());
    }
  }
  check_cover(path, tensors_, data_start, file_.size());
}

void SafetensorsFile::read(const TensorInfo& info, std::span<std::byte> target) const {
  FOVEA_CHECK(std::cmp_equal(target.size(), info.bytes), "{} bytes for a tensor of {}", target.size(), info.bytes);
  const size_t count = file_.read_at(info.offset, target);
  if (count < target.size())
    damaged(file_.path(), "it ends at byte {}, inside a tensor that ends at byte {}", info.offset + static_cast<int64_t>(count), info.offset + info.bytes);
}

void write_safetensors(const fs::path& path, std::span<const TensorView> tensors, const std::map<std::string, std::string>& metadata) {
  std::vector<const TensorView*> order;
  for (const TensorView& tensor : tensors) order.push_back(&tensor);
  std::ranges::stable_sort(order, std::greater(), [](const TensorView* tensor) { return bytes_of(tensor->type); });

  json header = json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  int64_t offset = 0;
  for (const TensorView* tensor : order) {
    const auto bytes = static_cast<int64_t>(tensor->bytes.size());
    FOVEA_CHECK(bytes_needed(tensor->shape, tensor->type) == bytes, "tensor \"{}\" comes with {} bytes", tensor->name, bytes);
    FOVEA_CHECK(tensor->name != kMetadata && !header.contains(tensor->name), "tensor \"{}\" is given twice or has a reserved name", tensor->name);
    header[tensor->name] = {{"dtype", type_name(tensor->type)}, {"shape", tensor->shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  // Texts may come from outside (file names): bytes that are not UTF-8 are replaced rather than refused.
  std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the widest element is aligned to 8 bytes; the format pads with spaces

  std::vector<std::byte> length;
  append_number(length, static_cast<uint64_t>(text.size()));
  OutputFile file(path);
  file.write(length);
  file.write(text);
  for (const TensorView* tensor : order) file.write(tensor->bytes);
  file.finish();
}

}  // namespace fovea::io
