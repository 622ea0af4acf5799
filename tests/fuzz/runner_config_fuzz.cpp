// Any bytes are the file of a model runner or an Error of kConfig, whatever the names in it.
#include "fovea/base/error.h"
#include "fovea/base/file.h"
#include "fovea/compat/runner_config.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    (void)fovea::compat::read_runner_config(fovea::as_text(std::as_bytes(std::span(data, size))), "a.yaml", {"HOME=/home/user1"});
  } catch (const fovea::Error& error) {
    if (error.code() != fovea::ErrorCode::kConfig) std::abort();
  }
  return 0;
}
