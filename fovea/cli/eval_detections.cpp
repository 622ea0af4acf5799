#include "fovea/cli/eval_detections.h"

#include "fovea/base/strings.h"
#include "fovea/data/coco.h"
#include "fovea/io/coco_json.h"
#include "fovea/io/json.h"
#include "fovea/metrics/ap_by_class.h"
#include "fovea/metrics/coco_diagnosis.h"
#include "fovea/metrics/coco_scores.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <unordered_set>
#include <utility>

namespace fovea::cli {

namespace {

std::unordered_set<int64_t> pictures_with_detections(const std::vector<io::CocoDetection>& detections) {
  std::unordered_set<int64_t> ids;
  for (const io::CocoDetection* last = nullptr; const io::CocoDetection& each : detections) {
    if (last == nullptr || last->image_id != each.image_id) ids.insert(each.image_id);  // those of a picture mostly stand together
    last = &each;
  }
  return ids;
}

// pycocotools refuses them too, without naming one.
void check_pictures(const DetectionFiles& files, const io::CocoInstances& instances, const std::unordered_set<int64_t>& used) {
  std::unordered_set<int64_t> known;
  for (const io::CocoPicture& each : instances.pictures) known.insert(each.id);
  std::set<int64_t> unknown;
  std::ranges::copy_if(used, std::inserter(unknown, unknown.end()), [&](int64_t id) { return !known.contains(id); });
  if (unknown.empty()) return;
  std::vector<std::string> names;
  for (const int64_t id : unknown) names.push_back(fmt::format("{}", id));
  fail(ErrorCode::kData, Advice{"write the id that the annotations give a picture, not its position, or give the annotations of the same pictures"},
       "the ids do not match: \"{}\" has detections in {}, of which {} not in \"{}\": image_id {}", files.results, format_count(std::ssize(used), "picture"),
       unknown.size() == 1 ? "1 is" : format_count(std::ssize(unknown)) + " are", files.instances, join_first(names));
}

void warn_of_oddities(const io::CocoInstances& instances, const metrics::CocoResult& result, Log& log) {
  if (result.left_out() > 0) {
    log.warning("{} left out: the annotations do not list their category_id", format_count(result.left_out(), "detection"));
  }
  if (instances.areas_absent > 0) {
    log.warning("{} without \"area\": width x height stands in for it, so APs, APm, APl, ARs, ARm and ARl may differ from those of the full annotations",
                format_count(instances.areas_absent, "annotation"));
  }
  if (instances.zero_ids > 0) log.warning("an annotation has the id 0: pycocotools takes a match with it for no match, Fovea does not");
}

}  // namespace

void eval_detections(const DetectionFiles& files, bool as_json, Console& console) {
  const auto start = std::chrono::steady_clock::now();
  auto reading = std::async(std::launch::async, [&] { return io::read_coco_instances(files.instances); });
  std::vector<io::CocoDetection> detections = io::read_coco_results(files.results);
  const io::CocoInstances instances = reading.get();
  const std::unordered_set<int64_t> used = pictures_with_detections(detections);
  check_pictures(files, instances, used);

  std::vector<int64_t> category_ids;
  for (const io::CocoCategory& each : instances.categories) category_ids.push_back(each.id);
  metrics::CocoScores scores(category_ids);
  scores.add(instances.truths);
  scores.add(std::move(detections));
  const metrics::CocoResult result = scores.compute();
  const std::array<double, 12> numbers = result.numbers();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  const int64_t without = std::ssize(instances.pictures) - std::ssize(used);
  if (as_json) {
    const auto or_null = [](double value) { return value == metrics::kNoTruth ? io::OrderedJson() : io::OrderedJson(value); };
    io::OrderedJson json;
    for (size_t i = 0; i < numbers.size(); ++i) json[std::string(metrics::kCocoNumbers[i].key)] = or_null(numbers[i]);
    json["pictures"] = instances.pictures.size();
    json["pictures_without_detections"] = without;
    json["truths"] = instances.truths.size();
    json["detections"] = scores.detections().size();
    std::vector<std::string> names;
    for (const data::SourceClass& each : data::coco_classes(instances)) names.push_back(each.name);
    json["AP_by_class"] = ap_by_class(result, names, scores.category_ids());
    json["seconds"] = seconds;
    console.print("{}\n", io::json_text(json, 2));
  } else {
    console.print("{}, {}, {} ({} without any)\n", format_count(std::ssize(instances.pictures), "picture"), format_count(std::ssize(instances.truths), "truth"),
                  format_count(std::ssize(scores.detections()), "detection"), format_count(without, "picture"));
    for (size_t i = 0; i < numbers.size(); ++i) console.print("{}\n", metrics::coco_line(metrics::kCocoNumbers[i], numbers[i]));
    std::vector<std::string> without_truth;
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] == metrics::kNoTruth) without_truth.emplace_back(metrics::kCocoNumbers[i].key);
    }
    if (!without_truth.empty()) console.print("{}: no ground truth of this size\n", join(without_truth, ", "));
  }
  Log log = console_log(console);
  warn_of_oddities(instances, result, log);
  if (metrics::is_near_zero(result)) {
    for (const std::string& sentence : metrics::diagnose_coco(instances, scores.detections(), metrics::DetectionSource::kFile)) log.warning("{}", sentence);
  }
}

}  // namespace fovea::cli
