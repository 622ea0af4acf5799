#include "fovea/data/coco.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"
#include "fovea/base/strings.h"
#include "fovea/data/image_folder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <utility>

namespace fovea::data {
namespace {

constexpr std::array<std::string_view, 3> kYears{"", "2017", "2014"};
constexpr std::array<std::string_view, 2> kFolders{"", "annotations"};
constexpr int64_t kStatThreads = 8;                       // chosen: keeps a disk's queue filled
constexpr int64_t kMaxPictureBytes = int64_t{256} << 20;  // as for records

/// Files below one folder, names one behind the other: a hundred thousand strings would take three times the memory.
class PictureFiles final : public PictureStore {
 public:
  PictureFiles(fs::path folder, const std::vector<io::CocoPicture>& pictures) : folder_(std::move(folder)) {
    for (const io::CocoPicture& picture : pictures) {
      names_ += picture.file_name;
      ends_.push_back(names_.size());
    }
  }
  [[nodiscard]] std::vector<std::byte> read(int64_t picture) const override {
    std::vector<std::byte> bytes = read_bytes(path(picture), kMaxPictureBytes);
    if (bytes.empty()) fail(ErrorCode::kData, "\"{}\" is empty", place(picture));
    return bytes;
  }
  [[nodiscard]] std::string place(int64_t picture) const override { return path(picture).string(); }

 private:
  [[nodiscard]] fs::path path(int64_t picture) const {
    const auto i = static_cast<size_t>(picture);
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return folder_ / names_.substr(begin, ends_[i] - begin);
  }

  fs::path folder_;
  std::string names_;
  std::vector<size_t> ends_;
};

void expect_name_and_size(const io::CocoPicture& picture, size_t index, const fs::path& file) {
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  const auto wrong = [&](const std::string& what) {
    fail(ErrorCode::kData, Advice{"write it as the instances files of COCO have it"}, "\"{}\": images[{}] (id {}{}) {}", file.string(), index, picture.id,
         picture.file_name.empty() ? "" : ", " + picture.file_name, what);
  };
  if (picture.file_name.empty()) wrong("has no file_name");
  if (picture.width == 0 || picture.height == 0) wrong("has no width and height, which its boxes are to be measured against");
  if (picture.width < 0 || picture.height < 0 || picture.width > kMost || picture.height > kMost)
    wrong(fmt::format("has the size {} x {}", picture.width, picture.height));
}

/// Size and time of each picture; -1 where there is none.
std::vector<int64_t> file_sizes(const fs::path& folder, const std::vector<io::CocoPicture>& pictures) {
  std::vector<int64_t> sizes(pictures.size());
  for_each_index(static_cast<int64_t>(pictures.size()), kStatThreads, {}, [&](int64_t index) {
    const auto i = static_cast<size_t>(index);
    sizes[i] = file_stamp(folder / pictures[i].file_name).value_or(FileStamp{.size = -1}).size;
  });
  return sizes;
}

/// One line about the pictures that are listed and not there, if any.
std::vector<std::string> missing_pictures(const CocoSplit& split, const std::vector<io::CocoPicture>& pictures, const std::vector<int64_t>& sizes,
                                          const OpenOptions& options) {
  const auto first = std::ranges::find(sizes, -1);
  if (first == sizes.end()) return {};
  const std::string message =
      fmt::format("{} of the {} that \"{}\" lists {} not in \"{}\", the first is \"{}\"", format_count(std::ranges::count(sizes, -1)),
                  format_count(static_cast<int64_t>(sizes.size()), "picture"), split.annotations.string(), std::ranges::count(sizes, -1) == 1 ? "is" : "are",
                  split.pictures.string(), pictures[static_cast<size_t>(first - sizes.begin())].file_name);
  if (options.on_damage == OpenOptions::OnDamage::kStop)
    fail(ErrorCode::kMissing, Advice{"copy them there; data.on_corrupt=skip does without them"}, "{}", message);
  return {message};
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return !path.empty() && fs::exists(path, error);
}

}  // namespace

std::optional<CocoLayout> find_coco(const fs::path& folder) {
  fs::path captions;
  for (const std::string_view year : kYears) {
    for (const std::string_view below : kFolders) {
      const auto file = [&](std::string_view kind, std::string_view split) { return folder / below / fmt::format("{}_{}{}.json", kind, split, year); };
      const auto split = [&](std::string_view name) {
        return CocoSplit{.pictures = folder / fmt::format("{}{}", name, year), .annotations = file("instances", name)};
      };
      const CocoLayout layout{.train = split("train"), .validation = split("val")};
      if (is_there(layout.train.annotations) || is_there(layout.validation.annotations)) return layout;
      if (captions.empty() && is_there(file("captions", "train"))) captions = file("captions", "train");
    }
  }
  if (captions.empty()) return std::nullopt;
  fail(ErrorCode::kData, Advice{fmt::format("put instances_train{}.json of the same download beside it", captions.stem().string().substr(14))},
       "\"{}\" has captions and no boxes, and no instances_*.json is there: nothing to learn to detect", captions.string());
}

std::vector<SourceClass> coco_classes(const io::CocoInstances& instances) {
  std::vector<SourceClass> classes;
  for (const io::CocoCategory& category : instances.categories) classes.push_back({.id = category.id, .name = category.name});
  std::ranges::sort(classes, {}, &SourceClass::id);
  return classes;
}

std::vector<std::vector<uint32_t>> truths_by_picture(const io::CocoInstances& instances) {
  std::vector<std::pair<int64_t, size_t>> ids;
  for (size_t i = 0; i < instances.pictures.size(); ++i) ids.emplace_back(instances.pictures[i].id, i);
  std::ranges::sort(ids);
  std::vector<std::vector<uint32_t>> truths(instances.pictures.size());
  for (size_t i = 0; i < instances.truths.size(); ++i) {
    const auto found = std::ranges::lower_bound(ids, instances.truths[i].image_id, {}, &std::pair<int64_t, size_t>::first);
    truths[found->second].push_back(static_cast<uint32_t>(i));
  }
  return truths;
}

box::Box fractions_of(const io::CocoBox& box, const io::CocoPicture& picture) {
  const auto width = static_cast<double>(picture.width);
  const auto height = static_cast<double>(picture.height);
  return {.y0 = static_cast<float>(box.y / height),
          .x0 = static_cast<float>(box.x / width),
          .y1 = static_cast<float>((box.y + box.height) / height),
          .x1 = static_cast<float>((box.x + box.width) / width)};
}

io::CocoInstances read_coco_split(const CocoSplit& split) {
  if (!is_there(split.pictures))
    fail(ErrorCode::kMissing, "there is no folder \"{}\" with the pictures of \"{}\"", split.pictures.string(), split.annotations.string());
  io::CocoInstances instances = io::read_coco_instances(split.annotations);
  for (size_t i = 0; i < instances.pictures.size(); ++i) expect_name_and_size(instances.pictures[i], i, split.annotations);
  return instances;
}

OpenedDataset open_coco(const CocoLayout& layout, Split split, const OpenOptions& options) {
  const CocoSplit& wanted = layout.of(split);
  if (!is_there(wanted.annotations)) {
    fail(ErrorCode::kMissing, Advice{split == Split::kValidation ? "to train without a validation set: --set train.eval_every=none" : ""},
         "there is no \"{}\" beside \"{}\"", wanted.annotations.string(),
         layout.of(split == Split::kTrain ? Split::kValidation : Split::kTrain).annotations.filename().string());
  }
  const io::CocoInstances instances = read_coco_split(wanted);
  std::vector<SourceClass> classes = coco_classes(instances);
  std::vector<std::string> warnings;
  if (split == Split::kValidation && (options.training != nullptr || is_there(layout.train.annotations))) {
    const ClassSource training{
        .place = fmt::format("\"{}\"", layout.train.annotations.string()),
        .classes = options.training != nullptr ? classes_of(options.training->info()) : coco_classes(io::read_coco_instances(layout.train.annotations))};
    warnings = class_differences({.place = fmt::format("\"{}\"", wanted.annotations.string()), .classes = std::exchange(classes, training.classes)}, training);
  }
  const std::vector<int64_t> sizes = file_sizes(wanted.pictures, instances.pictures);
  std::vector<std::string> damage = missing_pictures(wanted, instances.pictures, sizes, options);

  DetectionBuilder builder(split, options.on_bad_box, std::make_unique<PictureFiles>(wanted.pictures, instances.pictures));
  const std::vector<std::vector<uint32_t>> truths = truths_by_picture(instances);
  for (size_t i = 0; i < instances.pictures.size(); ++i) {
    if (sizes[i] < 0) continue;
    const io::CocoPicture& picture = instances.pictures[i];
    StatedPicture stated{.picture = static_cast<int64_t>(i),
                         .source_id = picture.id,
                         .size = {.width = static_cast<int>(picture.width), .height = static_cast<int>(picture.height)},
                         .objects = {}};
    for (const uint32_t number : truths[i]) {
      const io::CocoTruth& truth = instances.truths[number];
      stated.objects.push_back(
          {.box = fractions_of(truth.box, picture), .class_id = *output_of(classes, truth.category_id), .area = truth.area, .is_crowd = truth.is_crowd});
    }
    builder.add(stated, fmt::format("{} {}", picture.file_name, sizes[i]));
  }
  OpenedDataset opened = builder.finish(fmt::format("COCO pictures in {} with {}", wanted.pictures.string(), wanted.annotations.filename().string()), classes);
  opened.damage = std::move(damage);
  opened.warnings.insert(opened.warnings.end(), warnings.begin(), warnings.end());
  const int64_t unlisted = static_cast<int64_t>(list_pictures(wanted.pictures).names.size()) - static_cast<int64_t>(instances.pictures.size());
  if (unlisted > 0)
    opened.warnings.push_back(fmt::format("\"{}\" has {} that \"{}\" does not list; left out", wanted.pictures.string(), format_count(unlisted, "picture"),
                                          wanted.annotations.string()));
  return opened;
}

}  // namespace fovea::data
