// Pictures per second of one core, from the encoded file to the network's pixels, beside libjpeg-turbo's own decoder of whole pictures:
//   bench_input [PATTERN] [--benchmark_...]     PATTERN: JPEG files, such as 'photographs/*.jpg'; without it, made pictures of 640 x 480
// The crop is the reference's training crop (spec 2.5), the target 224 x 224; for detection SSD's around made-up objects (spec 3.7), 300 x 300.
#include "fovea/base/file.h"
#include "fovea/base/random.h"
#include "fovea/data/augment.h"
#include "fovea/image/decode.h"
#include "fovea/image/resample.h"

#include <benchmark/benchmark.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <vector>

namespace {

using namespace fovea;

constexpr size_t kMaxPictures = 128;  // chosen: more than a cache holds

struct Picture {
  fs::path path;  ///< empty for a made one
  data::Sample sample;
};

std::vector<Picture>& pictures() {
  static std::vector<Picture> all;
  return all;
}

/// Soft blobs with a little grain.
std::vector<std::byte> made_picture(uint64_t seed) {
  Random random(seed, 0, 0, Purpose::kSynthetic);
  image::Image coarse(40, 30), fine(640, 480);
  for (uint8_t& level : coarse.pixels) level = static_cast<uint8_t>(random.integer(0, 255));
  fine = image::resized(coarse, 640, 480, image::Filter::kBicubic);
  for (uint8_t& level : fine.pixels) level = static_cast<uint8_t>(std::clamp<int64_t>(level + random.integer(-3, 3), 0, 255));
  return image::encode_jpeg(fine, 85);
}

/// Runs work(picture, number) over all pictures in turn, number counting on.
template <class Work>
void over_pictures(benchmark::State& state, const Work& work) {
  int64_t number = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    work(pictures()[static_cast<size_t>(number) % pictures().size()], number);
    ++number;
  }
  state.SetItemsProcessed(state.iterations());
}

void turbojpeg_whole(benchmark::State& state) {
  const tjhandle decoder = tjInitDecompress();
  std::vector<uint8_t> pixels;
  over_pictures(state, [&](const Picture& picture, int64_t) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(picture.sample.encoded.data());
    int width = 0, height = 0, sampling = 0, colours = 0;
    tjDecompressHeader3(decoder, bytes, picture.sample.encoded.size(), &width, &height, &sampling, &colours);
    pixels.resize(static_cast<size_t>(3) * static_cast<size_t>(width) * static_cast<size_t>(height));
    if (tjDecompress2(decoder, bytes, picture.sample.encoded.size(), pixels.data(), width, 0, height, TJPF_RGB, 0) != 0)
      state.SkipWithError(tjGetErrorStr2(decoder));
  });
  tjDestroy(decoder);
}
BENCHMARK(turbojpeg_whole);

void decode_whole(benchmark::State& state) {
  image::Image target;
  over_pictures(state, [&](const Picture& picture, int64_t) {
    const image::Size size = image::read_info(picture.sample.encoded).size;
    image::decode_crop_into(picture.sample.encoded, {0, 0, size.width, size.height}, {}, target);
  });
}
BENCHMARK(decode_whole);

void decode_crop(benchmark::State& state) {
  image::Image target;
  const data::DataOptions options;
  over_pictures(state, [&](const Picture& picture, int64_t number) {
    const image::Size size = image::read_info(picture.sample.encoded).size;
    image::decode_crop_into(picture.sample.encoded, data::train_view(size, {}, options, 1, {.sample = number, .epoch = 0, .position = number}).part, {},
                            target);
  });
}
BENCHMARK(decode_crop);

/// The loader's work for one sample: crop and flip drawn, decoded, scaled, mirrored.
void training_sample(benchmark::State& state, image::Filter filter, bool reads_file) {
  data::DataOptions options;
  options.filter = filter;
  std::vector<uint8_t> pixels(static_cast<size_t>(3 * options.image_size * options.image_size));
  over_pictures(state, [&](const Picture& picture, int64_t number) {
    const data::Draw draw{.sample = number, .epoch = 0, .position = number};
    if (reads_file) {
      data::prepare_train({.encoded = read_bytes(picture.path), .picture = {}}, options, 1, draw, {.bytes = pixels.data()});
    } else {
      data::prepare_train(picture.sample, options, 1, draw, {.bytes = pixels.data()});
    }
  });
}
std::vector<data::Object> made_objects(int64_t number) {
  Random random(2, 0, static_cast<uint64_t>(number), Purpose::kSynthetic);
  std::vector<data::Object> objects(static_cast<size_t>(random.integer(1, 14)));  // COCO's mean: 7.3
  for (data::Object& object : objects) {
    const double height = random.uniform(0.05, 0.5), width = random.uniform(0.05, 0.5), y = random.uniform(0, 1 - height), x = random.uniform(0, 1 - width);
    object.box = {.y0 = static_cast<float>(y), .x0 = static_cast<float>(x), .y1 = static_cast<float>(y + height), .x1 = static_cast<float>(x + width)};
  }
  return objects;
}

/// The same for detection, without its targets.
void detection_sample(benchmark::State& state, bool has_jitter) {
  const data::DataOptions options{.image_size = 300,
                                  .train_crop = data::TrainCrop::kIouBiased,
                                  .eval_crop = data::EvalCrop::kStretch,
                                  .colour_jitter = has_jitter,
                                  .pixels = data::Pixels::kFloat32};
  std::vector<float> pixels(300 * 300 * 3);
  over_pictures(state, [&](Picture& picture, int64_t number) {
    picture.sample.objects = made_objects(number);
    data::prepare_train(picture.sample, options, 1, {.sample = number, .epoch = 0, .position = number}, {.floats = pixels.data()});
  });
}
BENCHMARK_CAPTURE(detection_sample, colours_kept, false);
BENCHMARK_CAPTURE(detection_sample, colours_changed, true);

BENCHMARK_CAPTURE(training_sample, legacy_bilinear, image::Filter::kLegacyBilinear, false);
BENCHMARK_CAPTURE(training_sample, bilinear, image::Filter::kBilinear, false);
BENCHMARK_CAPTURE(training_sample, bicubic, image::Filter::kBicubic, false);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  try {
    if (argc > 1) {
      for (const auto& path : glob(argv[1])) {
        if (pictures().size() < kMaxPictures) pictures().push_back({path, {.encoded = read_bytes(path), .picture = {}}});
      }
      benchmark::RegisterBenchmark("training_sample/legacy_bilinear, file read", training_sample, image::Filter::kLegacyBilinear, true);
      benchmark::RegisterBenchmark("training_sample/bilinear, file read", training_sample, image::Filter::kBilinear, true);
    } else {
      for (uint64_t seed = 0; seed < kMaxPictures / 4; ++seed) pictures().push_back({{}, {.encoded = made_picture(seed), .picture = {}}});
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
