#include "fovea/data/options.h"

namespace fovea::data {

const std::vector<Field>& DataOptions::fields() {
  using D = DataOptions;
  static const std::vector<Field> table{
      field("image_size", &D::image_size, "side of the square that the network sees, pixels", {.min = 1, .max = 4096}),
      field("train_crop", &D::train_crop,
            "random crop in training: reference draws its side uniformly, inception its area; iou_biased, for detection, cuts around objects and scales by "
            "TensorFlow's crop_and_resize whatever the filter"),
      field("eval_crop", &D::eval_crop,
            "crop in evaluation: reference scales the short side to eval_resize and cuts out the centre; centre cuts first, then scales; stretch scales the "
            "whole picture, as detection needs it"),
      field("eval_resize", &D::eval_resize, "length of the short side that image_size is cut out of in evaluation, pixels; at least image_size",
            {.min = 1, .max = 8192}),
      field("min_area", &D::min_area, "smallest training crop, as a share of the picture's area (train_crop reference: never below 0.1 in effect)",
            {.min = 0, .max = 1}),
      field("min_aspect", &D::min_aspect, "smallest width / height of a training crop", {.min = 0.01, .max = 100}),
      field("max_aspect", &D::max_aspect, "largest width / height of a training crop", {.min = 0.01, .max = 100}),
      field("flip", &D::flip, "mirror training pictures left-right with probability one half"),
      field("colour_jitter", &D::colour_jitter,
            "change brightness, contrast, saturation and hue of training pictures at random, as SSD does; needs data.pixels: float32"),
      field("filter", &D::filter, "how pictures are scaled: legacy_bilinear as TensorFlow 1, the others smoothed when shrinking"),
      field("mean", &D::mean, "subtracted from the levels 0..255 of red, green, blue"),
      field("std", &D::std, "what red, green, blue are divided by afterwards"),
      field("mixup", &D::mixup, "alpha of MixUp's Beta(alpha, alpha); 0 = off", {.min = 0, .max = 100}),
      field("pixels", &D::pixels, "uint8 rounds scaled pictures to whole levels, float32 keeps them exact at four times the memory"),
      field("fast_idct", &D::fast_idct, "decode JPEGs with the fast inverse transform, as the reference does, instead of the accurate one"),
      field("on_corrupt", &D::on_corrupt, "at a damaged picture or record: stop, or skip and count it"),
      field("max_corrupt", &D::max_corrupt, "stop after all when more than this many were skipped", {.min = 0, .max = 1e12}),
      field("on_bad_box", &D::on_bad_box,
            "at a box that reaches beyond its picture: clip cuts it, drop leaves it out; at one that is empty or outside both leave it out; stop "
            "refuses either; all are counted"),
      field("cache", &D::cache,
            "auto keeps training pictures decoded in memory after their first use when all of them fit into what is free, and says what it decided; off "
            "decodes the crop each time. The batches are the same"),
      field("threads", &D::threads, "threads that prepare pictures; 0 = one less than the processor's cores", {.min = 0, .max = 1024}),
  };
  return table;
}

}  // namespace fovea::data
