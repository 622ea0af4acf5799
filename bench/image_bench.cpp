// Pictures per second of decoding and scaling on one core:
//   bench_image [PATTERN] [--benchmark_...]     PATTERN: JPEG files, such as 'photographs/*.jpg'; without it, made pictures of 640 x 480
#include "fovea/base/file.h"
#include "fovea/base/random.h"
#include "fovea/image/decode.h"
#include "fovea/image/resample.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

namespace {

using namespace fovea::image;
using fovea::Purpose;
using fovea::Random;

constexpr size_t kMaxPictures = 128;  // chosen: more than a cache holds
constexpr int kNetworkPx = 224;

struct Encoded {
  std::vector<std::byte> bytes;
  Size size;
  Rect crop;
};

/// The reference's training crop (spec 2.5): the side, not the area, is uniform; 10 to 100 % of the area; aspect 0.75 to 1.33.
Rect reference_crop(Size size, Random& random) {
  const double area = double{1} * size.width * size.height;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const double aspect = random.uniform(0.75, 1.33);
    const int low = static_cast<int>(std::lround(std::sqrt(0.05 * area / aspect)));
    const double widest = std::min({std::sqrt(area / aspect), size.width / aspect, double{1} * size.height});
    const int height = static_cast<int>(random.integer(low, std::max(low, static_cast<int>(widest))));
    const int width = static_cast<int>(std::lround(height * aspect));
    if (width > size.width || width * height < 0.1 * area) continue;
    return {static_cast<int>(random.integer(0, size.width - width)), static_cast<int>(random.integer(0, size.height - height)), width, height};
  }
  return {0, 0, size.width, size.height};
}

/// Soft blobs with a little grain.
std::vector<std::byte> made_picture(uint64_t seed) {
  Random random(seed, 0, 0, Purpose::kSynthetic);
  Image coarse(40, 30), fine(640, 480);
  for (uint8_t& level : coarse.pixels) level = static_cast<uint8_t>(random.integer(0, 255));
  fine = resized(coarse, 640, 480, Filter::kBicubic);
  for (uint8_t& level : fine.pixels) level = static_cast<uint8_t>(std::clamp<int64_t>(level + random.integer(-3, 3), 0, 255));
  return encode_jpeg(fine, 85);
}

std::vector<Encoded>& pictures() {
  static std::vector<Encoded> all;
  return all;
}

void add_picture(std::vector<std::byte> bytes) {
  Random random(1, 0, pictures().size(), Purpose::kCrop);
  const Size size = read_info(bytes).size;
  pictures().push_back({std::move(bytes), size, reference_crop(size, random)});
}

Rect whole(Size size) { return {0, 0, size.width, size.height}; }

/// Runs work(picture) over all pictures in turn.
template <class Work>
void over_pictures(benchmark::State& state, const Work& work) {
  size_t next = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    work(pictures()[next]);
    next = (next + 1) % pictures().size();
  }
  state.SetItemsProcessed(state.iterations());
}

void decode_whole(benchmark::State& state) {
  Image target;
  over_pictures(state, [&](const Encoded& picture) { decode_crop_into(picture.bytes, whole(picture.size), {}, target); });
}
BENCHMARK(decode_whole);

void decode_whole_fast_idct(benchmark::State& state) {
  Image target;
  over_pictures(state, [&](const Encoded& picture) { decode_crop_into(picture.bytes, whole(picture.size), {.fast_idct = true}, target); });
}
BENCHMARK(decode_whole_fast_idct);

void decode_reference_crop(benchmark::State& state) {
  Image target;
  over_pictures(state, [&](const Encoded& picture) { decode_crop_into(picture.bytes, picture.crop, {}, target); });
}
BENCHMARK(decode_reference_crop);

void resample_crop(benchmark::State& state, Filter filter) {
  std::vector<Image> decoded;
  for (const Encoded& picture : pictures()) decoded.push_back(decode_crop(picture.bytes, picture.crop));
  std::vector<uint8_t> target(size_t{3} * kNetworkPx * kNetworkPx);
  size_t next = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    resample(decoded[next], whole(decoded[next].size()), filter, {kNetworkPx, kNetworkPx, true}, target.data(), int64_t{3} * kNetworkPx);
    next = (next + 1) % decoded.size();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(resample_crop, legacy_bilinear, Filter::kLegacyBilinear);
BENCHMARK_CAPTURE(resample_crop, bilinear, Filter::kBilinear);
BENCHMARK_CAPTURE(resample_crop, bicubic, Filter::kBicubic);

/// What a training sample costs: header, decoded crop, scaled and mirrored.
void all_steps(benchmark::State& state, Filter filter) {
  Image decoded;
  std::vector<uint8_t> target(size_t{3} * kNetworkPx * kNetworkPx);
  over_pictures(state, [&](const Encoded& picture) {
    read_info(picture.bytes);
    decode_crop_into(picture.bytes, picture.crop, {}, decoded);
    resample(decoded, whole(decoded.size()), filter, {kNetworkPx, kNetworkPx, true}, target.data(), int64_t{3} * kNetworkPx);
  });
}
BENCHMARK_CAPTURE(all_steps, legacy_bilinear, Filter::kLegacyBilinear);
BENCHMARK_CAPTURE(all_steps, bilinear, Filter::kBilinear);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  try {
    if (argc > 1) {
      for (const auto& path : fovea::glob(argv[1])) {
        if (pictures().size() < kMaxPictures) add_picture(fovea::read_bytes(path));
      }
    } else {
      for (uint64_t seed = 0; seed < kMaxPictures / 4; ++seed) add_picture(made_picture(seed));
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  if (pictures().empty()) {
    std::fprintf(stderr, "no file matches \"%s\"\n", argv[1]);
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
