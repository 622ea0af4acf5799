#include "fovea/train/worst_pictures.h"

#include "fovea/image/decode.h"
#include "fovea/image/resample.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace fovea::train {
namespace {

std::vector<std::byte> drawn(const data::Dataset& dataset, const WorstPicture& worst, int side_px) {
  constexpr int kQuality = 90;  // chosen: thin lines stay clear
  const data::Sample sample = dataset.get(worst.sample);
  const image::Image whole = sample.picture ? *sample.picture : image::decode(sample.encoded);
  const double scale = std::min(1.0, static_cast<double>(side_px) / std::max(whole.width, whole.height));
  const auto side = [&](int pixels) { return std::max(1, static_cast<int>(pixels * scale)); };
  image::Image small = scale == 1.0 ? whole : image::resized(whole, side(whole.width), side(whole.height), image::Filter::kBilinear);
  if (worst.draw) worst.draw(small, scale);
  return image::encode_jpeg(small, kQuality);
}

std::string file_name(size_t place) { return fmt::format("worst/{:02}.jpg", place); }

bool was_removed(const fs::path& file) {
  std::error_code error;
  const bool was_there = fs::remove(file, error);
  if (error) fail(ErrorCode::kIo, "cannot remove \"{}\", which an earlier evaluation left: {}", file.string(), error.message());
  return was_there;
}

void remove_pictures_from(const fs::path& folder, size_t place) {
  while (was_removed(folder / file_name(place))) ++place;
}

}  // namespace

void write_worst_pictures(const fs::path& folder, const data::Dataset& dataset, std::span<const WorstPicture> pictures, int side_px) {
  if (pictures.empty()) {
    (void)was_removed(folder / "worst.json");
    remove_pictures_from(folder, 0);
    return;
  }
  make_directories(folder / "worst");
  io::OrderedJson list = io::OrderedJson::array();
  for (const WorstPicture& each : pictures) {
    const std::string file = file_name(list.size());
    try {
      write_atomically(folder / file, std::span<const std::byte>(drawn(dataset, each, side_px)));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kData) throw;
      continue;
    }
    io::OrderedJson entry{{"file", file}, {"place", dataset.place(each.sample)}};
    entry.update(each.entry);
    list.push_back(std::move(entry));
  }
  write_atomically(folder / "worst.json", io::json_text(list, 1));
  remove_pictures_from(folder, list.size());
}

}  // namespace fovea::train
