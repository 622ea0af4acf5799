// Pictures to TFRecords, as the reference's preprocess_imagenet.py and create_coco_tf_record.py do it (spec 2.5, 3.7).
#pragma once

#include "fovea/data/convert_plan.h"
#include "fovea/data/options.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace fovea::data {

struct ConvertOptions {
  ShardCounts shards;
  std::optional<OneSplit> one_split;                          ///< kCoco: `source` is the folder of its pictures, and only it is written
  int64_t threads = 0;                                        ///< 0 = one a core
  bool keep_without_boxes = false;                            ///< kCoco: training pictures without boxes are written too
  OnCorrupt on_corrupt = OnCorrupt::kStop;                    ///< a damaged picture: stop naming it, or leave it out and list it
  std::stop_token stop;                                       ///< asks for an early end; shards that are not complete are removed
  std::function<void(int64_t done, int64_t total)> progress;  ///< pictures; called from any thread, one call at a time
};

struct ConvertResult {
  bool is_complete = false;          ///< false only when stopped
  int64_t pictures = 0;              ///< in the plan
  int64_t shards = 0;                ///< in the plan
  int64_t shards_complete = 0;       ///< all of them, unless stopped
  int64_t shards_kept = 0;           ///< complete from an earlier call
  int64_t reencoded = 0;             ///< PNG and CMYK pictures that became RGB JPEG, in the shards written now
  BoxTally boxes;                    ///< kCoco
  std::vector<std::string> skipped;  ///< "PATH: why" of every picture left out, of all shards
};

/// Writes `output`/img_train/img_train-…-of-… and img_val/… (kImageNet), `output`/train-…-of-… and validation-…-of-… (kFolder), or
/// `output`/train-…-of-….tfrecord and val-…-of-….tfrecord (kCoco).
/// Each shard is complete or absent. Bytes depend on the pictures only, not on the number of threads. Called again after an interruption it
/// keeps the complete shards; `output`/convert.json says what is being converted.
/// One split alone: `output`/convert-train.json or convert-val.json, so that the other may go into the same folder, beside whatever is there.
/// throws kCannotCreate when `output` holds something else (one split: records of that name) or another conversion, or lies inside `source`; kData at a damaged
/// picture,
///        naming it; what plan_conversion throws; kIo
ConvertResult convert_dataset(ConvertKind kind, const fs::path& source, const fs::path& output, const ConvertOptions& options);

}  // namespace fovea::data
