#include "fovea/io/fingerprint.h"

#include "fovea/base/error.h"
#include "fovea/io/little_endian.h"

#include <xxhash.h>

#include <memory>

namespace fovea::io {

uint64_t hash64(std::span<const std::byte> bytes, uint64_t seed) { return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed); }

void append_hash(std::vector<std::byte>& bytes) { append_number(bytes, hash64(bytes)); }

std::optional<std::span<const std::byte>> hashed_body(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(uint64_t)) return std::nullopt;
  const auto body = bytes.first(bytes.size() - sizeof(uint64_t));
  return load_number<uint64_t>(bytes, body.size()) == hash64(body) ? std::optional(body) : std::nullopt;
}

uint64_t hash_file(const fs::path& path) {
  constexpr size_t kPiece = size_t{1} << 20;  // chosen: large against the cost of a call, small against the caches
  const InputFile file(path);
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  FOVEA_CHECK(state != nullptr && XXH3_64bits_reset(state.get()) == XXH_OK, "no hash state");

  std::vector<std::byte> piece(kPiece);
  int64_t offset = 0;
  while (const size_t count = file.read_at(offset, piece)) {
    XXH3_64bits_update(state.get(), piece.data(), count);
    offset += static_cast<int64_t>(count);
  }
  return XXH3_64bits_digest(state.get());
}

std::string hex(uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace fovea::io
