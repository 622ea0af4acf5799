// Without libFuzzer: runs a fuzz target over each seed of a folder, over every prefix of it, and over copies with one flipped bit. A target
// that finds something wrong aborts.
#include "fovea/base/error.h"
#include "fovea/base/file.h"

#include <cstdio>
#include <exception>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// chosen: up to here all eight bits of every byte, above one bit of each byte, so that a picture of 20 KB takes a second
constexpr size_t kAllBitsUpTo = 1024;

void run(std::span<const std::byte> bytes) { LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()); }

int replay(const std::vector<std::byte>& seed) {
  run(seed);
  int runs = 1;
  for (size_t size = 0; size < seed.size(); ++size, ++runs) {
    // A copy of exactly this size: a sanitizer then sees a read behind its end.
    run(std::vector(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  std::vector<std::byte> flipped = seed;
  for (size_t byte = 0; byte < seed.size(); ++byte) {
    for (size_t bit = 0; bit < 8; ++bit) {
      if (seed.size() > kAllBitsUpTo && bit != byte % 8) continue;
      flipped[byte] ^= std::byte{1} << bit;
      run(flipped);
      flipped[byte] = seed[byte];
      ++runs;
    }
  }
  return runs;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: fuzz_TARGET CORPUS_FOLDER\n", stderr);
    return 2;
  }
  try {
    const auto seeds = fovea::glob(std::string(argv[1]) + "/*");
    if (seeds.empty()) fovea::fail(fovea::ErrorCode::kMissing, "no seeds in \"{}\"", argv[1]);
    for (const auto& path : seeds) {
      const int runs = replay(fovea::read_bytes(path));
      std::printf("%s: %d inputs\n", path.filename().c_str(), runs);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
