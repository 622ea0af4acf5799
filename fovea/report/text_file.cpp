#include "fovea/report/text_file.h"

#include "fovea/base/strings.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace fovea::report {

namespace {

constexpr int64_t kMaxJsonBytes = int64_t{16} << 20;  // chosen: 22,000 classes with long names are 2 MB

}  // namespace

std::optional<std::string> text_of(const fs::path& path, int64_t max_bytes, Keep keep, std::vector<std::string>& notes) {
  const std::string name = path.filename().string();
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  try {
    const InputFile file(path);
    const int64_t size = std::min(file.size(), max_bytes);
    std::string text(static_cast<size_t>(size), '\0');
    const int64_t from = keep == Keep::kEnd ? file.size() - size : 0;
    text.resize(file.read_at(from, std::as_writable_bytes(std::span(text))));
    if (file.size() > max_bytes) {
      const std::string limit = format_bytes(static_cast<double>(max_bytes));
      notes.push_back(fmt::format("{} is larger than {}: only its {} was read.", name, limit, keep == Keep::kEnd ? "end" : "beginning"));
    }
    return text;
  } catch (const Error& error) {
    notes.push_back(fmt::format("{} cannot be read: {}.", name, error.what()));
    return std::nullopt;
  }
}

std::optional<io::Json> json_of(const fs::path& path, std::vector<std::string>& notes) {
  const auto text = text_of(path, kMaxJsonBytes, Keep::kBeginning, notes);
  if (!text) return std::nullopt;
  io::Json json = io::Json::parse(*text, nullptr, false);
  if (!json.is_discarded()) return json;
  notes.push_back(fmt::format("{} is damaged (not valid JSON) and was left out.", path.filename().string()));
  return std::nullopt;
}

std::optional<double> number_in(const io::Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_number()) return std::nullopt;
  return object[key].get<double>();
}

std::string text_in(const io::Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}

int64_t count_in(const io::Json& object, const char* key) {
  constexpr double kMax = 1e15;  // exact as a double, and sums of many stay in range
  const double value = number_in(object, key).value_or(0);
  return value >= 0 && value <= kMax ? static_cast<int64_t>(value) : 0;
}

}  // namespace fovea::report
