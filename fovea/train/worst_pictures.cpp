#include "fovea/train/worst_pictures.h"

#include "fovea/image/decode.h"
#include "fovea/image/resample.h"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

void write_worst_pictures(const fs::path& folder, const data::Dataset& dataset, std::span<const WorstPicture> pictures, int side_px) {
  if (pictures.empty()) return;
  make_directories(folder / "worst");
  io::OrderedJson list = io::OrderedJson::array();
  for (const WorstPicture& each : pictures) {
    const std::string file = fmt::format("worst/{:02}.jpg", list.size());
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
}

}  // namespace fovea::train
