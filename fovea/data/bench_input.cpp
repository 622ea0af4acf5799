#include "fovea/data/bench_input.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/data/augment.h"
#include "fovea/image/decode.h"
#include "fovea/io/json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <string_view>

namespace fovea::data {
namespace {

enum Stage : size_t { kRead, kDecode, kCrop, kResample, kAll, kStages };
constexpr std::array<std::string_view, kStages> kStageNames{"read", "decode", "crop", "resample", "all"};
constexpr std::array<std::string_view, kStages> kStageTexts{"read the sample", "decode all of it", "decode the training crop",
                                                            "scale the crop, mirror, colours", "what a loader's worker does"};
using Seconds = std::array<double, kStages>;

/// Memory that one worker keeps from picture to picture.
struct Scratch {
  image::Image picture, crop;
  std::vector<uint8_t> bytes;
  std::vector<float> floats;
  PixelTarget target;
};

/// What one picture added: seconds per stage and its size.
struct Pass {
  Seconds seconds{};
  int64_t pixels = 0;
  int64_t encoded_bytes = 0;
};

void measure(const Dataset& dataset, const InputBenchOptions& options, int64_t index, Scratch& scratch, Pass& pass) {
  auto last = std::chrono::steady_clock::now();
  const auto lap = [&](Stage stage) {
    const auto now = std::chrono::steady_clock::now();
    pass.seconds[stage] += std::chrono::duration<double>(now - last).count();
    last = now;
  };
  const auto restart = [&] { last = std::chrono::steady_clock::now(); };
  const DataOptions& data = options.data;
  const Draw draw{.sample = index, .epoch = 0, .position = index};

  prepare_train(dataset.get(index), data, options.seed, draw, scratch.target);
  lap(kAll);
  const Sample sample = dataset.get(index);
  lap(kRead);

  const image::DecodeOptions decoding{.fast_idct = data.fast_idct};
  const image::Size size = sample.picture ? sample.picture->size() : image::read_info(sample.encoded, decoding).size;
  const TrainView view = train_view(size, sample.objects, data, options.seed, draw);
  image::Rect place = view.part;
  const image::Image* source = sample.picture ? sample.picture.get() : &scratch.crop;
  if (!sample.picture) {
    restart();
    image::decode_crop_into(sample.encoded, {.x = 0, .y = 0, .width = size.width, .height = size.height}, decoding, scratch.picture);
    lap(kDecode);
    image::decode_crop_into(sample.encoded, view.part, decoding, scratch.crop);
    lap(kCrop);
    place.x = place.y = 0;
  }
  restart();
  render(*source, place, view, data, scratch.target);
  lap(kResample);
  pass.pixels += int64_t{size.width} * size.height;
  pass.encoded_bytes += static_cast<int64_t>(sample.encoded.size());
}

Pass measure_all(const Dataset& dataset, const InputBenchOptions& options, int64_t pictures, Scratch& scratch) {
  Pass pass;
  for (int64_t index = 0; index < pictures; ++index) {
    try {
      measure(dataset, options, index, scratch, pass);
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("{}: {}", dataset.place(index), error.what()), error.advice());
    }
  }
  return pass;
}

}  // namespace

InputBench bench_input(const Dataset& dataset, const InputBenchOptions& options) {
  check_options(options.data, dataset.info());
  const int64_t pictures = std::min(options.pictures, dataset.size());
  if (pictures <= 0 || options.repeats <= 0) fail(ErrorCode::kData, "nothing to measure: {} pictures, {} repeats", pictures, options.repeats);
  Scratch scratch;
  const auto values = static_cast<size_t>(options.data.image_size * options.data.image_size * 3);
  if (options.data.pixels == Pixels::kFloat32) scratch.floats.resize(values);
  if (options.data.pixels == Pixels::kUint8) scratch.bytes.resize(values);
  scratch.target = {.bytes = scratch.bytes.data(), .floats = scratch.floats.data()};

  const Pass warm_up = measure_all(dataset, options, pictures, scratch);
  std::vector<Pass> passes;
  for (int64_t repeat = 0; repeat < options.repeats; ++repeat) passes.push_back(measure_all(dataset, options, pictures, scratch));

  const auto count = static_cast<double>(pictures);
  InputBench bench{.source = dataset.info().source, .pictures = pictures, .repeats = options.repeats};
  bench.mean_megapixels = static_cast<double>(warm_up.pixels) / count / 1e6;
  bench.mean_kilobytes = static_cast<double>(warm_up.encoded_bytes) / count / 1e3;
  for (size_t stage = 0; stage < kStages; ++stage) {
    std::vector<double> seconds;
    for (const Pass& pass : passes) seconds.push_back(pass.seconds[stage]);
    std::ranges::sort(seconds);
    if (seconds.front() <= 0) continue;  // a stage that these samples do not have
    bench.stages.push_back({.name = std::string(kStageNames[stage]), .best = count / seconds.front(), .median = count / seconds[seconds.size() / 2]});
  }
  return bench;
}

std::string to_json(const InputBench& bench) {
  io::OrderedJson json{{"source", bench.source},
                       {"pictures", bench.pictures},
                       {"repeats", bench.repeats},
                       {"mean_megapixels", bench.mean_megapixels},
                       {"mean_kilobytes", bench.mean_kilobytes},
                       {"stages", io::OrderedJson::object()}};
  for (const StageRate& stage : bench.stages) json["stages"][stage.name] = {{"img_per_s_best", stage.best}, {"img_per_s_median", stage.median}};
  return io::json_text(json);
}

std::string to_table(const InputBench& bench) {
  std::string text = fmt::format("{}\n{} pictures of {} megapixels{} on average, {} repeats, one thread; pictures per second per core\n\n", bench.source,
                                 format_count(bench.pictures), format_number(bench.mean_megapixels),
                                 bench.mean_kilobytes > 0 ? fmt::format(" and {} kB", format_number(bench.mean_kilobytes)) : "", bench.repeats);
  text += fmt::format("  {:<10} {:<34} {:>10} {:>10}\n", "stage", "", "best", "median");
  for (const StageRate& stage : bench.stages) {
    const auto row = std::ranges::find(kStageNames, stage.name);
    text += fmt::format("  {:<10} {:<34} {:>10} {:>10}\n", stage.name, kStageTexts[static_cast<size_t>(row - kStageNames.begin())],
                        format_count(std::llround(stage.best)), format_count(std::llround(stage.median)));
  }
  return text;
}

}  // namespace fovea::data
