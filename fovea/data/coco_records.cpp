#include "fovea/data/coco_records.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/data/coco_scan.h"
#include "fovea/data/open_files.h"
#include "fovea/io/sha256.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace fovea::data {
namespace {

constexpr int64_t kFewRecords = 4;  // chosen: as for labels (record_classes.cpp)

// spec 3.7
constexpr std::string_view kHeight = "image/height", kWidth = "image/width", kSourceId = "image/source_id", kEncoded = "image/encoded";
constexpr std::string_view kXMin = "image/object/bbox/xmin", kXMax = "image/object/bbox/xmax", kYMin = "image/object/bbox/ymin",
                           kYMax = "image/object/bbox/ymax";
constexpr std::string_view kLabel = "image/object/class/label", kText = "image/object/class/text", kCrowd = "image/object/is_crowd",
                           kArea = "image/object/area";
constexpr std::array kEncodedKeys{kEncoded};

/// The values of a feature that has one for each box, or that may be absent.
template <class List>
const List* per_box(const List* list, std::string_view key, size_t boxes, bool may_be_absent) {
  const size_t found = list == nullptr ? 0 : list->size();
  if (found == boxes) return list;
  if (may_be_absent && found == 0) return nullptr;
  fail(ErrorCode::kData, "{} has {} values, {} has {}: expected as many of each", kXMin, boxes, key, found);
}

/// The classes that occur. The scan looks at no checksum, so a class that few records have is believed only when those are undamaged;
/// damaged ones become problems.
std::vector<SourceClass> classes_in(std::vector<ScannedShard>& shards) {
  using Where = std::pair<size_t, int64_t>;  // shard, record
  std::map<int64_t, std::vector<Where>> first;
  std::map<int64_t, std::string> names;
  for (size_t s = 0; s < shards.size(); ++s) {
    names.insert(shards[s].names.begin(), shards[s].names.end());
    for (size_t r = 0; r < shards[s].records.size(); ++r) {
      const Where where{s, static_cast<int64_t>(r)};
      for (const Object& object : shards[s].records[r].stated.objects) {
        std::vector<Where>& places = first[object.class_id];
        if (std::ssize(places) < kFewRecords && (places.empty() || places.back() != where)) places.push_back(where);
      }
    }
  }
  std::vector<SourceClass> classes;
  for (const auto& [id, places] : first) {
    int64_t believed = std::ssize(places);
    for (size_t i = 0; std::ssize(places) < kFewRecords && i < places.size(); ++i) {
      const auto [s, r] = places[i];
      ScannedRecord& record = shards[s].records[static_cast<size_t>(r)];
      try {
        static_cast<void>(io::read_record(InputFile(shards[s].file.path), shards[s].file.places[static_cast<size_t>(r)], r));
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kData) throw;
        record.problem = error.what();
        --believed;
      }
    }
    const auto name = names.find(id);
    if (believed > 0) classes.push_back({.id = id, .name = name == names.end() || name->second.empty() ? fmt::format("class {}", id) : name->second});
  }
  return classes;
}

class Shards final : public PictureStore {
 public:
  explicit Shards(std::vector<ScannedFile> files) : files_(std::move(files)), open_(files_.size()) {}

  /// The number of a record, to be asked for with.
  static int64_t picture(size_t file, size_t record) { return static_cast<int64_t>(file) << kRecordBits | static_cast<int64_t>(record); }

  [[nodiscard]] std::vector<std::byte> read(int64_t picture) const override {
    const auto [at, record] = find(picture);
    const ScannedFile& file = files_[at];
    const auto bytes = io::read_record(*open_.get(at, file.path), file.places[static_cast<size_t>(record)], record);
    try {
      const io::Example example = io::parse_example(bytes, kEncodedKeys);
      const io::BytesList* pictures = example.bytes(kEncoded);
      if (pictures == nullptr) fail(ErrorCode::kData, "no feature \"{}\"", kEncoded);
      if (pictures->size() != 1 || pictures->front().empty()) fail(ErrorCode::kData, "{} holds no picture", kEncoded);
      const auto encoded = as_bytes(pictures->front());
      return {encoded.begin(), encoded.end()};
    } catch (const Error& error) {
      fail(error.code(), "{}: {}", record_place(file, record), error.what());
    }
  }

  [[nodiscard]] std::string place(int64_t picture) const override {
    const auto [at, record] = find(picture);
    return record_place(files_[at], record);
  }

 private:
  static constexpr int kRecordBits = 32;
  static std::pair<size_t, int64_t> find(int64_t picture) { return {static_cast<size_t>(picture >> kRecordBits), picture & ((int64_t{1} << kRecordBits) - 1)}; }

  std::vector<ScannedFile> files_;
  OpenFiles open_;
};

std::vector<std::string> damage_of(std::vector<ScannedShard>& shards, const OpenOptions& options) {
  std::vector<std::string> damage;
  for (const ScannedShard& shard : shards) {
    if (shard.file.damage) damage.push_back(*shard.file.damage + "; this record and all behind it in the file are left out");
    for (const ScannedRecord& record : shard.records) {
      if (!record.problem.empty()) damage.push_back(record.problem);
    }
  }
  if (!damage.empty() && options.on_damage == OpenOptions::OnDamage::kStop)
    fail(ErrorCode::kData, Advice{"restore the file; data.on_corrupt=skip does without what is damaged"}, "{}", damage.front());
  return damage;
}

}  // namespace

BoxFeatures box_features(const io::Example& example) {
  const auto integer = [&](std::string_view key) {
    const io::Int64List* values = example.ints(key);
    return values == nullptr || values->size() != 1 ? 0 : values->front();
  };
  const auto side = [](int64_t value) { return static_cast<int>(std::clamp<int64_t>(value, 0, std::numeric_limits<int>::max())); };
  BoxFeatures found{.source_id = kNoSourceId, .size = {.width = side(integer(kWidth)), .height = side(integer(kHeight))}};
  if (const io::BytesList* id = example.bytes(kSourceId); id != nullptr && id->size() == 1) found.source_id = parse_int(id->front()).value_or(kNoSourceId);

  const io::FloatList* x0 = example.floats(kXMin);
  const size_t boxes = x0 == nullptr ? 0 : x0->size();
  const io::FloatList* x1 = per_box(example.floats(kXMax), kXMax, boxes, false);
  const io::FloatList* y0 = per_box(example.floats(kYMin), kYMin, boxes, false);
  const io::FloatList* y1 = per_box(example.floats(kYMax), kYMax, boxes, false);
  const io::Int64List* labels = per_box(example.ints(kLabel), kLabel, boxes, false);
  const io::FloatList* areas = per_box(example.floats(kArea), kArea, boxes, true);
  const io::Int64List* crowd = per_box(example.ints(kCrowd), kCrowd, boxes, true);
  const io::BytesList* names = per_box(example.bytes(kText), kText, boxes, true);
  if (names != nullptr) found.names = *names;
  for (size_t i = 0; i < boxes; ++i) {
    const box::Box box{.y0 = (*y0)[i], .x0 = (*x0)[i], .y1 = (*y1)[i], .x1 = (*x1)[i]};
    const double area = areas != nullptr ? static_cast<double>((*areas)[i]) : static_cast<double>(box.area()) * found.size.width * found.size.height;
    found.objects.push_back({.box = box, .class_id = (*labels)[i], .area = area, .is_crowd = crowd != nullptr && (*crowd)[i] != 0});
  }
  return found;
}

io::Example box_example(const BoxFeatures& boxes, const std::string& name, const std::string& jpeg) {
  io::FloatList x0, x1, y0, y1, areas;
  io::Int64List labels, crowd;
  for (const Object& object : boxes.objects) {
    x0.push_back(object.box.x0);
    x1.push_back(object.box.x1);
    y0.push_back(object.box.y0);
    y1.push_back(object.box.y1);
    labels.push_back(object.class_id);
    areas.push_back(static_cast<float>(object.area));
    crowd.push_back(object.is_crowd ? 1 : 0);
  }
  io::Example example;
  const auto put = [&](std::string_view key, io::Feature feature) { example.features.emplace(key, std::move(feature)); };
  put(kHeight, io::Int64List{boxes.size.height});
  put(kWidth, io::Int64List{boxes.size.width});
  put(kSourceId, io::BytesList{fmt::format("{}", boxes.source_id)});
  put("image/filename", io::BytesList{name});
  put("image/key/sha256", io::BytesList{io::sha256_hex(as_bytes(jpeg))});
  put(kEncoded, io::BytesList{jpeg});
  put("image/format", io::BytesList{"jpeg"});
  if (boxes.objects.empty()) return example;
  put(kXMin, std::move(x0));
  put(kXMax, std::move(x1));
  put(kYMin, std::move(y0));
  put(kYMax, std::move(y1));
  put(kLabel, std::move(labels));
  put(kText, boxes.names);
  put(kCrowd, std::move(crowd));
  put(kArea, std::move(areas));
  return example;
}

bool has_boxes(const RecordSet& set) {
  for (const fs::path& path : set.files) {
    const std::vector<io::RecordPlace> places = io::scan_records(path).records;
    for (size_t record = 0; record < places.size(); ++record) {
      try {
        const io::Example example = io::parse_example(io::read_record(InputFile(path), places[record], static_cast<int64_t>(record)));
        const auto has = [&](std::string_view key) { return example.features.contains(key); };
        return !has("image/class/label") && (has(kLabel) || has(kXMin) || has(kSourceId) || has("image/caption"));
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kData) throw;  // met again, and reported, by whoever opens the set
      }
    }
  }
  return false;
}

OpenedDataset open_coco_records(const RecordSet& set, const RecordSet& training, Split split, const OpenOptions& options) {
  std::vector<ScannedShard> shards = scan_shards(set, options);
  std::vector<SourceClass> classes = classes_in(shards);
  std::vector<std::string> warnings;
  if (split == Split::kValidation && set.files != training.files) {
    const ClassSource here{.place = fmt::format("\"{}\"", set.pattern), .classes = std::move(classes)};
    ClassSource there{.place = fmt::format("\"{}\"", training.pattern)};
    if (options.training != nullptr) {
      there.classes = classes_of(options.training->info());
    } else {
      std::vector<ScannedShard> of_training = scan_shards(training, options);
      there.classes = classes_in(of_training);
    }
    warnings = class_differences(here, there);
    classes = std::move(there.classes);
  }
  std::vector<std::string> damage = damage_of(shards, options);

  std::vector<ScannedFile> files;
  for (ScannedShard& shard : shards) files.push_back(std::move(shard.file));
  DetectionBuilder builder(split, options.on_bad_box, std::make_unique<Shards>(files));
  int64_t count = 0;
  for (size_t s = 0; s < shards.size(); ++s) {
    for (size_t r = 0; r < shards[s].records.size(); ++r) {
      ScannedRecord& record = shards[s].records[r];
      ++count;
      if (!record.problem.empty()) continue;
      record.stated.picture = Shards::picture(s, r);
      if (record.stated.source_id == kNoSourceId) record.stated.source_id = count;  // a number of its own is all that scoring needs
      for (Object& object : record.stated.objects) object.class_id = *output_of(classes, object.class_id);
      builder.add(record.stated, fmt::format("{} {}", files[s].path.filename().string(), files[s].places[r].length));
    }
  }
  OpenedDataset opened =
      builder.finish(fmt::format("TFRecords {} with boxes in {}", set.pattern, format_count(static_cast<int64_t>(set.files.size()), "file")), classes);
  opened.damage = std::move(damage);
  opened.warnings.insert(opened.warnings.end(), warnings.begin(), warnings.end());
  return opened;
}

}  // namespace fovea::data
