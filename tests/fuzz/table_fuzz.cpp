// Any file, and any block with a checksum that fits, is read whole or refused by an Error of kData.
#include "fovea/base/error.h"
#include "fovea/io/table.h"
#include "tests/fuzz/memory_file.h"
#include "tests/support/table_builder.h"

#include <cstdlib>

namespace {

void read(std::span<const std::byte> bytes) {
  const fovea::fuzz::MemoryFile file(bytes);
  try {
    fovea::io::read_table(file.path());
  } catch (const fovea::Error& error) {
    if (error.code() != fovea::ErrorCode::kData) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  read(bytes);
  read(fovea::as_bytes(fovea::test::table_of({std::string(fovea::as_text(bytes))})));
  return 0;
}
