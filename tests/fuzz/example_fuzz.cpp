// Any bytes are an Example or an Error of kData; what was read is written and read again as the same.
#include "fovea/base/error.h"
#include "fovea/base/file.h"
#include "fovea/io/example.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto example = fovea::io::parse_example(std::as_bytes(std::span(data, size)));
    const std::string written = fovea::io::serialize(example);
    // Bytes rather than values are compared: a float may be NaN.
    if (fovea::io::serialize(fovea::io::parse_example(fovea::as_bytes(written))) != written) std::abort();
  } catch (const fovea::Error& error) {
    if (error.code() != fovea::ErrorCode::kData) std::abort();
  }
  return 0;
}
