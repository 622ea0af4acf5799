// What a recipe says about data: size, crops, scaling, normalisation, mixing, and what to do with damage.
#pragma once

#include "fovea/base/fields.h"
#include "fovea/image/resample.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

enum class TrainCrop {
  kReference,  ///< spec 2.5: area and aspect of the reference, side uniform, effective 10-100 % of the area
  kInception,  ///< area uniform, aspect log-uniform, 10 tries, else the centre (torchvision's RandomResizedCrop)
  kIouBiased,  ///< detection: SSD's crop around objects, scaled by crop_and_resize (spec 3.7)
};
inline constexpr std::array<std::string_view, 3> kTrainCropNames{"reference", "inception", "iou_biased"};
constexpr const auto& enum_names(TrainCrop) { return kTrainCropNames; }

enum class EvalCrop {
  kReference,  ///< short side to data.eval_resize with the reference's float32 truncation (spec 2.5), then the centre
  kCentre,     ///< the largest centred square of share image_size / eval_resize, scaled straight to image_size
  kStretch,    ///< the whole picture scaled to image_size x image_size, its shape not kept (spec 3.7)
};
inline constexpr std::array<std::string_view, 3> kEvalCropNames{"reference", "centre", "stretch"};
constexpr const auto& enum_names(EvalCrop) { return kEvalCropNames; }

enum class OnCorrupt { kStop, kSkip };
inline constexpr std::array<std::string_view, 2> kOnCorruptNames{"stop", "skip"};
constexpr const auto& enum_names(OnCorrupt) { return kOnCorruptNames; }

enum class OnBadBox { kClip, kDrop, kStop };
inline constexpr std::array<std::string_view, 3> kOnBadBoxNames{"clip", "drop", "stop"};
constexpr const auto& enum_names(OnBadBox) { return kOnBadBoxNames; }

enum class Cache {
  kOff,
  kAuto,  ///< training pictures stay decoded in memory, when they fit (spec 3.7)
};
inline constexpr std::array<std::string_view, 2> kCacheNames{"off", "auto"};
constexpr const auto& enum_names(Cache) { return kCacheNames; }

enum class Pixels { kUint8, kFloat32 };
inline constexpr std::array<std::string_view, 2> kPixelsNames{"uint8", "float32"};
constexpr const auto& enum_names(Pixels) { return kPixelsNames; }

struct DataOptions {
  int64_t image_size = 224;
  TrainCrop train_crop = TrainCrop::kInception;
  EvalCrop eval_crop = EvalCrop::kCentre;
  int64_t eval_resize = 256;
  double min_area = 0.08;  // torchvision's RandomResizedCrop; the reference: 0.05 nominal
  double min_aspect = 3.0 / 4;
  double max_aspect = 4.0 / 3;
  bool flip = true;
  bool colour_jitter = false;
  image::Filter filter = image::Filter::kBilinear;
  std::vector<double> mean{123.68, 116.78, 103.94};  // spec 2.5, RGB levels 0..255
  std::vector<double> std{1, 1, 1};                  // the reference does not divide (D-7)
  double mixup = 0;                                  // alpha of Beta(alpha, alpha); 0 = off
  Pixels pixels = Pixels::kUint8;
  bool fast_idct = false;
  OnCorrupt on_corrupt = OnCorrupt::kStop;
  int64_t max_corrupt = 100;
  OnBadBox on_bad_box = OnBadBox::kClip;
  Cache cache = Cache::kOff;
  int64_t threads = 0;  // 0 = chosen by the number of cores

  static const std::vector<Field>& fields();
};

}  // namespace fovea::data
