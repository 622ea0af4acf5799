#include "fovea/io/cbor_cache.h"

#include "fovea/base/error.h"
#include "fovea/io/fingerprint.h"

#include <span>
#include <vector>

namespace fovea::io {

void write_cbor_cache(const fs::path& path, const Json& content) {
  const std::vector<uint8_t> body = Json::to_cbor(content);
  const auto span = std::as_bytes(std::span(body));
  std::vector<std::byte> bytes(span.begin(), span.end());
  append_hash(bytes);
  write_atomically(path, bytes);
}

std::optional<Json> read_cbor_cache(const fs::path& path, int64_t max_bytes) {
  try {
    if (!file_stamp(path)) return std::nullopt;
    const std::vector<std::byte> bytes = read_bytes(path, max_bytes);
    const auto body = hashed_body(bytes);
    if (!body) return std::nullopt;
    const auto* first = reinterpret_cast<const uint8_t*>(body->data());
    return Json::from_cbor(first, first + body->size());
  } catch (const Json::exception&) {
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace fovea::io
