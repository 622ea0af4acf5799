#include "fovea/data/shape_drawing.h"

#include "fovea/base/error.h"
#include "fovea/base/random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

namespace fovea::data {
namespace {

constexpr int kGrid = 4;             // chosen: 16 probes a pixel make smooth edges
constexpr int kTextureCells = 5;     // chosen: patches of a fifth of the picture
constexpr double kMinContrast = 60;  // chosen, levels of luma: shapes are brighter than their ground, so that a few hundred steps teach them

constexpr double kMaxTurn = std::numbers::pi / 8;  // chosen: turned visibly, learnt in a few hundred steps
constexpr double kTextureLevels = 28;              // chosen: visible, well below the contrast of a shape

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

/// What a shape's pixels are computed from.
struct Placed {
  int64_t class_id = 0;
  Point centre;  // pixels
  double radius = 0, turn = 0;
  Levels colour{};
};

struct Ground {
  Levels colour{};
  Texture texture;
  double noise = 0;
};

/// Shapes over a ground, the later ones on top; `drawn` becomes what each of them covers, as if it were alone.
image::Image render(int width, int height, const Ground& ground, std::span<const Placed> shapes, Random& random, std::vector<DrawnShape>& drawn) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  constexpr double kProbe = 1.0 / kGrid;
  for (const Placed& shape : shapes) drawn.push_back({.class_id = shape.class_id, .x0 = kFar, .y0 = kFar, .x1 = -kFar, .y1 = -kFar});
  image::Image result(width, height);
  for (int y = 0; y < height; ++y) {
    uint8_t* row = result.row(y);
    for (int x = 0; x < width; ++x) {
      const double shade = ground.texture.at((x + 0.5) / width, (y + 0.5) / height);
      Levels levels = ground.colour;
      for (double& level : levels) level += shade;
      for (size_t i = 0; i < shapes.size(); ++i) {
        const Placed& shape = shapes[i];
        const double cosine = std::cos(shape.turn), sine = std::sin(shape.turn);
        int hits = 0;
        for (int probe = 0; probe < kGrid * kGrid; ++probe) {
          const double left = x + static_cast<double>(probe % kGrid) * kProbe;
          const double top = y + static_cast<double>(probe / kGrid) * kProbe;
          const double px = (x + (probe % kGrid + 0.5) / kGrid - shape.centre.x) / shape.radius;
          const double py = (y + (static_cast<double>(probe / kGrid) + 0.5) / kGrid - shape.centre.y) / shape.radius;
          if (px * px + py * py > 1.44) continue;  // no shape reaches 1.2
          if (!is_inside(shape.class_id, {cosine * px + sine * py, cosine * py - sine * px})) continue;
          ++hits;
          DrawnShape& box = drawn[i];
          box.x0 = std::min(box.x0, left);
          box.y0 = std::min(box.y0, top);
          box.x1 = std::max(box.x1, left + kProbe);
          box.y1 = std::max(box.y1, top + kProbe);
        }
        const double cover = static_cast<double>(hits) / (kGrid * kGrid);
        drawn[i].area += cover;
        for (size_t channel = 0; channel < 3; ++channel) levels[channel] = std::lerp(levels[channel], shape.colour[channel], cover);
      }
      for (size_t channel = 0; channel < 3; ++channel) {
        const double level = levels[channel] + ground.noise * random.uniform(-1, 1);
        row[3 * x + static_cast<int>(channel)] = static_cast<uint8_t>(std::clamp(std::lround(level), 0L, 255L));
      }
    }
  }
  return result;
}

/// Is there room for a shape at `centre`?
bool is_free(Point centre, double radius, std::span<const Placed> shapes) {
  return std::ranges::none_of(shapes,
                              [&](const Placed& other) { return std::hypot(centre.x - other.centre.x, centre.y - other.centre.y) < radius + other.radius; });
}

}  // namespace

image::Image draw_shape(int64_t class_id, int64_t size, uint64_t seed, uint64_t picture) {
  FOVEA_CHECK(class_id >= 0 && class_id < static_cast<int64_t>(kShapeNames.size()), "class {}", class_id);
  Random random(seed, 0, picture, Purpose::kSynthetic);
  const double side = static_cast<double>(size);
  Placed shape{.class_id = class_id};
  shape.radius = side * random.uniform(0.28, 0.42);
  shape.centre.x = random.uniform(shape.radius, side - shape.radius);
  shape.centre.y = random.uniform(shape.radius, side - shape.radius);
  shape.turn = random.uniform(-kMaxTurn, kMaxTurn);
  Levels background = draw_colour(random);
  shape.colour = draw_colour(random);
  while (brightness(shape.colour) - brightness(background) < kMinContrast) {
    background = draw_colour(random);
    shape.colour = draw_colour(random);
  }
  const Texture texture(random, kTextureLevels);
  const Ground ground{.colour = background, .texture = texture, .noise = random.uniform(0, 10)};
  std::vector<DrawnShape> drawn;
  return render(static_cast<int>(size), static_cast<int>(size), ground, std::span(&shape, 1), random, drawn);
}

Scene draw_scene(uint64_t seed, uint64_t picture) {
  constexpr int64_t kMinSide = 200, kMaxSide = 300, kMost = 4;  // chosen: about the size that a small detector sees
  constexpr double kMinRadius = 0.1, kMaxRadius = 0.25;         // chosen, of the short side: boxes of 40 to 150 pixels, which its default boxes fit
  constexpr int kTries = 50;                                    // chosen: then the picture is full
  constexpr double kDarkest = 255 - 1.5 * kMinContrast;         // chosen: leaves room for brighter colours
  Random random(seed, 0, picture, Purpose::kSynthetic);
  const int64_t width = random.integer(kMinSide, kMaxSide), height = random.integer(kMinSide, kMaxSide);
  const auto side = static_cast<double>(std::min(width, height));
  Levels background = draw_colour(random);
  while (brightness(background) > kDarkest) background = draw_colour(random);
  const int64_t wanted = random.integer(1, kMost);
  std::vector<Placed> shapes;
  for (int attempt = 0; std::ssize(shapes) < wanted && attempt < kTries; ++attempt) {
    Placed shape{.class_id = kSceneShapes[static_cast<size_t>(random.integer(0, std::ssize(kSceneShapes) - 1))]};
    shape.radius = side * random.uniform(kMinRadius, kMaxRadius);
    shape.centre.x = random.uniform(shape.radius, static_cast<double>(width) - shape.radius);
    shape.centre.y = random.uniform(shape.radius, static_cast<double>(height) - shape.radius);
    shape.turn = random.uniform(-kMaxTurn, kMaxTurn);
    do shape.colour = draw_colour(random);
    while (brightness(shape.colour) - brightness(background) < kMinContrast);
    if (is_free(shape.centre, shape.radius, shapes)) shapes.push_back(shape);
  }
  const Texture texture(random, kTextureLevels);
  const Ground ground{.colour = background, .texture = texture, .noise = random.uniform(0, 5)};
  Scene scene;
  scene.picture = render(static_cast<int>(width), static_cast<int>(height), ground, shapes, random, scene.shapes);
  return scene;
}

}  // namespace fovea::data
