#include "fovea/data/dataset.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/data/class_rule.h"
#include "fovea/data/coco.h"
#include "fovea/data/coco_records.h"
#include "fovea/data/image_folder.h"
#include "fovea/data/imagenet.h"
#include "fovea/data/record_set.h"
#include "fovea/data/synthetic.h"

#include <algorithm>
#include <array>

namespace fovea::data {
namespace {

constexpr std::array<std::string_view, 1> kTrainFolders{"train"};
constexpr std::array<std::string_view, 2> kValidationFolders{"val", "validation"};

std::string_view split_name(Split split) { return split == Split::kTrain ? "training" : "validation"; }

std::vector<fs::path> split_folders(const fs::path& folder, Split split) {
  std::vector<fs::path> found;
  const auto look = [&](std::string_view name) {
    std::error_code error;
    if (fs::is_directory(folder / name, error)) found.push_back(folder / name);
  };
  if (split == Split::kTrain) std::for_each(kTrainFolders.begin(), kTrainFolders.end(), look);
  if (split == Split::kValidation) std::for_each(kValidationFolders.begin(), kValidationFolders.end(), look);
  return found;
}

/// What lies in a folder that was not recognised, in one line.
std::string contents(const fs::path& folder) {
  const std::vector<std::string> folders = list_folders(folder);
  const PictureNames pictures = list_pictures(folder);
  std::vector<std::string> parts;
  if (!folders.empty()) parts.push_back(fmt::format("{} ({})", format_count(static_cast<int64_t>(folders.size()), "folder"), join_first(folders)));
  if (!pictures.names.empty())
    parts.push_back(fmt::format("{} (as {})", format_count(static_cast<int64_t>(pictures.names.size()), "picture"), pictures.names.front()));
  if (pictures.left_out > 0) parts.push_back(fmt::format("{} (as {})", format_count(pictures.left_out, "other file"), pictures.left_out_example));
  return parts.empty() ? "nothing" : join(parts, ", ");
}

/// A training may do without validation; the rest is up to who has the pictures.
Advice missing_split_advice(Split split, const std::string& remedy) {
  return {split == Split::kTrain ? std::string() : remedy + "; to train without a validation set: --set train.eval_every=none"};
}

void expect_one(const fs::path& folder, Split split, const std::vector<std::string>& found) {
  if (found.size() <= 1) return;
  fail(ErrorCode::kData, Advice{"give the folder that holds only one of them"}, "\"{}\" has more than one {} set: {}", folder.string(), split_name(split),
       join_first(found));
}

OpenedDataset open_record_split(const fs::path& folder, Split split, const std::vector<RecordSet>& train, const std::vector<RecordSet>& validation,
                                const OpenOptions& options) {
  const auto patterns = [](const std::vector<RecordSet>& sets) {
    std::vector<std::string> found;
    for (const RecordSet& set : sets) found.push_back(set.pattern);
    return found;
  };
  const std::vector<RecordSet>& sets = split == Split::kTrain ? train : validation;
  expect_one(folder, Split::kTrain, patterns(train));
  expect_one(folder, Split::kValidation, patterns(validation));
  if (sets.empty()) {
    fail(ErrorCode::kMissing, missing_split_advice(split, "`fovea data convert` makes both sets from pictures in train/ and val/"),
         "\"{}\" has no {} records: looked for {} there and in its sub-folders, found {}", folder.string(), split_name(split), record_patterns(split),
         join_first(patterns(split == Split::kTrain ? validation : train)));
  }
  const RecordSet& training = train.empty() ? sets.front() : train.front();
  return has_boxes(sets.front()) ? open_coco_records(sets.front(), training, split, options) : open_records(sets.front(), training, options);
}

OpenedDataset open_folder_split(const fs::path& folder, Split split, const std::vector<fs::path>& train, const std::vector<fs::path>& validation) {
  const std::vector<fs::path>& folders = split == Split::kTrain ? train : validation;
  std::vector<std::string> names;
  for (const fs::path& found : folders) names.push_back(found.string());
  expect_one(folder, split, names);
  if (folders.empty()) {
    fail(ErrorCode::kMissing, missing_split_advice(split, fmt::format("move some pictures of each class to {}/val/CLASS/", folder.string())),
         "\"{}\" has no {} pictures: looked for {}, found {}", folder.string(), split_name(split),
         split == Split::kTrain ? "train/CLASS/PICTURE.jpg" : "val/CLASS/PICTURE.jpg and validation/CLASS/PICTURE.jpg", contents(folder));
  }
  const std::vector<std::string> classes = train.empty() ? std::vector<std::string>() : list_folders(train.front());
  if (classes.empty() || validation.empty()) return {.dataset = open_image_folder(folders.front())};
  const std::vector<std::string> missing = missing_classes(classes, train.front(), validation.front());
  if (split == Split::kTrain) return {.dataset = open_image_folder(train.front())};
  return {.dataset = open_image_folder(validation.front(), classes), .warnings = class_warnings(missing)};
}

bool is_class_folder_list(const fs::path& folder) {
  const std::vector<std::string> folders = list_folders(folder);
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& name) { return !list_pictures(folder / name).names.empty(); });
}

}  // namespace

OpenOptions open_options(const DataOptions& options, uint64_t seed) {
  return {.index_cache = {},
          .synthetic_size = options.image_size,
          .synthetic_task = options.train_crop == TrainCrop::kIouBiased ? Task::kDetect : Task::kClassify,
          .seed = seed,
          .on_damage = options.on_corrupt == OnCorrupt::kSkip ? OpenOptions::OnDamage::kSkip : OpenOptions::OnDamage::kStop,
          .on_bad_box = options.on_bad_box};
}

OpenedDataset open_dataset(const std::string& where, Split split, const OpenOptions& options) {
  if (is_synthetic(where)) return {.dataset = open_synthetic(where, split, options)};
  const fs::path folder(where);
  std::error_code error;
  if (!fs::exists(folder, error)) fail(ErrorCode::kMissing, "there is no folder \"{}\"", where);
  if (!fs::is_directory(folder, error))
    fail(ErrorCode::kData, Advice{"give the folder that holds it"}, "\"{}\" is a file, expected a folder with a data set", where);

  const std::vector<RecordSet> train_sets = find_record_sets(folder, Split::kTrain);
  const std::vector<RecordSet> validation_sets = find_record_sets(folder, Split::kValidation);
  if (!train_sets.empty() || !validation_sets.empty()) return open_record_split(folder, split, train_sets, validation_sets, options);

  if (const auto layout = find_coco(folder)) return open_coco(*layout, split, options);

  const std::vector<fs::path> train = split_folders(folder, Split::kTrain);
  const std::vector<fs::path> validation = split_folders(folder, Split::kValidation);
  if (!train.empty() || !validation.empty()) return open_folder_split(folder, split, train, validation);

  if (is_class_folder_list(folder)) {
    if (split == Split::kValidation) return {.dataset = open_image_folder(folder)};
    fail(ErrorCode::kData, Advice{fmt::format("move the pictures to train on to {0}/train/CLASS/ and those to evaluate on to {0}/val/CLASS/", where)},
         "\"{}\" has class folders, but no train/ and val/ that tell which pictures are for training", where);
  }
  fail(ErrorCode::kData, Advice{"see docs/datasets.md, or type \"synthetic\" for made-up pictures"},
       "no data set recognised in \"{}\": looked for TFRecords ({}; {}), for instances_train.json or annotations/instances_train2017.json, for "
       "train/CLASS/PICTURE.jpg with val/ or validation/ beside it, and for "
       "CLASS/PICTURE.jpg; found {}",
       where, record_patterns(Split::kTrain), record_patterns(Split::kValidation), contents(folder));
}

}  // namespace fovea::data
