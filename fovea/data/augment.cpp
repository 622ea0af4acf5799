#include "fovea/data/augment.h"

#include "fovea/base/error.h"
#include "fovea/data/detect_augment.h"
#include "fovea/image/decode.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
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
constexpr double kMaxBrightness = 0.125, kMaxContrast = 0.5, kMaxSaturation = 0.5, kMaxHue = 0.05;  // spec 3.7, step 4
constexpr int64_t kMaxScaledPixels = 1 << 26;  // chosen: a shape of 1,000 to 1 at 256; what is longer would only fill memory

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

image::ResampleTarget shape(const DataOptions& options, bool mirror) {
  const int side = static_cast<int>(options.image_size);
  return {.width = side, .height = side, .mirror = mirror};
}

void scale(const Image& source, Rect region, const DataOptions& options, bool mirror, PixelTarget target) {
  const image::ResampleTarget to = shape(options, mirror);
  if (options.pixels == Pixels::kFloat32) {
    image::resample_float(source, region, options.filter, to, target.floats, int64_t{to.width} * 3);
  } else {
    image::resample(source, region, options.filter, to, target.bytes, int64_t{to.width} * 3);
  }
}

void scale_window(const Image& source, Rect place, const TrainView& view, const DataOptions& options, PixelTarget target) {
  const image::ResampleTarget to = shape(options, view.is_mirrored);
  if (options.pixels == Pixels::kFloat32) {
    image::crop_and_resize(source, place, view.picture, *view.window, to, target.floats, int64_t{to.width} * 3);
  } else {
    image::crop_and_resize(source, place, view.picture, *view.window, to, target.bytes, int64_t{to.width} * 3);
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

/// Decodes `part` of an encoded sample and calls work(source, place), place being where that part lies in the source.
template <class Work>
void with_part(const Sample& sample, Rect part, const DataOptions& options, Trace* trace, const Work& work) {
  if (sample.picture) {
    const Traced resampling(trace, Activity::kResample);
    return work(*sample.picture, part);
  }
  Image& decoded = scratch_picture();
  traced(trace, Activity::kDecode, [&] { image::decode_crop_into(sample.encoded, part, decode_options(options), decoded); });
  const Traced resampling(trace, Activity::kResample);
  work(decoded, whole(decoded.size()));
  free_if_large(decoded.pixels);
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

TrainView train_view(Size picture, std::span<const Object> objects, const DataOptions& options, uint64_t seed, Draw draw) {
  TrainView view{.picture = picture, .part = whole(picture), .window = {}, .jitter = {}, .objects = {}};
  view.is_mirrored = options.flip && stream(seed, draw, Purpose::kFlip).uniform() < 0.5;
  const Random random = stream(seed, draw, Purpose::kCrop);
  switch (options.train_crop) {
    case TrainCrop::kReference: view.part = reference_crop(picture, options, random); break;
    case TrainCrop::kInception: view.part = inception_crop(picture, options, random); break;
    case TrainCrop::kIouBiased:
      const box::Box crop = iou_biased_crop(objects, random);
      view.window = {.y0 = crop.y0, .x0 = crop.x0, .y1 = std::min(1.0F, crop.y1), .x1 = std::min(1.0F, crop.x1)};  // sums may be rounded up
      view.part = image::crop_and_resize_region(picture, *view.window, shape(options, view.is_mirrored));
      view.objects = cut_to(objects, crop);
      if (view.is_mirrored) mirror(view.objects);
      break;
  }
  if (options.colour_jitter) {
    Random colours = stream(seed, draw, Purpose::kColour);
    const auto around = [&](double centre, double most) { return static_cast<float>(colours.uniform(centre - most, centre + most)); };
    view.jitter = {
        .brightness = around(0, kMaxBrightness), .contrast = around(1, kMaxContrast), .saturation = around(1, kMaxSaturation), .hue = around(0, kMaxHue)};
  }
  return view;
}

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
  if (options.eval_crop != EvalCrop::kStretch && options.eval_resize < options.image_size) {
    fail(ErrorCode::kConfig, Advice{fmt::format("set data.eval_resize to {} or more", options.image_size)},
         "data.eval_resize {} is smaller than data.image_size {}, which is cut out of it", options.eval_resize, options.image_size);
  }
  if (options.colour_jitter && options.pixels != Pixels::kFloat32)
    fail(ErrorCode::kConfig, Advice{"set data.pixels=float32"}, "data.colour_jitter leaves the levels 0..255, which data.pixels: uint8 cannot hold");
  if (options.train_crop != TrainCrop::kIouBiased) return;
  if (options.eval_crop != EvalCrop::kStretch) {
    fail(ErrorCode::kConfig, Advice{"set data.eval_crop=stretch"},
         "data.train_crop: iou_biased trains a detector, to which data.eval_crop: {} does not show the whole picture",
         kEvalCropNames[static_cast<size_t>(options.eval_crop)]);
  }
  if (options.mixup > 0)
    fail(ErrorCode::kConfig, Advice{"set data.mixup=0"}, "data.mixup mixes labels of whole pictures; data.train_crop: iou_biased trains a detector");
}

void check_options(const DataOptions& options, const DatasetInfo& info) {
  check_options(options);
  const bool has_boxes = info.task == Task::kDetect, wants_boxes = options.train_crop == TrainCrop::kIouBiased;
  if (has_boxes == wants_boxes) return;
  fail(ErrorCode::kConfig, Advice{has_boxes ? "take a recipe for detection" : "take a recipe for classification, or data with boxes"},
       "data.train_crop: {} is made for pictures with {}, but these have {}: {}", kTrainCropNames[static_cast<size_t>(options.train_crop)],
       wants_boxes ? "boxes" : "labels", has_boxes ? "boxes" : "labels", info.source);
}

void render(const Image& source, Rect place, const TrainView& view, const DataOptions& options, PixelTarget target) {
  if (view.window) {
    scale_window(source, place, view, options, target);
  } else {
    scale(source, place, options, view.is_mirrored, target);
  }
  if (view.jitter) image::jitter_colours(target.floats, options.image_size * options.image_size, *view.jitter);
}

std::vector<Object> prepare_train(const Sample& sample, const DataOptions& options, uint64_t seed, Draw draw, PixelTarget target, Trace* trace) {
  TrainView view = train_view(picture_size(sample, decode_options(options)), sample.objects, options, seed, draw);
  with_part(sample, view.part, options, trace, [&](const Image& source, Rect place) { render(source, place, view, options, target); });
  return std::move(view.objects);
}

Size prepare_evaluation(const Sample& sample, const DataOptions& options, PixelTarget target) {
  const Size size = picture_size(sample, decode_options(options));
  const Rect part = options.eval_crop == EvalCrop::kCentre ? centre_crop(size, options) : whole(size);
  with_part(sample, part, options, nullptr, [&](const Image& source, Rect place) {
    if (options.eval_crop == EvalCrop::kReference) return scale_then_cut(source, options, target);
    scale(source, place, options, false, target);
  });
  return size;
}

float mixup_lambda(const DataOptions& options, uint64_t seed, Draw first_of_pair) {
  Random random(seed, static_cast<uint64_t>(first_of_pair.epoch), static_cast<uint64_t>(first_of_pair.position / 2), Purpose::kMixUp);
  return static_cast<float>(random.beta(options.mixup, options.mixup));
}

}  // namespace fovea::data
