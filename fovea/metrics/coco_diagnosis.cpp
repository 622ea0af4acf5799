#include "fovea/metrics/coco_diagnosis.h"

#include "fovea/base/strings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace fovea::metrics {

namespace {

constexpr double kNearZero = 0.01;  // chosen: below it the cause is more likely in the files than in the network
constexpr size_t kPictures = 1000;  // chosen: enough to tell, and seconds at most
constexpr double kOverlap = 0.5;    // IoU from which a detection is on a truth
constexpr double kMore = 0.1;       // chosen: a reading is named when it finds this share of the truths more,
constexpr double kTimes = 2;        // and so many times as many
constexpr double kFits = 0.5;       // chosen: of what a right reading finds, mistakes of a weak detector taken off

enum class Form { kSize, kCorners, kCentre };

/// What the four numbers of a box may have been meant as.
struct Reading {
  std::string_view name;
  Form form;
  bool is_swapped;  // y before x
};
constexpr std::array kReadings{
    Reading{"[x, y, width, height]", Form::kSize, false},
    Reading{"[y, x, height, width]", Form::kSize, true},
    Reading{"corners [x0, y0, x1, y1]", Form::kCorners, false},
    Reading{"corners [y0, x0, y1, x1]", Form::kCorners, true},
    Reading{"[centre x, centre y, width, height]", Form::kCentre, false},
    Reading{"[centre y, centre x, height, width]", Form::kCentre, true},
};

struct Picture {
  double width = 0, height = 0;
  std::vector<const io::CocoTruth*> truths;  // without crowds
  std::vector<const io::CocoDetection*> detections;
};

io::CocoBox box_as(const io::CocoBox& written, const Reading& reading, bool is_fraction, const Picture& picture) {
  io::CocoBox box = written;
  if (reading.is_swapped) box = {box.y, box.x, box.height, box.width};
  if (reading.form == Form::kCorners) box = {box.x, box.y, box.width - box.x, box.height - box.y};
  if (reading.form == Form::kCentre) box = {box.x - box.width / 2, box.y - box.height / 2, box.width, box.height};
  return is_fraction ? io::CocoBox{box.x * picture.width, box.y * picture.height, box.width * picture.width, box.height * picture.height} : box;
}

// The first pictures with truths that count.
std::vector<Picture> pictures_with_truths(const io::CocoInstances& instances, std::span<const io::CocoDetection> detections) {
  std::vector<Picture> pictures;
  std::unordered_map<int64_t, size_t> chosen;
  for (const io::CocoTruth& truth : instances.truths) {
    if (truth.is_crowd || (pictures.size() == kPictures && !chosen.contains(truth.image_id))) continue;
    const auto [place, is_new] = chosen.emplace(truth.image_id, pictures.size());
    if (is_new) pictures.emplace_back();
    pictures[place->second].truths.push_back(&truth);
  }
  for (const io::CocoPicture& each : instances.pictures) {
    if (const auto found = chosen.find(each.id); found != chosen.end()) {
      pictures[found->second].width = static_cast<double>(each.width);
      pictures[found->second].height = static_cast<double>(each.height);
    }
  }
  for (const io::CocoDetection& each : detections) {
    if (const auto found = chosen.find(each.image_id); found != chosen.end()) pictures[found->second].detections.push_back(&each);
  }
  return pictures;
}

using Fits = std::function<bool(int64_t detection_category, int64_t truth_category)>;

/// Share of the truths that have a detection on them, of a class that fits.
double share_found(const std::vector<Picture>& pictures, const Reading& reading, bool is_fraction, const Fits& fits) {
  int64_t found = 0, all = 0;
  for (const Picture& picture : pictures) {
    std::vector<std::pair<io::CocoBox, int64_t>> boxes;
    for (const io::CocoDetection* each : picture.detections) boxes.emplace_back(box_as(each->box, reading, is_fraction, picture), each->category_id);
    for (const io::CocoTruth* truth : picture.truths) {
      ++all;
      found += std::ranges::any_of(boxes, [&](const auto& box) { return fits(box.second, truth->category_id) && coco_iou(box.first, truth->box) >= kOverlap; });
    }
  }
  return all == 0 ? 0 : static_cast<double>(found) / static_cast<double>(all);
}

bool is_far_better(double share, double before) { return share >= before + kMore && share >= before * kTimes; }

/// What the category ids may have been meant as.
struct Numbering {
  std::string text;
  std::function<int64_t(int64_t id)> meant;
};

std::vector<Numbering> numberings(const io::CocoInstances& instances) {
  std::vector<int64_t> ids;
  for (const io::CocoCategory& each : instances.categories) ids.push_back(each.id);
  std::ranges::sort(ids);
  const auto numbered_from = [ids](int64_t first) {
    return [ids, first](int64_t id) { return id >= first && id - first < std::ssize(ids) ? ids[static_cast<size_t>(id - first)] : -1; };
  };
  return {{"as positions in the list of categories by ascending id, from 0", numbered_from(0)},
          {"as positions in the list of categories by ascending id, from 1", numbered_from(1)},
          {"as one too high", [](int64_t id) { return id - 1; }},
          {"as one too low", [](int64_t id) { return id + 1; }}};
}

int64_t pictures_with(std::span<const io::CocoDetection> detections) {
  std::unordered_set<int64_t> ids;
  for (const io::CocoDetection& each : detections) ids.insert(each.image_id);
  return std::ssize(ids);
}

/// Mean over the truths.
double best_iou(const std::vector<Picture>& pictures) {
  double sum = 0;
  int64_t truths = 0;
  for (const Picture& picture : pictures) {
    for (const io::CocoTruth* truth : picture.truths) {
      double best = 0;
      for (const io::CocoDetection* each : picture.detections) best = std::max(best, coco_iou(each->box, truth->box));
      sum += best;
      ++truths;
    }
  }
  return truths == 0 ? 0 : sum / static_cast<double>(truths);
}

std::string percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

}  // namespace

bool is_near_zero(const CocoResult& result) {
  const double ap = result.numbers()[0];
  return ap != kNoTruth && ap < kNearZero;
}

std::vector<std::string> diagnose_coco(const io::CocoInstances& instances, std::span<const io::CocoDetection> detections, DetectionSource source) {
  const bool is_network = source == DetectionSource::kNetwork;
  if (detections.empty()) return {"there are no detections"};
  const std::vector<Picture> pictures = pictures_with_truths(instances, detections);
  const Fits any_class = [](int64_t, int64_t) { return true; };
  const double as_written = share_found(pictures, kReadings[0], false, any_class);

  const auto all_pictures = std::max<int64_t>(1, std::ssize(instances.pictures));
  std::vector<std::string> sentences{fmt::format(
      "{} in {} of {} ({:.3g} a picture); the best IoU of a truth with a detection of any class is {:.2g} on average",
      format_count(std::ssize(detections), "detection"), format_count(pictures_with(detections)), format_count(std::ssize(instances.pictures), "picture"),
      static_cast<double>(detections.size()) / static_cast<double>(all_pictures), best_iou(pictures))};
  Reading reading = kReadings[0];
  bool is_fraction = false;
  double best = as_written;
  for (const bool fraction : {false, true}) {
    for (const Reading& each : kReadings) {
      const double share = share_found(pictures, each, fraction, any_class);
      if (share <= best || !is_far_better(share, as_written)) continue;
      best = share;
      reading = each;
      is_fraction = fraction;
    }
  }
  if (best > as_written) {
    sentences.push_back(fmt::format("the boxes look like {}{}: read so, detections of any class are on {} of the truths, as they stand on {}; {}", reading.name,
                                    is_fraction ? " as fractions of the picture" : "", percent(best), percent(as_written),
                                    is_network
                                        ? "the network may have been trained on coordinates in another order: fovea data show draws the boxes of a data set"
                                        : "write [x, y, width, height] in pixels of the original picture"));
  }

  const double same_class = share_found(pictures, reading, is_fraction, std::equal_to<int64_t>());
  if (same_class < kFits * best) {
    const Numbering* numbering = nullptr;
    double renumbered = same_class;
    const std::vector<Numbering> all = numberings(instances);
    for (const Numbering& each : all) {
      const double share = share_found(pictures, reading, is_fraction, [&](int64_t id, int64_t truth) { return each.meant(id) == truth; });
      if (share <= renumbered || !is_far_better(share, same_class)) continue;
      renumbered = share;
      numbering = &each;
    }
    const std::string found =
        fmt::format("detections of any class are on {} of the truths, those of the right class on {}", percent(best), percent(same_class));
    sentences.push_back(numbering == nullptr ? fmt::format("the classes do not fit: {}; {}", found,
                                                           is_network ? "the network confuses them, or has other classes than the data"
                                                                      : "the classes are confused, or numbered in another way than the annotations")
                                             : fmt::format("the category ids do not fit: {}; read {} on {}: {}", found, numbering->text, percent(renumbered),
                                                           is_network ? "the network may have been trained on classes that are numbered differently"
                                                                      : "write the ids of the annotations"));
  }
  if (sentences.size() == 1) {
    sentences.push_back(
        fmt::format("detections of any class are on {} of the truths (IoU 0.5 or more), those of the right class on {}; no other order of "
                    "coordinates or numbering of classes fits better",
                    percent(as_written), percent(same_class)));
  }
  return sentences;
}

}  // namespace fovea::metrics
