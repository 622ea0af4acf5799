#include "fovea/data/shapes.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"
#include "fovea/data/convert.h"
#include "fovea/image/decode.h"
#include "fovea/io/json.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fovea::data {
namespace {

constexpr int64_t kMinSide = 8, kMaxSide = 1024;  // chosen: a shape needs some pixels; larger ones teach nothing more and take seconds each
constexpr int kJpegQuality = 92;                  // chosen: no visible blocks at 64 pixels
constexpr int64_t kPngEvery = 8;                  // so that both formats are met

/// returns the name of the file
std::string write_picture(const fs::path& folder, int64_t number, const image::Image& picture) {
  const bool is_png = number % kPngEvery == kPngEvery - 1;
  std::string name = fmt::format("{:04}.{}", number, is_png ? "png" : "jpg");
  OutputFile(folder / name).write(is_png ? image::encode_png(picture) : image::encode_jpeg(picture, kJpegQuality));
  return name;
}

/// Calls each(split, number in it, number in the set) for all pictures. returns false when stopped
bool for_each_picture(const ShapesOptions& options, const std::function<void(std::string_view split, int64_t number, int64_t picture)>& each) {
  std::mutex mutex;
  const int64_t total = options.train + options.val;
  int64_t done = 0;
  return for_each_index(total, options.threads, options.stop, [&](int64_t picture) {
    const bool is_train = picture < options.train;
    each(is_train ? "train" : "val", is_train ? picture : picture - options.train, picture);
    const std::lock_guard lock(mutex);
    ++done;
    if (options.progress) options.progress(done, total);
  });
}

/// One shape a picture, in class folders.
bool write_shapes(const fs::path& folder, const ShapesOptions& options) {
  const auto classes = static_cast<int64_t>(kShapeNames.size());
  for (const std::string_view split : {"train", "val"}) {
    for (const std::string_view name : kShapeNames) make_directories(folder / split / name);
  }
  return for_each_picture(options, [&](std::string_view split, int64_t number, int64_t picture) {
    const int64_t class_id = number % classes;
    write_picture(folder / split / kShapeNames[static_cast<size_t>(class_id)], number / classes,
                  draw_shape(class_id, options.size, options.seed, static_cast<uint64_t>(picture)));
  });
}

/// What COCO's instances files say about one picture.
struct SceneFacts {
  std::string name;
  image::Size size;
  std::vector<DrawnShape> shapes;
};

double hundredths(double value) { return std::round(100 * value) / 100; }  // as COCO's files have them

std::string instances_json(std::span<const SceneFacts> scenes) {
  io::OrderedJson images = io::OrderedJson::array(), annotations = io::OrderedJson::array(), categories = io::OrderedJson::array();
  for (const SceneFacts& scene : scenes) {
    images.push_back({{"id", images.size() + 1}, {"file_name", scene.name}, {"width", scene.size.width}, {"height", scene.size.height}});
    for (const DrawnShape& shape : scene.shapes) {
      const double x = hundredths(shape.x0), y = hundredths(shape.y0);
      annotations.push_back({{"id", annotations.size() + 1},
                             {"image_id", images.size()},
                             {"category_id", std::ranges::find(kSceneShapes, shape.class_id) - kSceneShapes.begin() + 1},
                             {"bbox", {x, y, hundredths(shape.x1 - x), hundredths(shape.y1 - y)}},
                             {"area", hundredths(shape.area)},
                             {"iscrowd", 0}});
    }
  }
  for (const int64_t shape : kSceneShapes) categories.push_back({{"id", categories.size() + 1}, {"name", kShapeNames[static_cast<size_t>(shape)]}});
  return io::json_text(io::OrderedJson{{"images", images}, {"annotations", annotations}, {"categories", categories}});
}

/// Several shapes a picture, with their boxes.
bool write_scenes(const fs::path& folder, const ShapesOptions& options) {
  for (const std::string_view split : {"train", "val"}) make_directories(folder / split);
  std::vector<SceneFacts> facts(static_cast<size_t>(options.train + options.val));
  const bool is_whole = for_each_picture(options, [&](std::string_view split, int64_t number, int64_t picture) {
    Scene scene = draw_scene(options.seed, static_cast<uint64_t>(picture));
    facts[static_cast<size_t>(picture)] = {
        .name = write_picture(folder / split, number, scene.picture), .size = scene.picture.size(), .shapes = std::move(scene.shapes)};
  });
  const auto train = static_cast<size_t>(options.train);
  if (!is_whole) return false;
  write_atomically(folder / "instances_train.json", instances_json(std::span(facts).first(train)));
  write_atomically(folder / "instances_val.json", instances_json(std::span(facts).subspan(train)));
  return true;
}

void write_set(const fs::path& folder, const ShapesOptions& options) {
  const fs::path pictures = folder / "pictures";
  const ConvertOptions conversion{.threads = options.threads, .stop = options.stop};
  const ConvertKind kind = options.boxes ? ConvertKind::kCoco : ConvertKind::kFolder;
  const bool is_whole = options.boxes ? write_scenes(pictures, options) : write_shapes(pictures, options);
  if (is_whole && convert_dataset(kind, pictures, folder / "records", conversion).is_complete) return;
  fail(ErrorCode::kInterrupted, Advice{"the same command again makes them all"}, "stopped before all pictures were made; none are kept");
}

}  // namespace

void make_shapes(const fs::path& folder, const ShapesOptions& options) {
  const auto classes = static_cast<int64_t>(options.boxes ? kSceneShapes.size() : kShapeNames.size());
  if (options.train < classes || options.val < classes)
    fail(ErrorCode::kConfig, "{} training and {} validation pictures are too few: there are {} classes", options.train, options.val, classes);
  if (options.size < kMinSide || options.size > kMaxSide)
    fail(ErrorCode::kConfig, "the side of the pictures must be in [{}, {}], found {}", kMinSide, kMaxSide, options.size);
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    fail(ErrorCode::kCannotCreate, Advice{"choose another folder"}, "\"{}\" exists and is not an empty folder", folder.string());
  }
  const bool was_there = fs::exists(folder);
  try {
    write_set(folder, options);
  } catch (...) {  // complete or absent: what is half there would only refuse the next attempt
    std::error_code ignored;
    for (const char* part : {"pictures", "records"}) fs::remove_all(folder / part, ignored);
    if (!was_there) fs::remove(folder, ignored);
    throw;
  }
}

}  // namespace fovea::data
