// How many pictures per second one core prepares, stage by stage, on any data set.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/data/options.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::data {

struct InputBenchOptions {
  DataOptions data;
  uint64_t seed = 0;
  int64_t pictures = 256;  ///< the first of the set; all when it has fewer
  int64_t repeats = 5;
};

/// Pictures per second of one thread in one stage: the best of the repeats and their median.
struct StageRate {
  std::string name;  ///< read, decode, crop, resample, all
  double best = 0;
  double median = 0;
};

/// read: Dataset::get. decode: every pixel. crop: only the training crop. resample: the decoded crop to image_size, mirrored and coloured as drawn.
/// all: read and prepare_train, what a loader's worker does. Stages that a data set without encoded pictures does not have are left out.
struct InputBench {
  std::string source;  ///< DatasetInfo::source
  int64_t pictures = 0;
  int64_t repeats = 0;
  double mean_megapixels = 0;  ///< of the pictures as stored
  double mean_kilobytes = 0;   ///< encoded; 0 when they are not
  std::vector<StageRate> stages;
};

/// Single-threaded; one picture is in memory at a time and runs through all stages. The first pass over the pictures is not counted: files are then
/// in the page cache, so read is the cost of the call and of checksums, not of the disk.
/// throws kData at a damaged picture, with its place; kData for an empty set
InputBench bench_input(const Dataset& dataset, const InputBenchOptions& options);

/// One JSON object: source, pictures, repeats, mean_megapixels, mean_kilobytes, and stages: {NAME: {img_per_s_best, img_per_s_median}}.
std::string to_json(const InputBench& bench);
/// The same for people.
std::string to_table(const InputBench& bench);

}  // namespace fovea::data
