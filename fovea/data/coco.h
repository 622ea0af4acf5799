// Pictures beside COCO's JSON, as a data set for detection.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/data/detection_set.h"
#include "fovea/io/coco_json.h"

#include <optional>
#include <string>
#include <vector>

namespace fovea::data {

/// One split: a folder of pictures and the file that says what is in them. Either may be absent.
struct CocoSplit {
  fs::path pictures, annotations;
};

struct CocoLayout {
  CocoSplit train, validation;
  [[nodiscard]] const CocoSplit& of(Split split) const { return split == Split::kTrain ? train : validation; }
};

/// Where a folder holds instances_train.json or instances_val.json, or the same with a year (2014, 2017), itself or under annotations/; the
/// pictures then lie in train/ and val/ with the same year. Nothing when there are none.
/// throws kData when there are captions files and no instances
std::optional<CocoLayout> find_coco(const fs::path& folder);

/// The classes of a file: its categories, by ascending id.
std::vector<SourceClass> coco_classes(const io::CocoInstances& instances);

/// Reads a split's JSON; every picture has a name and a size, which may be missing as files.
/// throws what io::read_coco_instances throws; kMissing without the folder of pictures; kData when a picture has no name or no size
io::CocoInstances read_coco_split(const CocoSplit& split);

/// [pictures] the numbers of each picture's truths, in the order of the file.
std::vector<std::vector<uint32_t>> truths_by_picture(const io::CocoInstances& instances);

box::Box fractions_of(const io::CocoBox& box, const io::CocoPicture& picture);

/// Opens one split. The samples stand in the order of "images". A validation set has the classes of training, where that is there.
/// throws what read_coco_split throws; kMissing when the split or (unless options.on_damage is kSkip) one of its pictures is missing; kData when
///        classes differ, when a training set has no boxes
OpenedDataset open_coco(const CocoLayout& layout, Split split, const OpenOptions& options);

}  // namespace fovea::data
