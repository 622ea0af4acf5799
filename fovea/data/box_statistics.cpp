#include "fovea/data/box_statistics.h"

#include "fovea/base/parallel.h"
#include "fovea/box/anchors.h"
#include "fovea/box/assign.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>

namespace fovea::data {
namespace {

constexpr double kNetworkSide = 300;  // spec 3.3
constexpr float kMinIou = 0.5F;       // spec 3.4
constexpr int64_t kRange = 64;        // pictures handed to a thread at once

int64_t lower_bound_of(double value) { return value < 1 ? 0 : static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(value))); }

void add(BoxGroup& group, const BoxGroup& more) {
  group.boxes += more.boxes;
  group.crowds += more.crowds;
  group.matches += more.matches;
  group.forced += more.forced;
  group.lost += more.lost;
}

void add(BoxStatistics& statistics, const BoxStatistics& more) {
  statistics.pictures += more.pictures;
  for (const auto& [boxes, pictures] : more.per_picture) statistics.per_picture[boxes] += pictures;
  statistics.most = std::max(statistics.most, more.most);
  add(statistics.all, more.all);
  for (size_t i = 0; i < more.classes.size(); ++i) add(statistics.classes[i], more.classes[i]);
  for (const auto& [side, group] : more.by_side) add(statistics.by_side[side], group);
}

void look(std::span<const Object> objects, std::span<const box::Box> anchors, BoxStatistics& statistics) {
  ++statistics.pictures;
  ++statistics.per_picture[lower_bound_of(static_cast<double>(objects.size()))];
  statistics.most = std::max(statistics.most, std::ssize(objects));
  std::vector<box::Box> truths;
  for (const Object& object : objects) truths.push_back(object.box);
  std::vector<BoxGroup> found(objects.size());
  std::vector<bool> is_fit(objects.size());
  const std::vector<int32_t> matched = box::match(truths, anchors, kMinIou);
  for (size_t a = 0; a < matched.size(); ++a) {
    if (matched[a] < 0) continue;
    const auto g = static_cast<size_t>(matched[a]);
    ++found[g].matches;
    if (!is_fit[g]) is_fit[g] = box::iou(truths[g], anchors[a]) >= kMinIou;
  }
  for (size_t g = 0; g < objects.size(); ++g) {
    BoxGroup& group = found[g];
    group.boxes = 1;
    group.crowds = objects[g].is_crowd ? 1 : 0;
    group.lost = group.matches == 0 ? 1 : 0;
    group.forced = group.matches > 0 && !is_fit[g] ? 1 : 0;
    add(statistics.all, group);
    add(statistics.classes[static_cast<size_t>(objects[g].class_id)], group);
    add(statistics.by_side[lower_bound_of(kNetworkSide * std::sqrt(truths[g].area()))], group);
  }
}

io::OrderedJson group_json(const BoxGroup& group) {
  return {{"count", group.boxes}, {"crowds", group.crowds}, {"default_boxes", group.matches}, {"forced", group.forced}, {"lost", group.lost}};
}

}  // namespace

BoxStatistics box_statistics(const Dataset& dataset, int64_t most_pictures, int64_t threads, const std::stop_token& stop) {
  const std::vector<box::Box> anchors = box::default_boxes(box::ssd300_levels(), kNetworkSide);
  const int64_t pictures = most_pictures > 0 ? std::min(most_pictures, dataset.size()) : dataset.size();
  BoxStatistics total{.classes = std::vector<BoxGroup>(dataset.info().class_names.size())};
  std::mutex mutex;
  for_each_index((pictures + kRange - 1) / kRange, threads, stop, [&](int64_t range) {
    BoxStatistics part{.classes = std::vector<BoxGroup>(total.classes.size())};
    for (int64_t i = range * kRange; i < std::min((range + 1) * kRange, pictures) && !stop.stop_requested(); ++i) {
      look(dataset.known_objects(i * dataset.size() / pictures), anchors, part);
    }
    const std::lock_guard lock(mutex);
    add(total, part);
  });
  return total;
}

io::OrderedJson BoxStatistics::json(const DatasetInfo& info) const {
  io::OrderedJson result = group_json(all);
  result["pictures"] = pictures;
  result["most_in_a_picture"] = most;
  result["per_picture"] = io::OrderedJson::object();
  for (const auto& [boxes, count] : per_picture) result["per_picture"][fmt::format("{}", boxes)] = count;
  result["by_side_px"] = io::OrderedJson::object();
  for (const auto& [side, group] : by_side) result["by_side_px"][fmt::format("{}", side)] = group_json(group);
  result["classes"] = io::OrderedJson::array();
  for (size_t output = 1; output < classes.size(); ++output) {
    io::OrderedJson entry{{"name", info.class_names[output]}, {"id", info.class_ids[output]}};
    entry.update(group_json(classes[output]));
    result["classes"].push_back(std::move(entry));
  }
  return result;
}

}  // namespace fovea::data
