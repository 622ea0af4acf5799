#include "fovea/data/augment.h"

#include "fovea/base/error.h"
#include "fovea/image/decode.h"
#include "fovea/image/resample.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace fovea::data {
namespace {

using image::Image;
using image::Rect;
using image::Size;

constexpr int kReferenceAttempts = 100;                // spec 2.5
constexpr double kMinObjectCovered = 0.1;              // spec 2.5: the whole picture is the object, so this bounds the area (D-6)
constexpr int kInceptionAttempts = 10;                 // torchvision's RandomResizedCrop
constexpr size_t kMaxScratchBytes = size_t{64} << 20;  // chosen: ordinary photographs fit; one huge picture must not stay in the memory of every thread
constexpr int64_t kMaxScaledPixels = 1 << 26;          // chosen: a shape of 1,000 to 1 at 256; what is longer would only fill memory

Rect whole(Size size) { return {.x = 0, .y = 0, .width = size.width, .height = size.height}; }
double area(Size size) { return static_cast<double>(size.width) * size.height; }
int rounded(double value) { return static_cast<int>(std::lrint(value)); }  // halves to even, as the reference

/// Width and height of one attempt; nothing when the limits cannot be met with this aspect.
std::optional<Size> reference_crop_size(Size size, double min_area, double aspect, Random& random) {
  const double smallest = min_area * area(size), largest = area(size);
  int max_height = rounded(std::sqrt(largest / aspect));
  if (rounded(max_height * aspect) > size.width) {
    max_height = static_cast<int>((size.width + 0.5) / aspect);
    while (max_height > 0 && rounded(max_height * aspect) > size.width) --max_height;
  }
  max_height = std::min(max_height, size.height);
  const int min_height = std::min(rounded(std::sqrt(smallest / aspect)), max_height);

  Size crop{.width = 0, .height = static_cast<int>(random.integer(min_height, max_height))};
  const auto set_height = [&](int height) { crop = {.width = rounded(height * aspect), .height = height}; };
  set_height(crop.height);
  if (area(crop) < smallest) set_height(crop.height + 1);
  if (area(crop) > largest) set_height(crop.height - 1);
  const bool fits = crop.width > 0 && crop.height > 0 && crop.width <= size.width && crop.height <= size.height;
  if (!fits || area(crop) < smallest || area(crop) > largest) return std::nullopt;
  return crop;
}

Size picture_size(const Sample& sample, const image::DecodeOptions& options) {
  return sample.picture ? sample.picture->size() : image::read_info(sample.encoded, options).size;
}

image::DecodeOptions decode_options(const DataOptions& options) { return {.fast_idct = options.fast_idct}; }

void scale(const Image& source, Rect region, const DataOptions& options, bool mirror, PixelTarget target) {
  const int side = static_cast<int>(options.image_size);
  const image::ResampleTarget shape{.width = side, .height = side, .mirror = mirror};
  if (options.pixels == Pixels::kFloat32) {
    image::resample_float(source, region, options.filter, shape, target.floats, int64_t{side} * 3);
  } else {
    image::resample(source, region, options.filter, shape, target.bytes, int64_t{side} * 3);
  }
}

/// Memory that each thread keeps: fresh pages cost as much as the arithmetic on them.
Image& scratch_picture() {
  thread_local Image picture;
  return picture;
}

template <class T>
void free_if_large(std::vector<T>& scratch) {
  if (scratch.capacity() * sizeof(T) > kMaxScratchBytes) std::vector<T>().swap(scratch);
}

void scale_crop(const Sample& sample, Rect crop, const DataOptions& options, bool mirror, PixelTarget target, Trace* trace = nullptr) {
  Image& part = scratch_picture();
  if (!sample.picture) {
    const Traced decoding(trace, Activity::kDecode);
    image::decode_crop_into(sample.encoded, crop, decode_options(options), part);
  }
  const Traced resampling(trace, Activity::kResample);
  if (sample.picture) return scale(*sample.picture, crop, options, mirror, target);
  scale(part, whole(part.size()), options, mirror, target);
  free_if_large(part.pixels);
}

/// Rows and columns of `centre` out of rows of `scaled_width` pixels.
template <class T>
void copy_centre(const T* scaled, int scaled_width, Rect centre, T* target) {
  for (int y = 0; y < centre.height; ++y) {
    const T* row = scaled + (int64_t{centre.y + y} * scaled_width + centre.x) * 3;
    std::copy_n(row, int64_t{centre.width} * 3, target + int64_t{y} * centre.width * 3);
  }
}

void scale_then_cut(const Image& picture, const DataOptions& options, PixelTarget target) {
  const auto [scaled, centre] = reference_eval_plan(picture.size(), options);
  const image::ResampleTarget shape{.width = scaled.width, .height = scaled.height};
  const int64_t row = int64_t{scaled.width} * 3;
  if (options.pixels == Pixels::kFloat32) {
    thread_local std::vector<float> levels;  // kept for the same reason
    levels.resize(static_cast<size_t>(row * scaled.height));
    image::resample_float(picture, whole(picture.size()), options.filter, shape, levels.data(), row);
    copy_centre(levels.data(), scaled.width, centre, target.floats);
    free_if_large(levels);
  } else {
    thread_local std::vector<uint8_t> bytes;
    bytes.resize(static_cast<size_t>(row * scaled.height));
    image::resample(picture, whole(picture.size()), options.filter, shape, bytes.data(), row);
    copy_centre(bytes.data(), scaled.width, centre, target.bytes);
    free_if_large(bytes);
  }
}

Random stream(uint64_t seed, Draw draw, Purpose purpose) { return {seed, static_cast<uint64_t>(draw.epoch), static_cast<uint64_t>(draw.sample), purpose}; }

}  // namespace

Rect reference_crop(Size size, const DataOptions& options, Random random) {
  for (int attempt = 0; attempt < kReferenceAttempts; ++attempt) {
    const double aspect = random.uniform(options.min_aspect, options.max_aspect);
    const std::optional<Size> crop = reference_crop_size(size, options.min_area, aspect, random);
    if (!crop) continue;
    // The last column and row that a crop could begin at are never drawn: the reference's interval is half open.
    const auto start = [&](int full, int part) { return part < full ? static_cast<int>(random.integer(0, full - part - 1)) : 0; };
    const int y = start(size.height, crop->height), x = start(size.width, crop->width);
    if (area(*crop) >= kMinObjectCovered * area(size)) return {.x = x, .y = y, .width = crop->width, .height = crop->height};
  }
  return whole(size);
}

Rect inception_crop(Size size, const DataOptions& options, Random random) {
  const double low = std::log(options.min_aspect), high = std::log(options.max_aspect);
  for (int attempt = 0; attempt < kInceptionAttempts; ++attempt) {
    const double target = area(size) * random.uniform(options.min_area, 1);
    const double aspect = std::exp(random.uniform(low, high));
    const int width = rounded(std::sqrt(target * aspect)), height = rounded(std::sqrt(target / aspect));
    if (width < 1 || height < 1 || width > size.width || height > size.height) continue;
    const int y = static_cast<int>(random.integer(0, size.height - height)), x = static_cast<int>(random.integer(0, size.width - width));
    return {.x = x, .y = y, .width = width, .height = height};
  }
  const double aspect = static_cast<double>(size.width) / size.height;
  Rect crop = whole(size);
  if (aspect < options.min_aspect) crop.height = std::max(1, rounded(size.width / options.min_aspect));
  if (aspect > options.max_aspect) crop.width = std::max(1, rounded(size.height * options.max_aspect));
  crop.x = (size.width - crop.width) / 2;
  crop.y = (size.height - crop.height) / 2;
  return crop;
}

Rect train_crop(Size size, const DataOptions& options, uint64_t seed, Draw draw) {
  const Random random = stream(seed, draw, Purpose::kCrop);
  return options.train_crop == TrainCrop::kReference ? reference_crop(size, options, random) : inception_crop(size, options, random);
}

bool is_mirrored(const DataOptions& options, uint64_t seed, Draw draw) { return options.flip && stream(seed, draw, Purpose::kFlip).uniform() < 0.5; }

EvalPlan reference_eval_plan(Size size, const DataOptions& options) {
  const int side = static_cast<int>(options.image_size);
  const float ratio = static_cast<float>(options.eval_resize) / static_cast<float>(std::min(size.width, size.height));
  // differs from spec 2.5: a side that truncation brings below image_size (possible when eval_resize equals it) becomes image_size
  const auto scaled = [&](int length) { return std::max(static_cast<double>(side), std::trunc(static_cast<double>(static_cast<float>(length) * ratio))); };
  const double width = scaled(size.width), height = scaled(size.height);
  if (width * height > static_cast<double>(kMaxScaledPixels)) {
    fail(ErrorCode::kData, Advice{"set data.eval_crop: centre, or leave the picture out"},
         "a picture of {} x {} pixels would become {:g} x {:g} when its short side is scaled to {}", size.width, size.height, width, height,
         options.eval_resize);
  }
  const Size whole_size{.width = static_cast<int>(width), .height = static_cast<int>(height)};
  return {.scaled = whole_size, .centre = {.x = (whole_size.width - side) / 2, .y = (whole_size.height - side) / 2, .width = side, .height = side}};
}

Rect centre_crop(Size size, const DataOptions& options) {
  const int shorter = std::min(size.width, size.height);
  const int side =
      std::clamp(rounded(static_cast<double>(shorter) * static_cast<double>(options.image_size) / static_cast<double>(options.eval_resize)), 1, shorter);
  return {.x = (size.width - side) / 2, .y = (size.height - side) / 2, .width = side, .height = side};
}

void check_options(const DataOptions& options) {
  if (options.min_aspect > options.max_aspect)
    fail(ErrorCode::kConfig, "data.min_aspect {:g} is larger than data.max_aspect {:g}", options.min_aspect, options.max_aspect);
  if (options.eval_resize < options.image_size) {
    fail(ErrorCode::kConfig, Advice{fmt::format("set data.eval_resize to {} or more", options.image_size)},
         "data.eval_resize {} is smaller than data.image_size {}, which is cut out of it", options.eval_resize, options.image_size);
  }
}

void prepare_train(const Sample& sample, const DataOptions& options, uint64_t seed, Draw draw, PixelTarget target, Trace* trace) {
  const Rect crop = train_crop(picture_size(sample, decode_options(options)), options, seed, draw);
  scale_crop(sample, crop, options, is_mirrored(options, seed, draw), target, trace);
}

void prepare_evaluation(const Sample& sample, const DataOptions& options, PixelTarget target) {
  const Size size = picture_size(sample, decode_options(options));
  if (options.eval_crop == EvalCrop::kCentre) return scale_crop(sample, centre_crop(size, options), options, false, target);
  if (sample.picture) return scale_then_cut(*sample.picture, options, target);
  Image& picture = scratch_picture();
  image::decode_crop_into(sample.encoded, whole(size), decode_options(options), picture);
  scale_then_cut(picture, options, target);
  free_if_large(picture.pixels);
}

float mixup_lambda(const DataOptions& options, uint64_t seed, Draw first_of_pair) {
  Random random(seed, static_cast<uint64_t>(first_of_pair.epoch), static_cast<uint64_t>(first_of_pair.position / 2), Purpose::kMixUp);
  return static_cast<float>(random.beta(options.mixup, options.mixup));
}

}  // namespace fovea::data
