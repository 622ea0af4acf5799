#include "fovea/data/show.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/image/decode.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace fovea::data {
namespace {

constexpr int kColumns = 8;   // chosen: 64 pictures make a square
constexpr int kCellPx = 160;  // chosen: small pictures are enlarged, large ones still recognised

/// Row `row` of [N, H, W, 3], mixed with its partner.
image::Image picture_of(const Tensor& images, int64_t row, float lambda) {
  const int64_t partner = lambda < 1 ? row ^ 1 : row;
  const Tensor mixed = lambda < 1 ? images[row].to(at::kFloat) * lambda + images[partner].to(at::kFloat) * (1 - lambda) : images[row];
  const Tensor levels = mixed.is_floating_point() ? mixed.round().clamp(0, 255).to(at::kByte).contiguous() : mixed.contiguous();
  image::Image picture(static_cast<int>(images.size(2)), static_cast<int>(images.size(1)));
  std::copy_n(levels.data_ptr<uint8_t>(), picture.pixels.size(), picture.pixels.data());
  return picture;
}

/// What a caption says of many objects: "7 RBC, 1 WBC".
std::string counts_text(const Truth& truth, std::span<const std::string> class_names) {
  std::map<int64_t, int64_t> counts;
  for (const Object& object : truth.objects) ++counts[object.class_id];
  std::vector<std::string> parts;
  for (const auto& [class_id, count] : counts) parts.push_back(fmt::format("{} {}", count, class_names[static_cast<size_t>(class_id)]));
  return parts.empty() ? "nothing" : join(parts, ", ");
}

void draw_objects(image::Image& picture, const Truth& truth) {
  for (const Object& object : truth.objects) {
    const auto x = [&](float at) { return static_cast<int>(std::lround(at * static_cast<float>(picture.width))); };
    const auto y = [&](float at) { return static_cast<int>(std::lround(at * static_cast<float>(picture.height))); };
    const box::Box& b = object.box;
    image::labelled_frame(picture, {.x = x(b.x0), .y = y(b.y0), .width = x(b.x1) - x(b.x0), .height = y(b.y1) - y(b.y0)}, {},
                          image::class_colour(object.class_id - 1));
  }
}

std::vector<image::SheetCell> detection_cells(const Batch& batch, std::span<const std::string> class_names) {
  std::vector<image::SheetCell> cells;
  for (size_t row = 0; row < batch.truths.size(); ++row) {
    const Truth& truth = batch.truths[row];
    cells.push_back({.picture = picture_of(batch.images, static_cast<int64_t>(row), 1), .caption = {counts_text(truth, class_names)}});
    draw_objects(cells.back().picture, truth);
  }
  return cells;
}

}  // namespace

std::vector<image::SheetCell> batch_cells(const Batch& batch, std::span<const std::string> class_names) {
  expect_shape(batch.images, {kAny, kAny, kAny, 3}, "images");
  if (!batch.truths.empty()) return detection_cells(batch, class_names);
  const int64_t count = batch.images.size(0);
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

image::Image pictures_sheet(const std::vector<image::SheetCell>& cells, std::string_view title) {
  return image::contact_sheet(cells, {.title = std::string(title), .columns = kColumns, .cell_px = kCellPx});
}

std::vector<std::byte> batch_sheet(const Batch& batch, std::span<const std::string> class_names, std::string_view title) {
  return image::encode_png(pictures_sheet(batch_cells(batch, class_names), title));
}

}  // namespace fovea::data
