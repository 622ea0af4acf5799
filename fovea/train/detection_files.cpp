#include "fovea/train/detection_files.h"

#include "fovea/metrics/ap_by_class.h"
#include "fovea/train/csv_tables.h"
#include "fovea/train/error_drawing.h"
#include "fovea/train/worst_pictures.h"

#include <fmt/format.h>

#include <map>
#include <span>
#include <utility>

namespace fovea::train {
namespace {

constexpr size_t kWorstPictures = 12;  // chosen: with the next one about 1 MB of the report, which stays below 3
constexpr int kWorstSide = 480;        // pixels; chosen: labels can be read, and the report shows three side by side

std::string cell_of(double score) { return score < 0 ? std::string() : fmt::format("{:.6f}", score); }

std::string per_class_csv(const metrics::DetectionScores& scores, const data::DatasetInfo& info) {
  const metrics::CocoResult& result = scores.result();
  std::map<int64_t, int64_t> objects, detections;  // of each class, by its id in the source
  for (const io::CocoTruth& truth : scores.truths()) objects[truth.category_id] += truth.is_crowd ? 0 : 1;
  for (const io::CocoDetection& seen : scores.detections()) ++detections[seen.category_id];
  std::string text = "class,id,name,objects,detections,AP,AP50\n";
  for (int64_t c = 0; c < result.classes(); ++c) {
    const auto output = static_cast<size_t>(c + 1);
    const int64_t id = info.class_ids[output];
    text += fmt::format("{},{},{},{},{},{},{}\n", output, id, csv_cell(info.class_names[output]), objects[id], detections[id], cell_of(result.class_ap(c)),
                        cell_of(result.class_ap50(c)));
  }
  return text;
}

/// One row for each recall; a class without objects has no column.
std::string curves_csv(const metrics::CocoResult& result, const data::DatasetInfo& info) {
  std::vector<std::vector<double>> columns;
  std::string text = "recall,mean 0.50:0.95,mean 0.50,mean 0.75";
  for (const double iou : {0.0, 0.5, 0.75}) columns.push_back(result.mean_curve(iou));
  if (columns.front().empty()) return text + "\n";
  for (int64_t c = 0; c < result.classes(); ++c) {
    std::vector<double> curve = result.curve(c);
    if (curve.empty()) continue;
    text += "," + csv_cell(info.class_names[static_cast<size_t>(c + 1)]);
    columns.push_back(std::move(curve));
  }
  text += "\n";
  for (int64_t r = 0; r < metrics::kCocoRecalls; ++r) {
    text += fmt::format("{:.2f}", static_cast<double>(r) / (metrics::kCocoRecalls - 1));
    for (const std::vector<double>& column : columns) text += fmt::format(",{:.5f}", column[static_cast<size_t>(r)]);
    text += "\n";
  }
  return text;
}

std::string errors_csv(const metrics::DetectionScores& scores, const data::DatasetInfo& info) {
  std::string text = "class,id,name,objects,detections,right,localisation_errors,class_errors,duplicates,background_errors,missed\n";
  const std::vector<metrics::ErrorCounts> counts = errors_by_class(scores.coco(), scores.errors());
  for (size_t c = 0; c < counts.size(); ++c) {
    const metrics::ErrorCounts& own = counts[c];
    text += fmt::format("{},{},{},{},{},{},{}\n", c + 1, info.class_ids[c + 1], csv_cell(info.class_names[c + 1]), own.truths, own.detections, own.right,
                        fmt::join(own.errors, ","));
  }
  return text;
}

void write_worst(const fs::path& folder, const metrics::DetectionScores& scores, const data::Dataset& dataset) {
  std::vector<WorstPicture> pictures;
  for (const metrics::PictureErrors& each : worst_pictures(scores.coco(), scores.errors(), kWorstPictures)) {
    io::OrderedJson entry{{"weight", each.weight}};
    for (size_t kind = 0; kind < metrics::kErrorKinds; ++kind) entry[std::string(metrics::kErrorNames[kind])] = each.errors[kind];
    pictures.push_back({.sample = scores.sample_of(each.image_id), .entry = std::move(entry), .draw = error_drawing(scores, each.image_id)});
  }
  write_worst_pictures(folder, dataset, pictures, kWorstSide);
}

}  // namespace

io::OrderedJson detection_json(const metrics::DetectionScores& scores) {
  io::OrderedJson json;
  json["AP_by_class"] = ap_by_class(scores.result(), std::span(scores.class_names()).subspan(1), scores.coco().category_ids());
  const metrics::ErrorCounts all = scores.error_counts();
  io::OrderedJson& errors = json["errors"] = {{"score_min", scores.errors().score_min},
                                              {"objects", all.truths},
                                              {"detections", all.detections},
                                              {"right", all.right},
                                              {"precision", all.precision()},
                                              {"recall", all.recall()},
                                              {"F1", all.f1()}};
  for (size_t kind = 0; kind < metrics::kErrorKinds; ++kind) errors[std::string(metrics::kErrorNames[kind])] = all.errors[kind];
  if (!scores.diagnosis().empty()) json["diagnosis"] = scores.diagnosis();
  return json;
}

void write_detection_files(const fs::path& folder, const metrics::DetectionScores& scores, const data::Dataset& dataset) {
  const data::DatasetInfo& info = dataset.info();
  write_atomically(folder / "per_class.csv", per_class_csv(scores, info));
  write_atomically(folder / "pr.csv", curves_csv(scores.result(), info));
  write_atomically(folder / "errors.csv", errors_csv(scores, info));
  write_atomically(folder / "confusion.csv", confusion_csv(scores.errors().confusion, scores.class_names().size()));
  io::write_coco_results(folder / "detections.json", scores.detections());
  write_worst(folder, scores, dataset);
}

}  // namespace fovea::train
