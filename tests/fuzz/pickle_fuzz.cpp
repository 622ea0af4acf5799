// Any bytes are a pickle of known values or refused by an Error of kData. Apart from the zip archive around it: its checksum would stop most changes.
#include "fovea/base/error.h"
#include "fovea/io/pickle.h"
#include "fovea/io/torch_names.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const fovea::io::Pickle pickle(std::as_bytes(std::span(data, size)), fovea::io::kTorchGlobals, "pickle");
    if (pickle.at(pickle.root()).valueless_by_exception()) std::abort();
  } catch (const fovea::Error& error) {
    if (error.code() != fovea::ErrorCode::kData) std::abort();
  }
  return 0;
}
