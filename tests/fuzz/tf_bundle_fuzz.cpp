// Any message as header or entry of an index, with checksums that fit, is read or refused by an Error of kData.
#include "fovea/base/error.h"
#include "fovea/io/table.h"
#include "fovea/io/tf_bundle.h"
#include "tests/support/temporary_folder.h"

#include <cstdlib>

namespace {

constexpr size_t kDataBytes = 64;
const std::string kHeader = "\x08\x01";  // one data file

void read(const fovea::test::TemporaryFolder& folder, const fovea::io::Table& table) {
  folder.put("x.index", fovea::io::table_bytes(table));
  try {
    const fovea::io::TfBundle bundle(folder / "x");
    for (const auto& [name, tensor] : bundle.tensors()) {
      if (!tensor.type) continue;
      if (tensor.bytes > static_cast<int64_t>(kDataBytes)) std::abort();
      std::vector<std::byte> target(static_cast<size_t>(tensor.bytes));
      bundle.read(tensor, target);
    }
  } catch (const fovea::Error& error) {
    // another number of data files gives them other names, which are missing
    if (error.code() != fovea::ErrorCode::kData && error.code() != fovea::ErrorCode::kMissing) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fovea::test::TemporaryFolder folder;
  static const auto shard = folder.put("x.data-00000-of-00001", std::string(kDataBytes, '\0'));
  const std::string message(reinterpret_cast<const char*>(data), size);
  read(folder, {{"", kHeader}, {"w", message}});
  read(folder, {{"", message}, {"w", ""}});
  return 0;
}
