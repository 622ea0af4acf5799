// Any file gives places inside it; each record is read or refused by an Error of kData.
#include "fovea/base/error.h"
#include "fovea/io/tfrecord.h"
#include "tests/fuzz/memory_file.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fovea::fuzz::MemoryFile bytes(std::as_bytes(std::span(data, size)));
  const auto scan = fovea::io::scan_records(bytes.path());
  const fovea::InputFile file(bytes.path());
  int64_t end = 0;
  for (const auto& place : scan.records) {
    end = place.offset + place.length + fovea::io::kRecordFooterBytes;
    if (std::cmp_greater(end, size)) std::abort();
    try {
      if (std::cmp_not_equal(fovea::io::read_record(file, place, 0).size(), place.length)) std::abort();
    } catch (const fovea::Error& error) {
      if (error.code() != fovea::ErrorCode::kData) std::abort();
    }
  }
  // Nothing is lost in silence: the records fill the file, or the scan says what is wrong.
  if (std::cmp_not_equal(end, size) && !scan.damage) std::abort();
  return 0;
}
