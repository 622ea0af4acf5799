// Any file is read as instances and as results, or refused by an Error of kData.
#include "fovea/base/error.h"
#include "fovea/io/coco_json.h"
#include "tests/fuzz/memory_file.h"

#include <cstdlib>

namespace {

template <class Read>
void expect_read_or_refused(Read read) {
  try {
    read();
  } catch (const fovea::Error& error) {
    if (error.code() != fovea::ErrorCode::kData) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fovea::fuzz::MemoryFile bytes(std::as_bytes(std::span(data, size)));
  expect_read_or_refused([&] { fovea::io::read_coco_instances(bytes.path()); });
  expect_read_or_refused([&] { fovea::io::read_coco_results(bytes.path(), 1); });
  return 0;
}
