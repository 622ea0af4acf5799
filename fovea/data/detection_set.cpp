#include "fovea/data/detection_set.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/data/class_rule.h"
#include "fovea/image/decode.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace fovea::data {

struct DetectionContents {
  struct Row {
    int64_t picture = 0;
    int64_t source_id = 0;
    image::Size size;
    size_t objects_end = 0;
  };
  std::unique_ptr<PictureStore> store;
  std::vector<Row> rows;
  std::vector<Object> objects;  // of all pictures, one behind the other: COCO's 860,000 boxes take 35 MB
  uint64_t hash = 0;            // of all that was added
};

namespace {

class DetectionSet final : public Dataset {
 public:
  DetectionSet(std::unique_ptr<DetectionContents> contents, DatasetInfo info) : contents_(std::move(contents)), info_(std::move(info)) {}

  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return static_cast<int64_t>(contents_->rows.size()); }

  [[nodiscard]] Sample get(int64_t index) const override {
    const DetectionContents::Row& found = row(index);
    Sample sample{.encoded = contents_->store->read(found.picture), .source_id = found.source_id};
    try {
      expect_annotated_size(image::read_info(sample.encoded).size, found.size);
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("{}: {}", place(index), error.what()), error.advice());
    }
    const auto objects = known_objects(index);
    sample.objects.assign(objects.begin(), objects.end());
    return sample;
  }

  [[nodiscard]] std::string place(int64_t index) const override { return contents_->store->place(row(index).picture); }

  [[nodiscard]] std::span<const Object> known_objects(int64_t index) const override {
    const size_t end = row(index).objects_end;
    const size_t begin = index == 0 ? 0 : row(index - 1).objects_end;
    return std::span(contents_->objects).subspan(begin, end - begin);
  }

 private:
  [[nodiscard]] const DetectionContents::Row& row(int64_t index) const {
    FOVEA_CHECK(index >= 0 && index < size(), "sample {} of {}", index, size());
    return contents_->rows[static_cast<size_t>(index)];
  }

  std::unique_ptr<DetectionContents> contents_;
  DatasetInfo info_;
};

std::string named(const SourceClass& one) { return fmt::format("{} \"{}\"", one.id, one.name); }

}  // namespace

void expect_annotated_size(image::Size found, image::Size stated) {
  if (stated == image::Size{} || found == stated) return;
  const bool is_turned = found == image::Size{.width = stated.height, .height = stated.width};
  fail(ErrorCode::kData, Advice{is_turned ? "boxes are meant for the upright picture: write its width and height, and its boxes, as a viewer shows it" : ""},
       "the picture has {} x {} pixels{}, its annotations are for {} x {}", found.width, found.height,
       is_turned ? " (after the EXIF orientation is applied)" : "", stated.width, stated.height);
}

std::vector<std::string> class_differences(const ClassSource& validation, const ClassSource& training) {
  std::vector<std::string> differences;
  for (const SourceClass& here : validation.classes) {
    const auto there = std::ranges::find(training.classes, here.id, &SourceClass::id);
    if (there == training.classes.end()) {
      differences.push_back(fmt::format("{} is not in training", named(here)));
    } else if (there->name != here.name) {
      differences.push_back(fmt::format("{} is \"{}\" in training", named(here), there->name));
    }
  }
  if (!differences.empty()) {
    fail(ErrorCode::kData, Advice{"give both sets the same classes"}, "{} has other classes than {}: {}", validation.place, training.place,
         join_first(differences));
  }
  std::vector<std::string> missing;
  for (const SourceClass& there : training.classes) {
    if (!output_of(validation.classes, there.id)) missing.push_back(there.name);
  }
  return class_warnings(missing);
}

std::vector<SourceClass> classes_of(const DatasetInfo& info) {
  std::vector<SourceClass> classes;
  for (size_t output = 1; output < info.class_ids.size(); ++output) classes.push_back({.id = info.class_ids[output], .name = info.class_names[output]});
  return classes;
}

std::optional<int64_t> output_of(std::span<const SourceClass> classes, int64_t id) {
  const auto found = std::ranges::lower_bound(classes, id, {}, &SourceClass::id);
  if (found == classes.end() || found->id != id) return std::nullopt;
  return found - classes.begin() + 1;
}

DetectionBuilder::DetectionBuilder(Split split, OnBadBox policy, std::unique_ptr<PictureStore> store)
    : split_(split), rule_(policy), contents_(std::make_unique<DetectionContents>(DetectionContents{.store = std::move(store)})) {}

DetectionBuilder::~DetectionBuilder() = default;

void DetectionBuilder::add(const StatedPicture& stated, std::string_view identity) {
  std::vector<Object> objects = stated.objects;
  stated_boxes_ += static_cast<int64_t>(objects.size());
  rule_.apply(objects, [&] { return contents_->store->place(stated.picture); });
  if (objects.empty() && split_ == Split::kTrain) {
    ++without_boxes_;
    return;
  }
  DetectionContents& contents = *contents_;
  std::vector<double> numbers{static_cast<double>(stated.source_id), static_cast<double>(stated.size.width), static_cast<double>(stated.size.height)};
  for (const Object& object : objects) {
    numbers.insert(numbers.end(), {object.box.y0, object.box.x0, object.box.y1, object.box.x1, static_cast<double>(object.class_id), object.area,
                                   static_cast<double>(object.is_crowd)});
  }
  contents.hash = io::hash64(std::as_bytes(std::span(numbers)), io::hash64(as_bytes(identity), contents.hash));
  contents.objects.insert(contents.objects.end(), objects.begin(), objects.end());
  contents.rows.push_back({.picture = stated.picture, .source_id = stated.source_id, .size = stated.size, .objects_end = contents.objects.size()});
}

OpenedDataset DetectionBuilder::finish(const std::string& source, const std::vector<SourceClass>& classes) {
  const auto boxes = static_cast<int64_t>(contents_->objects.size());
  OpenedDataset opened{.warnings = rule_.said()};
  if (boxes == 0 && split_ == Split::kTrain) {
    fail(ErrorCode::kData, Advice{"the boxes stand in instances_*.json, or in records that were made of it; captions_*.json has none"},
         "{} has no boxes to train on{}", source, stated_boxes_ == 0 ? std::string() : fmt::format(": {}", join(opened.warnings, "; ")));
  }
  if (boxes == 0) opened.warnings.push_back("the validation set has no boxes: there is nothing to score");
  DatasetInfo info{.task = Task::kDetect, .num_outputs = static_cast<int64_t>(classes.size()) + 1, .class_names = {"background"}, .class_ids = {0}};
  for (const SourceClass& one : classes) {
    info.class_names.push_back(one.name);
    info.class_ids.push_back(one.id);
    contents_->hash = io::hash64(as_bytes(named(one)), contents_->hash);
  }
  info.fingerprint = contents_->hash;
  info.source = fmt::format("{}: {}, {} box{}, {} class{}", source, format_count(static_cast<int64_t>(contents_->rows.size()), "picture"), format_count(boxes),
                            boxes == 1 ? "" : "es", format_count(info.num_outputs - 1), info.num_outputs == 2 ? "" : "es");
  if (without_boxes_ > 0) info.source += fmt::format("; {} without boxes left out", format_count(without_boxes_, "picture"));
  opened.dataset = std::make_unique<DetectionSet>(std::move(contents_), std::move(info));
  return opened;
}

}  // namespace fovea::data
