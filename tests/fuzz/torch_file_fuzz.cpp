// Any file is read whole or refused by an Error of kData.
#include "fovea/base/error.h"
#include "fovea/io/torch_file.h"
#include "tests/fuzz/memory_file.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fovea::fuzz::MemoryFile bytes(std::as_bytes(std::span(data, size)));
  try {
    const fovea::io::TorchFile file(bytes.path());
    for (const fovea::io::TorchGroup& group : file.groups()) {
      for (const auto& [name, tensor] : group.tensors) {
        std::vector<std::byte> target(static_cast<size_t>(tensor.bytes()));
        file.read(tensor, target);
      }
    }
  } catch (const fovea::Error& error) {
    if (error.code() != fovea::ErrorCode::kData) std::abort();
  }
  return 0;
}
