// The door to JSON (nlohmann-json): parsing with errors that name the file, and text that is always valid UTF-8.
#pragma once

#include "fovea/base/error.h"
#include "fovea/base/file.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace fovea::io {

using Json = nlohmann::json;                 ///< keys sorted
using OrderedJson = nlohmann::ordered_json;  ///< keys in the order written

inline constexpr int kMaxJsonDepth = 32;  ///< chosen: far above any file of ours; brackets alone would take many times their size in memory

/// throws kData naming `where` and the byte offset
inline Json parse_json(std::string_view text, std::string_view where) {
  const auto check = [&](int depth, Json::parse_event_t event, const Json&) {
    const bool begins = event == Json::parse_event_t::array_start || event == Json::parse_event_t::object_start;
    if (begins && depth >= kMaxJsonDepth) fail(ErrorCode::kData, "{}: nests deeper than {} levels", where, kMaxJsonDepth);
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::parse_error& error) {
    fail(ErrorCode::kData, "{}: not valid JSON at byte {}", where, error.byte);
  } catch (const Json::exception&) {  // out_of_range.406 is the only other one that parsing throws
    fail(ErrorCode::kData, "{}: holds a number beyond the range of float64", where);
  }
}

/// throws kMissing, kIo; kData when it is no JSON or larger than max_bytes
inline Json read_json(const fs::path& path, int64_t max_bytes = int64_t{64} << 20) { return parse_json(read_text(path, max_bytes), path.string()); }

/// indent -1 = one line. Bytes that are not UTF-8 (file names may be anything) become U+FFFD; numbers that are not finite become null.
template <class AnyJson>
std::string json_text(const AnyJson& value, int indent = -1) {
  return value.dump(indent, ' ', false, AnyJson::error_handler_t::replace);
}

}  // namespace fovea::io
