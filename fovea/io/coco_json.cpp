#include "fovea/io/coco_json.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace fovea::io {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr int64_t kMaxBytes = int64_t{2} << 30;    // chosen: four times COCO's largest file; simdjson itself takes 4 GiB
constexpr int64_t kPartBytes = int64_t{32} << 20;  // chosen: of a results file at a time
constexpr int64_t kLeastBytes = int64_t{1} << 20;  // chosen: less is not worth a thread
constexpr size_t kWindowBytes = size_t{64} << 10;  // chosen: hundreds of detections; one of them ends within it
constexpr std::string_view kBlanks = " \t\n\r";    // RFC 8259, section 2

/// Bytes [begin, end) of a file.
struct Range {
  int64_t begin = 0, end = 0;
};

/// An element of a list of the file: annotations[17], or [17] where the list is the file.
struct Place {
  std::string_view list;
  int64_t index = 0;
  [[nodiscard]] std::string text() const { return fmt::format("{}[{}]", list, index); }
};

// One document under simdjson's on-demand parser, with errors that name file, element and byte.
class Document {
 public:
  explicit Document(const InputFile& file) : Document(file, {0, file.size()}, {}, {}) {}

  /// The bytes of `range` with `prefix` in place of their beginning and `suffix` behind them.
  Document(const InputFile& file, Range range, std::string_view prefix, std::string_view suffix)
      : path_(file.path()), begin_(range.begin), size_(static_cast<size_t>(range.end - range.begin) + suffix.size()) {
    text_ = std::make_unique_for_overwrite<char[]>(size_ + simdjson::SIMDJSON_PADDING);
    const std::span<std::byte> bytes = std::as_writable_bytes(std::span(text_.get(), size_ - suffix.size()));
    if (file.read_at(range.begin, bytes) != bytes.size())
      fail(ErrorCode::kData, Advice{"the same command again"}, "\"{}\" became shorter while it was read", path_.string());
    std::ranges::copy(prefix, text_.get());
    std::ranges::copy(suffix, text_.get() + bytes.size());
    std::memset(text_.get() + size_, 0, simdjson::SIMDJSON_PADDING);
    if (const auto error = parser_.iterate(text_.get(), size_, size_ + simdjson::SIMDJSON_PADDING).get(document_)) broken(error);
  }

  [[nodiscard]] bool is_object() { return value_of(document_.type()) == ondemand::json_type::object; }
  [[nodiscard]] bool is_array() { return value_of(document_.type()) == ondemand::json_type::array; }
  [[nodiscard]] ondemand::object object() { return value_of(document_.get_object()); }
  [[nodiscard]] ondemand::array array() { return value_of(document_.get_array()); }

  /// The result of a step, or the error of a document that is no JSON there.
  template <class Value>
  Value value_of(simdjson::simdjson_result<Value> result) {
    if (result.error()) broken(result.error());
    return std::move(result.value_unsafe());
  }

  /// Calls each(value, Place) for every element of what has to be an array.
  template <class Each>
  void for_each(ondemand::value list, std::string_view name_of_list, Each each) {
    ondemand::array elements;
    if (list.get_array().get(elements)) wrong(fmt::format("\"{}\" is", name_of_list), "an array");
    for_each(elements, name_of_list, each);
  }
  template <class Each>
  void for_each(ondemand::array elements, std::string_view name_of_list, Each each) {
    Place place{name_of_list};
    for (auto element : elements) {
      ondemand::object object;
      if (value_of(std::move(element)).get_object().get(object)) wrong(place.text() + " is", "an object");
      each(object, place);
      ++place.index;
    }
  }

  double number(ondemand::value value, const Place& place, std::string_view key) {
    double result = 0;
    if (value.get_double().get(result)) wrong(fmt::format("{}.{} is", place.text(), key), "a number");
    return result;
  }
  int64_t whole_number(ondemand::value value, const Place& place, std::string_view key) {
    int64_t result = 0;
    if (value.get_int64().get(result)) wrong(fmt::format("{}.{} is", place.text(), key), "a whole number");
    return result;
  }
  bool flag(ondemand::value value, const Place& place, std::string_view key) {
    bool result = false;
    return value.get_bool().get(result) ? whole_number(value, place, key) != 0 : result;
  }
  std::string text(ondemand::value value, const Place& place, std::string_view key) {
    std::string_view result;
    if (value.get_string().get(result)) wrong(fmt::format("{}.{} is", place.text(), key), "a text");
    return std::string(result);
  }
  CocoBox box(ondemand::value value, const Place& place) {
    ondemand::array elements;
    if (value.get_array().get(elements)) wrong(place.text() + ".bbox is", "4 numbers (x, y, width, height)");
    double numbers[4] = {};
    int64_t count = 0;
    for (auto element : elements) {
      if (value_of(std::move(element)).get_double().get(numbers[std::min<int64_t>(count++, 3)])) wrong(place.text() + ".bbox holds", "numbers");
    }
    if (count != 4) refuse("{}.bbox has {} {}, expected 4 (x, y, width, height)", place.text(), count, count == 1 ? "number" : "numbers");
    return {numbers[0], numbers[1], numbers[2], numbers[3]};
  }

  /// Nothing may follow the document.
  void expect_end() {
    const auto location = document_.current_location();
    if (location.error() == simdjson::SUCCESS) refuse("not valid JSON at byte {}: something follows the end", offset(location.value_unsafe()));
  }

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::kData, Advice{"docs/tools.md, \"Scores of detections\", has the form of both files"}, "\"{}\": {}", path_.string(),
         fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  [[nodiscard]] int64_t offset(const char* location) const { return begin_ + (location - text_.get()); }

  // What stands at the present position is not what was expected there.
  [[noreturn]] void wrong(const std::string& what, std::string_view expected) {
    const char* location = nullptr;
    if (document_.current_location().get(location) || offset(location) >= begin_ + static_cast<int64_t>(size_)) broken(simdjson::INCOMPLETE_ARRAY_OR_OBJECT);
    constexpr size_t kShown = 24;  // chosen: enough to find it
    const std::string_view rest = std::string_view(text_.get(), size_).substr(static_cast<size_t>(location - text_.get()));
    std::string_view token = rest.substr(0, rest.find_first_of(",]}\n", 1));
    if (token.starts_with('{')) token = "an object";
    if (token.starts_with('[')) token = "an array";
    refuse("{} {}{}, expected {} (byte {})", what, token.substr(0, kShown), token.size() > kShown ? "..." : "", expected, offset(location));
  }

  [[noreturn]] void broken(simdjson::error_code error) {
    const int64_t end = begin_ + static_cast<int64_t>(size_);
    const char* location = nullptr;
    std::string what;
    switch (error) {
      case simdjson::MEMALLOC: fail(ErrorCode::kMemory, "\"{}\": not enough memory to read {} bytes of JSON", path_.string(), size_);
      case simdjson::EMPTY: what = "is empty"; break;
      case simdjson::UTF8_ERROR: what = "is not text in UTF-8"; break;
      case simdjson::UNESCAPED_CHARS: what = "not valid JSON: a text holds a control character"; break;
      case simdjson::UNCLOSED_STRING: what = fmt::format("the JSON is cut short: it ends at byte {}, inside a text", end); break;
      default: {
        const bool is_inside = error != simdjson::INCOMPLETE_ARRAY_OR_OBJECT && !document_.current_location().get(location) && offset(location) < end;
        what = is_inside ? fmt::format("not valid JSON at byte {}", offset(location))
                         : fmt::format("the JSON is cut short: it ends at byte {}, inside an object or array", end);
      }
    }
    fail(ErrorCode::kData, Advice{"copy or write the file again"}, "\"{}\": {}", path_.string(), what);
  }

  const fs::path path_;
  const int64_t begin_;
  const size_t size_;
  std::unique_ptr<char[]> text_;
  ondemand::parser parser_;
  ondemand::document document_;
};

InputFile open(const fs::path& path) {
  InputFile file(path);
  if (file.size() > kMaxBytes) fail(ErrorCode::kData, Advice{"a smaller file"}, "\"{}\" has {} bytes, the limit is {}", path.string(), file.size(), kMaxBytes);
  return file;
}

/// The ids of a list, for questions of who has one.
class Ids {
 public:
  void add(int64_t id) { ids_.emplace_back(id, static_cast<int64_t>(ids_.size())); }

  /// To be called once, before contains(): no id may stand twice.
  void check(const Document& document, std::string_view list) {
    if (!std::ranges::is_sorted(ids_)) std::ranges::sort(ids_);
    const auto twice = std::ranges::adjacent_find(ids_, {}, &Entry::first);
    if (twice != ids_.end()) document.refuse("{0}[{1}] and {0}[{2}] have the same id, {3}", list, twice->second, std::next(twice)->second, twice->first);
  }
  [[nodiscard]] bool contains(int64_t id) const { return std::ranges::binary_search(ids_, id, {}, &Entry::first); }

 private:
  using Entry = std::pair<int64_t, int64_t>;  // id, index
  std::vector<Entry> ids_;
};

/// A field that an element must have.
template <class Value>
Value needed(const Document& document, const std::optional<Value>& value, const Place& place, std::string_view key) {
  if (!value) document.refuse("{} has no \"{}\"", place.text(), key);
  return *value;
}

CocoPicture read_picture(Document& document, ondemand::object object, const Place& place) {
  CocoPicture picture;
  std::optional<int64_t> id;
  for (auto each : object) {
    ondemand::field field = document.value_of(std::move(each));
    const ondemand::raw_json_string key = field.key();
    if (key.unsafe_is_equal("id")) id = document.whole_number(field.value(), place, "id");
    if (key.unsafe_is_equal("width")) picture.width = document.whole_number(field.value(), place, "width");
    if (key.unsafe_is_equal("height")) picture.height = document.whole_number(field.value(), place, "height");
    if (key.unsafe_is_equal("file_name")) picture.file_name = document.text(field.value(), place, "file_name");
  }
  picture.id = needed(document, id, place, "id");
  return picture;
}

CocoCategory read_category(Document& document, ondemand::object object, const Place& place) {
  std::optional<int64_t> id;
  std::optional<std::string> name;
  for (auto each : object) {
    ondemand::field field = document.value_of(std::move(each));
    const ondemand::raw_json_string key = field.key();
    if (key.unsafe_is_equal("id")) id = document.whole_number(field.value(), place, "id");
    if (key.unsafe_is_equal("name")) name = document.text(field.value(), place, "name");
  }
  return {needed(document, id, place, "id"), needed(document, name, place, "name")};
}

// What truths and detections have in common, and what only one of them has.
struct Entry {
  std::optional<int64_t> id, image_id, category_id;
  std::optional<CocoBox> box;
  std::optional<double> area, score;
  bool is_crowd = false, has_caption = false;
};

Entry read_entry(Document& document, ondemand::object object, const Place& place) {
  Entry entry;
  for (auto each : object) {
    ondemand::field field = document.value_of(std::move(each));
    const ondemand::raw_json_string key = field.key();
    if (key.unsafe_is_equal("image_id")) {
      entry.image_id = document.whole_number(field.value(), place, "image_id");
    } else if (key.unsafe_is_equal("category_id")) {
      entry.category_id = document.whole_number(field.value(), place, "category_id");
    } else if (key.unsafe_is_equal("bbox")) {
      entry.box = document.box(field.value(), place);
    } else if (key.unsafe_is_equal("score")) {
      entry.score = document.number(field.value(), place, "score");
    } else if (key.unsafe_is_equal("area")) {
      entry.area = document.number(field.value(), place, "area");
    } else if (key.unsafe_is_equal("iscrowd")) {
      entry.is_crowd = document.flag(field.value(), place, "iscrowd");
    } else if (key.unsafe_is_equal("id")) {
      entry.id = document.whole_number(field.value(), place, "id");
    } else if (key.unsafe_is_equal("caption")) {
      entry.has_caption = true;
    }
  }
  return entry;
}

std::vector<CocoDetection> read_detections(Document& document) {
  if (!document.is_array()) {
    document.refuse("expected an array of detections, [{{\"image_id\": ..., \"category_id\": ..., \"bbox\": [x, y, width, height], \"score\": ...}}, ...]{}",
                    document.is_object() ? ", found an object, as instances files have" : "");
  }
  std::vector<CocoDetection> detections;
  document.for_each(document.array(), "", [&](ondemand::object object, const Place& place) {
    const Entry entry = read_entry(document, object, place);
    detections.push_back({needed(document, entry.image_id, place, "image_id"), needed(document, entry.category_id, place, "category_id"),
                          needed(document, entry.box, place, "bbox"), needed(document, entry.score, place, "score")});
  });
  document.expect_end();
  return detections;
}

// The comma between two elements, in "}, {": its offset in `window`.
std::optional<size_t> element_comma(std::string_view window) {
  for (size_t end = window.find('}'); end != window.npos; end = window.find('}', end + 1)) {
    const size_t comma = window.find_first_not_of(kBlanks, end + 1);
    if (comma == window.npos || window[comma] != ',') continue;
    const size_t next = window.find_first_not_of(kBlanks, comma + 1);
    if (next != window.npos && window[next] == '{') return comma;
  }
  return std::nullopt;
}

// Ranges of about equal size that begin at commas between two detections. A comma inside of a text would do harm; then the parts are no JSON.
std::vector<Range> parts_of(const InputFile& file) {
  std::vector<Range> parts = {{0, file.size()}};
  std::string window(kWindowBytes, '\0');
  for (int64_t target = kPartBytes; target < file.size(); target += kPartBytes) {
    const size_t found = file.read_at(target, std::as_writable_bytes(std::span(window)));
    const auto comma = element_comma(std::string_view(window).substr(0, found));
    if (!comma || target + static_cast<int64_t>(*comma) <= parts.back().begin) continue;
    parts.back().end = target + static_cast<int64_t>(*comma);
    parts.push_back({parts.back().end, file.size()});
  }
  return parts;
}

// Nothing when a part is no array of detections: cut at the wrong place, or damaged.
std::optional<std::vector<CocoDetection>> read_parts(const InputFile& file, const std::vector<Range>& parts, int64_t threads) {
  std::vector<CocoDetection> all;
  std::mutex mutex;
  std::vector<std::optional<std::vector<CocoDetection>>> waiting(parts.size());  // for their turn
  size_t next = 0;
  try {
    for_each_index(static_cast<int64_t>(parts.size()), threads, {}, [&](int64_t i) {
      const size_t part = static_cast<size_t>(i);
      std::vector<CocoDetection> found;
      {
        Document document(file, parts[part], part == 0 ? "" : "[", part + 1 == parts.size() ? "" : "]");
        found = read_detections(document);
      }
      const std::lock_guard lock(mutex);
      waiting[part] = std::move(found);
      for (; next < parts.size() && waiting[next]; waiting[next++].reset()) {
        if (next == 0) all.reserve(waiting[next]->size() * parts.size() * 9 / 8);  // parts have about as many
        all.insert(all.end(), waiting[next]->begin(), waiting[next]->end());
      }
    });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kData) return std::nullopt;
    throw;
  }
  return all;
}

}  // namespace

CocoInstances read_coco_instances(const fs::path& path) {
  Document document(open(path));
  if (!document.is_object()) {
    document.refuse("expected an object with images, categories and annotations{}", document.is_array() ? ", found an array, as results files have" : "");
  }
  CocoInstances instances;
  Ids pictures, categories, annotations;
  bool has_pictures = false, has_categories = false, has_annotations = false;
  for (auto each : document.object()) {
    ondemand::field field = document.value_of(std::move(each));
    const ondemand::raw_json_string key = field.key();
    if (key.unsafe_is_equal("images")) {
      has_pictures = true;
      document.for_each(field.value(), "images", [&](ondemand::object object, const Place& place) {
        instances.pictures.push_back(read_picture(document, object, place));
        pictures.add(instances.pictures.back().id);
      });
    } else if (key.unsafe_is_equal("categories")) {
      has_categories = true;
      document.for_each(field.value(), "categories", [&](ondemand::object object, const Place& place) {
        instances.categories.push_back(read_category(document, object, place));
        categories.add(instances.categories.back().id);
      });
    } else if (key.unsafe_is_equal("annotations")) {
      has_annotations = true;
      document.for_each(field.value(), "annotations", [&](ondemand::object object, const Place& place) {
        const Entry entry = read_entry(document, object, place);
        if (entry.has_caption && !entry.box) document.refuse("annotations carry captions and no boxes: give instances_*.json");
        const CocoBox box = needed(document, entry.box, place, "bbox");
        instances.truths.push_back({needed(document, entry.image_id, place, "image_id"), needed(document, entry.category_id, place, "category_id"), box,
                                    entry.area.value_or(box.width * box.height), entry.is_crowd});
        annotations.add(needed(document, entry.id, place, "id"));
        instances.areas_absent += entry.area ? 0 : 1;
        instances.zero_ids += *entry.id == 0 ? 1 : 0;
      });
    }
  }
  document.expect_end();
  if (!has_pictures) document.refuse("has no \"images\": give instances_*.json");
  if (!has_annotations) document.refuse("has no \"annotations\", as the files of test sets: give instances_*.json");
  if (!has_categories) document.refuse("has no \"categories\": give instances_*.json");
  pictures.check(document, "images");
  categories.check(document, "categories");
  annotations.check(document, "annotations");
  for (size_t i = 0; i < instances.truths.size(); ++i) {
    const CocoTruth& truth = instances.truths[i];
    if (!pictures.contains(truth.image_id)) document.refuse("annotations[{}].image_id is {}, which \"images\" does not list", i, truth.image_id);
    if (!categories.contains(truth.category_id)) {
      document.refuse("annotations[{}].category_id is {}, which \"categories\" does not list", i, truth.category_id);
    }
  }
  return instances;
}

std::vector<CocoDetection> read_coco_results(const fs::path& path, int64_t threads) {
  const InputFile file = open(path);
  const std::vector<Range> parts = parts_of(file);
  if (parts.size() > 1) {
    if (auto detections = read_parts(file, parts, threads)) return *std::move(detections);
  }
  Document document(file);  // as one, so that an error names the right element
  return read_detections(document);
}

}  // namespace fovea::io
