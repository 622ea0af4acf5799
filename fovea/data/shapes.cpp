#include "fovea/data/shapes.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"
#include "fovea/base/random.h"
#include "fovea/data/convert.h"
#include "fovea/image/decode.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numbers>

namespace fovea::data {
namespace {

constexpr int64_t kMinSide = 8, kMaxSide = 1024;  // chosen: a shape needs some pixels; larger ones teach nothing more and take seconds each
constexpr int kGrid = 4;                          // chosen: 16 probes a pixel make smooth edges
constexpr int kJpegQuality = 92;                  // chosen: no visible blocks at 64 pixels
constexpr int64_t kPngEvery = 8;                  // so that both formats are met
constexpr int kTextureCells = 5;                  // chosen: patches of a fifth of the picture
constexpr double kMinContrast = 60;               // chosen, levels of luma: shapes are brighter than their ground, so that a few hundred steps teach them

constexpr double kMaxTurn = std::numbers::pi / 8;  // chosen: turned visibly, learnt in a few hundred steps

struct Point {
  double x = 0, y = 0;
};

/// Is the point inside a regular star with five tips of radius 1?
bool in_star(Point p) {
  constexpr double kInner = 0.42;  // chosen: clearly not a pentagon
  const double step = std::numbers::pi / 5;
  double angle = std::fmod(std::atan2(p.x, -p.y) + 2 * std::numbers::pi, 2 * step);
  if (angle > step) angle = 2 * step - angle;  // between a tip (0) and the notch beside it (step)
  const double r = std::hypot(p.x, p.y);
  const Point q{r * std::sin(angle), r * std::cos(angle)};
  const Point notch{kInner * std::sin(step), kInner * std::cos(step)};
  return (notch.x - 0) * (q.y - 1) - (notch.y - 1) * (q.x - 0) <= 0;  // on the centre's side of the edge from (0, 1) to the notch
}

/// Inside test of each class, in a frame where the shape reaches about 1 from its centre.
bool is_inside(int64_t class_id, Point p) {
  const double r = std::hypot(p.x, p.y);
  const double x = std::abs(p.x);
  const double y = std::abs(p.y);
  switch (class_id) {
    case 0: return x <= 0.95 && y <= 0.24;                                // bar
    case 1: return r <= 0.9;                                              // circle
    case 2: return r <= 0.95 && std::hypot(p.x - 0.45, p.y) > 0.75;       // crescent
    case 3: return (x <= 0.27 && y <= 0.92) || (y <= 0.27 && x <= 0.92);  // cross
    case 4: return r <= 0.95 && r >= 0.58;                                // ring
    case 5: return std::max(x, y) <= 0.76;                                // square
    case 6: return in_star(p);                                            // star
    default: return p.y <= 0.5 && std::numbers::sqrt3 * x - p.y <= 1;     // triangle
  }
}

using Levels = std::array<double, 3>;

Levels draw_colour(Random& random) { return {random.uniform(0, 255), random.uniform(0, 255), random.uniform(0, 255)}; }

/// Rec. 601 luma in levels
double brightness(const Levels& colour) { return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]; }

/// Patches of brightness, blended smoothly between the points of a coarse grid.
class Texture {
 public:
  Texture(Random& random, double strength) {
    for (auto& row : values_) {
      for (double& value : row) value = random.uniform(-strength, strength);
    }
  }
  /// u, v in [0, 1)
  [[nodiscard]] double at(double u, double v) const {
    const auto column = static_cast<size_t>(u * kTextureCells);
    const auto row = static_cast<size_t>(v * kTextureCells);
    const double fx = u * kTextureCells - static_cast<double>(column);
    const double fy = v * kTextureCells - static_cast<double>(row);
    return std::lerp(std::lerp(values_[row][column], values_[row][column + 1], fx), std::lerp(values_[row + 1][column], values_[row + 1][column + 1], fx), fy);
  }

 private:
  std::array<std::array<double, kTextureCells + 1>, kTextureCells + 1> values_{};
};

void write_picture(const fs::path& folder, int64_t number, const image::Image& picture) {
  const bool is_png = number % kPngEvery == kPngEvery - 1;
  OutputFile file(folder / fmt::format("{:04}.{}", number, is_png ? "png" : "jpg"));
  file.write(is_png ? image::encode_png(picture) : image::encode_jpeg(picture, kJpegQuality));
}

}  // namespace

image::Image draw_shape(int64_t class_id, int64_t size, uint64_t seed, uint64_t picture) {
  FOVEA_CHECK(class_id >= 0 && class_id < static_cast<int64_t>(kShapeNames.size()), "class {}", class_id);
  Random random(seed, 0, picture, Purpose::kSynthetic);
  const double side = static_cast<double>(size);
  const double radius = side * random.uniform(0.28, 0.42);
  const Point centre{random.uniform(radius, side - radius), random.uniform(radius, side - radius)};
  const double turn = random.uniform(-kMaxTurn, kMaxTurn);
  const double cosine = std::cos(turn);
  const double sine = std::sin(turn);
  Levels background = draw_colour(random);
  Levels colour = draw_colour(random);
  while (brightness(colour) - brightness(background) < kMinContrast) {
    background = draw_colour(random);
    colour = draw_colour(random);
  }
  const Texture texture(random, 28);  // chosen, levels: visible, well below the contrast of the shape
  const double noise = random.uniform(0, 10);

  image::Image result(static_cast<int>(size), static_cast<int>(size));
  for (int y = 0; y < result.height; ++y) {
    uint8_t* row = result.row(y);
    for (int x = 0; x < result.width; ++x) {
      int hits = 0;
      for (int probe = 0; probe < kGrid * kGrid; ++probe) {
        const double px = (x + (probe % kGrid + 0.5) / kGrid - centre.x) / radius;
        const double py = (y + (static_cast<double>(probe / kGrid) + 0.5) / kGrid - centre.y) / radius;
        if (px * px + py * py > 1.44) continue;  // no shape reaches 1.2
        hits += is_inside(class_id, {cosine * px + sine * py, cosine * py - sine * px}) ? 1 : 0;
      }
      const double cover = static_cast<double>(hits) / (kGrid * kGrid);
      const double shade = texture.at((x + 0.5) / side, (y + 0.5) / side);
      for (size_t channel = 0; channel < 3; ++channel) {
        const double level = std::lerp(background[channel] + shade, colour[channel], cover) + noise * random.uniform(-1, 1);
        row[3 * x + static_cast<int>(channel)] = static_cast<uint8_t>(std::clamp(std::lround(level), 0L, 255L));
      }
    }
  }
  return result;
}

namespace {

void write_shapes(const fs::path& folder, const ShapesOptions& options) {
  const auto classes = static_cast<int64_t>(kShapeNames.size());
  for (const std::string_view split : {"train", "val"}) {
    for (const std::string_view name : kShapeNames) make_directories(folder / "pictures" / split / name);
  }
  std::mutex mutex;
  const int64_t total = options.train + options.val;
  int64_t done = 0;
  const bool is_whole = for_each_index(total, options.threads, options.stop, [&](int64_t picture) {
    const bool is_train = picture < options.train;
    const int64_t number = is_train ? picture : picture - options.train;
    const int64_t class_id = number % classes;
    write_picture(folder / "pictures" / (is_train ? "train" : "val") / kShapeNames[static_cast<size_t>(class_id)], number / classes,
                  draw_shape(class_id, options.size, options.seed, static_cast<uint64_t>(picture)));
    const std::lock_guard lock(mutex);
    ++done;
    if (options.progress) options.progress(done, total);
  });
  const ConvertOptions conversion{.threads = options.threads, .stop = options.stop};
  if (is_whole && convert_dataset(ConvertKind::kFolder, folder / "pictures", folder / "records", conversion).is_complete) return;
  fail(ErrorCode::kInterrupted, Advice{"the same command again makes them all"}, "stopped before all pictures were made; none are kept");
}

}  // namespace

void make_shapes(const fs::path& folder, const ShapesOptions& options) {
  const auto classes = static_cast<int64_t>(kShapeNames.size());
  if (options.train < classes || options.val < classes)
    fail(ErrorCode::kConfig, "{} training and {} validation pictures are too few: there are {} classes", options.train, options.val, classes);
  if (options.size < kMinSide || options.size > kMaxSide)
    fail(ErrorCode::kConfig, "the side of the pictures must be in [{}, {}], found {}", kMinSide, kMaxSide, options.size);
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    fail(ErrorCode::kCannotCreate, Advice{"choose another folder"}, "\"{}\" exists and is not an empty folder", folder.string());
  }
  const bool was_there = fs::exists(folder);
  try {
    write_shapes(folder, options);
  } catch (...) {  // complete or absent: what is half there would only refuse the next attempt
    std::error_code ignored;
    for (const char* part : {"pictures", "records"}) fs::remove_all(folder / part, ignored);
    if (!was_there) fs::remove(folder, ignored);
    throw;
  }
}

}  // namespace fovea::data
