#include "fovea/data/coco_plan.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/data/coco.h"
#include "fovea/data/record_set.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace fovea::data {
namespace {

constexpr ShardCounts kReferenceShards{.train = 256, .validation = 32};  // spec 3.7

/// Drops what the reference drops: boxes without size, and those beyond the right or bottom edge; a negative x or y is kept (spec 3.7).
bool is_kept(const io::CocoTruth& truth, const io::CocoPicture& picture, BoxTally& tally) {
  const io::CocoBox& box = truth.box;
  if (!(box.width > 0 && box.height > 0)) {
    ++tally.empty;
    return false;
  }
  if (!(box.x + box.width <= static_cast<double>(picture.width) && box.y + box.height <= static_cast<double>(picture.height))) {
    ++tally.beyond;
    return false;
  }
  ++tally.kept;
  tally.crowd += truth.is_crowd ? 1 : 0;
  return true;
}

struct SplitPlan {
  std::vector<SourceClass> classes;
  std::vector<PlannedPicture> pictures;  // in the order of the JSON
};

SplitPlan plan_split(const CocoSplit& split, bool leave_out_without_boxes, ConvertPlan& plan) {
  const io::CocoInstances instances = read_coco_split(split);
  SplitPlan result{.classes = coco_classes(instances)};
  const std::vector<std::vector<uint32_t>> truths = truths_by_picture(instances);
  for (size_t i = 0; i < instances.pictures.size(); ++i) {
    const io::CocoPicture& picture = instances.pictures[i];
    BoxFeatures boxes{.source_id = picture.id, .size = {.width = static_cast<int>(picture.width), .height = static_cast<int>(picture.height)}};
    for (const uint32_t number : truths[i]) {
      const io::CocoTruth& truth = instances.truths[number];
      if (!is_kept(truth, picture, plan.tally)) continue;
      const int64_t output = *output_of(result.classes, truth.category_id);
      boxes.objects.push_back({.box = fractions_of(truth.box, picture), .class_id = truth.category_id, .area = truth.area, .is_crowd = truth.is_crowd});
      boxes.names.push_back(result.classes[static_cast<size_t>(output - 1)].name);
    }
    if (boxes.objects.empty() && leave_out_without_boxes) {
      ++plan.tally.without_boxes;
      continue;
    }
    result.pictures.push_back({.path = (split.pictures / picture.file_name).string(), .class_id = std::ssize(plan.boxes)});
    plan.boxes.push_back(std::move(boxes));
  }
  return result;
}

/// Picture i goes into shard i mod N, in order.
std::vector<PlannedPicture> dealt(const std::vector<PlannedPicture>& pictures, Split split, const ShardCounts& counts, ConvertPlan& plan) {
  const bool is_train = split == Split::kTrain;
  const std::string_view prefix = is_train ? "train" : "val";
  const int64_t shards =
      shard_count(std::ssize(pictures), is_train ? counts.train : counts.validation, is_train ? kReferenceShards.train : kReferenceShards.validation);
  std::vector<PlannedPicture> result;
  for (int64_t shard = 0; shard < shards; ++shard) {
    const int64_t begin = std::ssize(result);
    for (int64_t i = shard; i < std::ssize(pictures); i += shards) result.push_back(pictures[static_cast<size_t>(i)]);
    plan.shards.push_back({.name = shard_name(prefix, shard, shards) + ".tfrecord", .split = split, .begin = begin, .end = std::ssize(result)});
  }
  return result;
}

void expect_boxes(const ConvertPlan& plan, const CocoSplit& split) {
  if (plan.tally.kept == 0) fail(ErrorCode::kData, "\"{}\" has no boxes to learn from", split.annotations.string());
}

}  // namespace

ConvertPlan plan_coco_split(const fs::path& pictures, const OneSplit& one, const ShardCounts& counts, bool keep_without_boxes) {
  const CocoSplit split{.pictures = pictures, .annotations = one.annotations};
  const bool is_train = one.split == Split::kTrain;
  ConvertPlan plan{.kind = ConvertKind::kCoco};
  const SplitPlan planned = plan_split(split, is_train && !keep_without_boxes, plan);
  for (const SourceClass& each : planned.classes) plan.classes.push_back(each.name);
  if (is_train) expect_boxes(plan, split);
  (is_train ? plan.train : plan.validation) = dealt(planned.pictures, one.split, counts, plan);
  return plan;
}

ConvertPlan plan_coco(const fs::path& source, const ShardCounts& counts, bool keep_without_boxes) {
  const std::optional<CocoLayout> layout = find_coco(source);
  if (!layout || !fs::exists(layout->train.annotations)) {
    fail(ErrorCode::kMissing, Advice{"docs/datasets.md says how the files lie"},
         "\"{}\" has no training set: looked for instances_train.json and annotations/instances_train2017.json", source.string());
  }
  ConvertPlan plan{.kind = ConvertKind::kCoco};
  const SplitPlan train = plan_split(layout->train, !keep_without_boxes, plan);
  for (const SourceClass& one : train.classes) plan.classes.push_back(one.name);
  expect_boxes(plan, layout->train);
  plan.train = dealt(train.pictures, Split::kTrain, counts, plan);
  if (!fs::exists(layout->validation.annotations)) return plan;
  const SplitPlan validation = plan_split(layout->validation, false, plan);
  class_differences({.place = fmt::format("\"{}\"", layout->validation.annotations.string()), .classes = validation.classes},
                    {.place = fmt::format("\"{}\"", layout->train.annotations.string()), .classes = train.classes});
  plan.validation = dealt(validation.pictures, Split::kValidation, counts, plan);
  return plan;
}

}  // namespace fovea::data
