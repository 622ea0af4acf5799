#include "fovea/data/convert_plan.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"
#include "fovea/base/random.h"
#include "fovea/base/strings.h"
#include "fovea/data/coco_plan.h"
#include "fovea/data/image_folder.h"
#include "fovea/data/record_set.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

namespace fovea::data {
namespace {

constexpr ShardCounts kReferenceShards{.train = 1024, .validation = 128};  // spec 2.5
constexpr int64_t kMinPicturesPerShard = 64;                               // chosen: below it files are too many for what they hold
constexpr uint64_t kShuffleSeed = 0;                                       // spec 2.5: "shuffled with a seed-0 generator"
constexpr int64_t kStatThreads = 8;                                        // chosen: keeps a disk's queue filled

std::optional<fs::path> first_folder(const fs::path& source, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    std::error_code error;
    if (fs::is_directory(source / name, error)) return source / name;
  }
  return std::nullopt;
}

/// Pictures of class folders, by class, then name. Classes without a folder have none.
std::vector<PlannedPicture> pictures_by_class(const fs::path& folder, const std::vector<std::string>& classes) {
  const std::vector<std::string> folders = list_folders(folder);
  std::vector<PlannedPicture> pictures;
  for (size_t i = 0; i < classes.size(); ++i) {
    if (!std::binary_search(folders.begin(), folders.end(), classes[i])) continue;
    const PictureNames found = list_pictures(folder / classes[i]);
    if (found.names.empty()) fail(ErrorCode::kData, "class folder \"{}\" has no JPEG or PNG pictures", (folder / classes[i]).string());
    for (const std::string& name : found.names) pictures.push_back({.path = (folder / classes[i] / name).string(), .class_id = static_cast<int64_t>(i)});
  }
  return pictures;
}

/// spec 2.5: "validation is sorted by name and paired line-by-line with synset_labels.txt".
std::vector<PlannedPicture> pictures_by_list(const fs::path& folder, const fs::path& list, const std::vector<std::string>& classes) {
  const PictureNames found = list_pictures(folder);
  std::vector<std::string> lines;
  for (const std::string& line : split(read_text(list), '\n')) {
    if (!trim(line).empty()) lines.emplace_back(trim(line));
  }
  if (lines.size() != found.names.size()) {
    fail(ErrorCode::kData, "\"{}\" has {} lines, but \"{}\" has {} pictures; they are paired one to one", list.string(), lines.size(), folder.string(),
         found.names.size());
  }
  std::vector<PlannedPicture> pictures;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto rank = std::lower_bound(classes.begin(), classes.end(), lines[i]);
    if (rank == classes.end() || *rank != lines[i]) {
      fail(ErrorCode::kData, "{}:{}: \"{}\" is not a training class{}", list.string(), i + 1, lines[i],
           suggestion(lines[i], std::span(classes).first(std::min<size_t>(classes.size(), 8))));
    }
    pictures.push_back({.path = (folder / found.names[i]).string(), .class_id = rank - classes.begin()});
  }
  return pictures;
}

std::vector<PlannedPicture> validation_pictures(ConvertKind kind, const fs::path& train, const fs::path& folder, const std::vector<std::string>& classes) {
  const bool has_classes = !list_folders(folder).empty();
  if (!has_classes && kind == ConvertKind::kImageNet) return pictures_by_list(folder, train.parent_path() / "synset_labels.txt", classes);
  if (!has_classes) fail(ErrorCode::kData, "\"{}\" has no class folders", folder.string());
  static_cast<void>(missing_classes(classes, train, folder));  // only for what it refuses: training says which classes have no validation pictures
  std::vector<PlannedPicture> pictures = pictures_by_class(folder, classes);
  std::stable_sort(pictures.begin(), pictures.end(), [](const auto& a, const auto& b) { return fs::path(a.path).filename() < fs::path(b.path).filename(); });
  return pictures;
}

void add_shards(ConvertPlan& plan, Split split, std::string_view prefix, std::string_view folder, int64_t pictures, int64_t asked, int64_t most) {
  if (pictures == 0) return;
  const int64_t shards = shard_count(pictures, asked, most);
  const int64_t chunk = (pictures + shards - 1) / shards;  // spec 2.5: contiguous chunks of ceil(n / shards), the last file is short
  const bool fits = (shards - 1) * chunk < pictures;       // else the reference's rule leaves the last files empty: even parts
  for (int64_t i = 0; i < shards; ++i) {
    const int64_t begin = fits ? i * chunk : pictures * i / shards;
    const int64_t end = fits ? std::min(begin + chunk, pictures) : pictures * (i + 1) / shards;
    plan.shards.push_back({.name = (fs::path(folder) / shard_name(prefix, i, shards)).string(), .split = split, .begin = begin, .end = end});
  }
}

uint64_t fingerprint_of(const ConvertPlan& plan, const fs::path& source) {
  std::vector<const PlannedPicture*> pictures;
  for (const auto* part : {&plan.train, &plan.validation}) {
    for (const PlannedPicture& picture : *part) pictures.push_back(&picture);
  }
  std::vector<std::string> lines(pictures.size());
  for_each_index(static_cast<int64_t>(pictures.size()), kStatThreads, {}, [&](int64_t index) {
    const PlannedPicture& picture = *pictures[static_cast<size_t>(index)];
    const FileStamp stamp = file_stamp(picture.path).value_or(FileStamp{.size = -1});
    std::string& line = lines[static_cast<size_t>(index)];
    line = fmt::format("{}\n{} {} {}\n", fs::path(picture.path).lexically_relative(source).string(), stamp.size, stamp.modified_ns, picture.class_id);
    if (plan.kind == ConvertKind::kCoco) line += io::serialize(box_example(plan.boxes[static_cast<size_t>(picture.class_id)], {}, {}));
  });
  for (const PlannedShard& shard : plan.shards) lines.push_back(fmt::format("{} {} {}\n", shard.name, shard.begin, shard.end));
  return io::hash64(as_bytes(join(lines, "")));
}

}  // namespace

int64_t shard_count(int64_t pictures, int64_t asked, int64_t most) {
  if (asked > pictures) fail(ErrorCode::kConfig, "{} shards were asked for, but there are only {} pictures", asked, pictures);
  return asked > 0 ? asked : std::clamp<int64_t>(pictures / kMinPicturesPerShard, 1, most);
}

ConvertPlan plan_one_split(const fs::path& pictures, const OneSplit& one, const ShardCounts& counts, bool keep_without_boxes) {
  ConvertPlan plan = plan_coco_split(pictures, one, counts, keep_without_boxes);
  plan.fingerprint = fingerprint_of(plan, pictures);
  return plan;
}

ConvertPlan plan_conversion(ConvertKind kind, const fs::path& source, const ShardCounts& counts, bool keep_without_boxes) {
  std::error_code error;
  if (!fs::is_directory(source, error)) {
    fail(ErrorCode::kMissing, "there is no folder \"{}\"{}", source.string(), error ? fmt::format(" ({})", error.message()) : std::string());
  }
  if (kind == ConvertKind::kCoco) {
    ConvertPlan plan = plan_coco(source, counts, keep_without_boxes);
    plan.fingerprint = fingerprint_of(plan, source);
    return plan;
  }
  const bool is_imagenet = kind == ConvertKind::kImageNet;
  const auto train = is_imagenet ? first_folder(source, {"train", "img_train"}) : first_folder(source, {"train"});
  const auto validation = is_imagenet ? first_folder(source, {"val", "validation", "img_val"}) : first_folder(source, {"val", "validation"});
  if (!train) fail(ErrorCode::kMissing, "\"{}\" has no training pictures: looked for train/CLASS/PICTURE.jpg", source.string());

  ConvertPlan plan{.kind = kind};
  plan.classes = list_folders(*train);
  if (plan.classes.empty()) fail(ErrorCode::kData, "\"{}\" has no class folders", train->string());
  std::vector<PlannedPicture> sorted = pictures_by_class(*train, plan.classes);
  const auto count = static_cast<int64_t>(sorted.size());
  for (int64_t i = 0; i < count; ++i) {
    plan.train.push_back(std::move(sorted[static_cast<size_t>(permuted(i, count, kShuffleSeed, static_cast<uint64_t>(Purpose::kConvert)))]));
  }
  if (validation) plan.validation = validation_pictures(kind, *train, *validation, plan.classes);
  add_shards(plan, Split::kTrain, is_imagenet ? "img_train" : "train", is_imagenet ? "img_train" : "", count, counts.train, kReferenceShards.train);
  add_shards(plan, Split::kValidation, is_imagenet ? "img_val" : "validation", is_imagenet ? "img_val" : "", static_cast<int64_t>(plan.validation.size()),
             counts.validation, kReferenceShards.validation);
  plan.fingerprint = fingerprint_of(plan, source);
  return plan;
}

}  // namespace fovea::data
