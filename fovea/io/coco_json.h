// COCO's JSON: instances files (pictures, classes, true boxes) and results files (detections).
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fovea::io {

/// As COCO writes it: the top left corner and the size, in pixels of the original picture.
struct CocoBox {
  double x = 0, y = 0, width = 0, height = 0;
  bool operator==(const CocoBox&) const = default;
};

struct CocoPicture {
  int64_t id = 0;
  int64_t width = 0, height = 0;  ///< 0 when the file does not say
  std::string file_name;          ///< empty when the file does not say
};

struct CocoCategory {
  int64_t id = 0;
  std::string name;
};

/// One annotation.
struct CocoTruth {
  int64_t image_id = 0, category_id = 0;
  CocoBox box;
  double area = 0;  ///< of the segment, not of the box
  bool is_crowd = false;
};

struct CocoInstances {
  std::vector<CocoPicture> pictures;
  std::vector<CocoCategory> categories;
  std::vector<CocoTruth> truths;
  int64_t areas_absent = 0;  ///< truths without "area", which got that of their box
  int64_t zero_ids = 0;      ///< annotations with the id 0 (pycocotools takes a match with one for no match)
};

struct CocoDetection {
  int64_t image_id = 0, category_id = 0;
  CocoBox box;
  double score = 0;
};

/// Reads instances_*.json, of at most 2 GiB. Everything in the order of the file; segmentations are passed over. Ids of pictures, categories and
/// annotations are unique, and every truth names a picture and a category of the file.
///
/// throws  kMissing, kIo; kData naming the element and what was expected there, or the byte where the JSON is cut short or broken
/// cost    the file in memory and up to four times as much while it is read; one thread
CocoInstances read_coco_instances(const fs::path& path);

/// Reads a results file: [{"image_id": 42, "category_id": 18, "bbox": [x, y, width, height], "score": 0.236}, ...], of at most 2 GiB, in the
/// order of the file.
///
/// threads  0 = one a core; the result is the same for any number
/// throws   as read_coco_instances
/// cost     for each thread some MiB of memory besides the result; of a damaged file as read_coco_instances
std::vector<CocoDetection> read_coco_results(const fs::path& path, int64_t threads = 0);

/// Writes a results file, complete or not at all. Coordinates are rounded to hundredths of a pixel; scores keep their order and their ties.
/// throws  kCannotCreate, kIo
void write_coco_results(const fs::path& path, std::span<const CocoDetection> detections);

}  // namespace fovea::io
