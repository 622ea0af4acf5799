#include "fovea/data/show.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/box/assign.h"
#include "fovea/image/decode.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fovea::data {
namespace {

constexpr int kColumns = 8;   // chosen: 64 pictures make a square
constexpr int kCellPx = 160;  // chosen: small pictures are enlarged, large ones still recognised

constexpr int kBoxColumns = 4, kBoxCellPx = 300;  // chosen: pictures as large as SSD sees them, so that the names can be read

/// Row `row` of [N, H, W, 3], mixed with its partner.
image::Image picture_of(const Tensor& images, int64_t row, float lambda) {
  const int64_t partner = lambda < 1 ? row ^ 1 : row;
  const Tensor mixed = lambda < 1 ? images[row].to(at::kFloat) * lambda + images[partner].to(at::kFloat) * (1 - lambda) : images[row];
  const Tensor levels = mixed.is_floating_point() ? mixed.round().clamp(0, 255).to(at::kByte).contiguous() : mixed.contiguous();
  image::Image picture(static_cast<int>(images.size(2)), static_cast<int>(images.size(1)));
  std::copy_n(levels.data_ptr<uint8_t>(), picture.pixels.size(), picture.pixels.data());
  return picture;
}

constexpr std::array<image::Colour, 8> kBoxColours{
    {{255, 64, 64}, {64, 200, 64}, {80, 140, 255}, {255, 200, 0}, {255, 0, 255}, {0, 220, 220}, {255, 140, 0}, {255, 255, 255}}};
constexpr image::Colour kDark{0, 0, 0};

struct DrawnBox {
  box::Box box;
  int64_t class_id = 0;
};

image::Rect pixels_of(const box::Box& box, const image::Image& picture) {
  const auto edge = [](float fraction, int side) { return std::clamp(static_cast<int>(std::lround(fraction * static_cast<float>(side))), 0, side); };
  const int x0 = edge(box.x0, picture.width), y0 = edge(box.y0, picture.height);
  return {.x = x0, .y = y0, .width = std::max(1, edge(box.x1, picture.width) - x0), .height = std::max(1, edge(box.y1, picture.height) - y0)};
}

bool is_near(const box::Box& a, const box::Box& b) {
  constexpr float kNear = 1e-3F;  // chosen: rounding of the encoding is below, a pixel of 300 above
  return std::abs(a.y0 - b.y0) < kNear && std::abs(a.x0 - b.x0) < kNear && std::abs(a.y1 - b.y1) < kNear && std::abs(a.x1 - b.x1) < kNear;
}

/// What the row's targets say: each box once, as its default boxes give it back. `matched`: these default boxes.
std::vector<DrawnBox> boxes_of_targets(const Targets& targets, int64_t row, std::span<const box::Box> anchors, std::vector<DrawnBox>& matched) {
  std::vector<DrawnBox> found;
  const auto* const classes = targets.classes.data_ptr<int64_t>() + row * std::ssize(anchors);
  const auto* const offsets = targets.offsets.data_ptr<float>() + 4 * row * std::ssize(anchors);
  for (size_t a = 0; a < anchors.size(); ++a) {
    if (classes[a] == 0) continue;
    const DrawnBox one{.box = box::decode({offsets[4 * a], offsets[4 * a + 1], offsets[4 * a + 2], offsets[4 * a + 3]}, anchors[a]), .class_id = classes[a]};
    matched.push_back({.box = anchors[a], .class_id = classes[a]});
    if (std::ranges::none_of(found, [&](const DrawnBox& other) { return other.class_id == one.class_id && is_near(other.box, one.box); })) found.push_back(one);
  }
  return found;
}

image::SheetCell cell_with_boxes(const Batch& batch, int64_t row, std::span<const std::string> class_names, const BoxDrawing& drawing) {
  image::SheetCell cell{.picture = picture_of(batch.images, row, 1)};
  std::vector<DrawnBox> boxes, matched;
  if (batch.targets.classes.defined()) {
    expect_shape(batch.targets.classes, {batch.images.size(0), std::ssize(drawing.anchors)}, "classes");
    boxes = boxes_of_targets(batch.targets, row, drawing.anchors, matched);
  }
  if (!batch.truths.empty()) {
    boxes.clear();
    for (const Object& object : batch.truths[static_cast<size_t>(row)].objects) boxes.push_back({.box = object.box, .class_id = object.class_id});
  }
  const auto colour = [](int64_t class_id) { return kBoxColours[static_cast<size_t>(class_id - 1) % kBoxColours.size()]; };
  if (drawing.with_matches) {
    for (const DrawnBox& one : matched) image::frame(cell.picture, pixels_of(one.box, cell.picture), colour(one.class_id), 1);
  }
  for (const DrawnBox& one : boxes) {
    const image::Rect area = pixels_of(one.box, cell.picture);
    const std::string& name = class_names[static_cast<size_t>(one.class_id)];
    image::frame(cell.picture, area, colour(one.class_id), 2);
    image::fill(cell.picture, {.x = area.x, .y = area.y, .width = image::text_width(name) + 2, .height = 12}, colour(one.class_id));
    image::text(cell.picture, area.x + 1, area.y, name, kDark);
  }
  cell.caption = {format_count(std::ssize(boxes)) + (boxes.size() == 1 ? " box" : " boxes")};
  if (drawing.with_matches) cell.caption.front() += fmt::format(", {} default", format_count(std::ssize(matched)));
  return cell;
}

}  // namespace

std::vector<image::SheetCell> batch_cells(const Batch& batch, std::span<const std::string> class_names, const BoxDrawing& boxes) {
  expect_shape(batch.images, {kAny, kAny, kAny, 3}, "images");
  const int64_t count = batch.images.size(0);
  if (batch.targets.classes.defined() || !batch.truths.empty()) {
    std::vector<image::SheetCell> with_boxes;
    for (int64_t row = 0; row < count; ++row) with_boxes.push_back(cell_with_boxes(batch, row, class_names, boxes));
    return with_boxes;
  }
  expect_shape(batch.targets.labels, {count}, "labels");
  const bool is_mixed = batch.targets.lambda.defined();
  const auto name = [&](const Tensor& labels, int64_t row) {
    const int64_t label = labels[row].item<int64_t>();
    FOVEA_CHECK(label >= 0 && label < static_cast<int64_t>(class_names.size()), "label {} of {} classes", label, class_names.size());
    return class_names[static_cast<size_t>(label)];
  };
  std::vector<image::SheetCell> cells;
  for (int64_t row = 0; row < count; ++row) {
    const float lambda = is_mixed ? batch.targets.lambda[row].item<float>() : 1.0F;
    image::SheetCell cell{.picture = picture_of(batch.images, row, lambda), .caption = {name(batch.targets.labels, row)}};
    if (is_mixed) {
      cell.caption = {fmt::format("{:.0f} % {}", 100 * lambda, cell.caption.front()),
                      fmt::format("{:.0f} % {}", 100 * (1 - lambda), name(batch.targets.partner_labels, row))};
    }
    cells.push_back(std::move(cell));
  }
  return cells;
}

image::Image pictures_sheet(const std::vector<image::SheetCell>& cells, std::string_view title, bool with_boxes) {
  return image::contact_sheet(cells,
                              {.title = std::string(title), .columns = with_boxes ? kBoxColumns : kColumns, .cell_px = with_boxes ? kBoxCellPx : kCellPx});
}

std::vector<std::byte> batch_sheet(const Batch& batch, std::span<const std::string> class_names, std::string_view title) {
  return image::encode_png(pictures_sheet(batch_cells(batch, class_names), title));
}

}  // namespace fovea::data
