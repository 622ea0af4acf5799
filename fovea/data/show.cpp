#include "fovea/data/show.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/image/decode.h"

#include <algorithm>
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

image::Rect pixels_of(const box::Box& box, const image::Image& picture) {
  const auto edge = [](float fraction, int side) { return std::clamp(static_cast<int>(std::lround(fraction * static_cast<float>(side))), 0, side); };
  const int x0 = edge(box.x0, picture.width), y0 = edge(box.y0, picture.height);
  return {.x = x0, .y = y0, .width = std::max(1, edge(box.x1, picture.width) - x0), .height = std::max(1, edge(box.y1, picture.height) - y0)};
}

/// Frames the default boxes that answer for an object. returns how many there are
int64_t draw_matches(image::Image& picture, const Batch& batch, int64_t row, std::span<const box::Box> anchors) {
  expect_shape(batch.targets.classes, {batch.images.size(0), std::ssize(anchors)}, "classes");
  const auto* const classes = batch.targets.classes.data_ptr<int64_t>() + row * std::ssize(anchors);
  int64_t matched = 0;
  for (size_t a = 0; a < anchors.size(); ++a) {
    if (classes[a] == 0) continue;
    image::frame(picture, pixels_of(anchors[a], picture), image::class_colour(classes[a] - 1), 1);
    ++matched;
  }
  return matched;
}

image::SheetCell cell_with_boxes(const Batch& batch, int64_t row, std::span<const std::string> class_names, const BoxDrawing& drawing) {
  image::SheetCell cell{.picture = picture_of(batch.images, row, 1)};
  const std::vector<Object>& objects = batch.truths[static_cast<size_t>(row)].objects;
  cell.caption = {format_count(std::ssize(objects)) + (objects.size() == 1 ? " box" : " boxes")};
  if (drawing.with_matches) cell.caption.front() += fmt::format(", {} default", format_count(draw_matches(cell.picture, batch, row, drawing.anchors)));
  for (const Object& object : objects) {
    const auto class_id = static_cast<size_t>(object.class_id);
    image::labelled_frame(cell.picture, pixels_of(object.box, cell.picture), class_names[class_id], image::class_colour(object.class_id - 1));
  }
  return cell;
}

}  // namespace

std::vector<image::SheetCell> batch_cells(const Batch& batch, std::span<const std::string> class_names, const BoxDrawing& boxes) {
  expect_shape(batch.images, {kAny, kAny, kAny, 3}, "images");
  const int64_t count = batch.images.size(0);
  if (!batch.truths.empty()) {
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
