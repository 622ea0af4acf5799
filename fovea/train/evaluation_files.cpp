#include "fovea/train/evaluation_files.h"

#include "fovea/base/strings.h"
#include "fovea/train/csv_tables.h"
#include "fovea/train/detection_files.h"
#include "fovea/train/worst_pictures.h"

#include <utility>

namespace fovea::train {
namespace {

constexpr int kWorstSide = 192;  // pixels; chosen: the report shows them at 160

/// A number that there is none of (spec 1.8: no ground truth of that size) is null.
io::OrderedJson scores_json(const metrics::Scores& scores) {
  io::OrderedJson json = io::OrderedJson::object();
  for (const metrics::Figure& figure : metrics::figures(scores))
    json[std::string(figure.name)] = figure.value < 0 ? io::OrderedJson(nullptr) : io::OrderedJson(figure.value);
  json["loss"] = metrics::loss(scores);
  json["images"] = metrics::images(scores);
  return json;
}

std::string per_class_csv(const metrics::ClassificationScores& scores, const std::vector<std::string>& names) {
  std::string text = "class,name,images,correct,accuracy,predicted,precision,most_confused_with,times\n";
  const int64_t k = scores.num_outputs();
  const auto cell = [&](int64_t truth, int64_t predicted) { return scores.confusion()[static_cast<size_t>(truth * k + predicted)]; };
  const auto share = [](int64_t part, int64_t whole) {
    return whole > 0 ? fmt::format("{:.6f}", static_cast<double>(part) / static_cast<double>(whole)) : std::string();
  };
  for (int64_t c = 0; c < k; ++c) {
    int64_t images = 0, predicted = 0, worst = -1;
    for (int64_t other = 0; other < k; ++other) {
      images += cell(c, other);
      predicted += cell(other, c);
      if (other != c && cell(c, other) > 0 && (worst < 0 || cell(c, other) > cell(c, worst))) worst = other;
    }
    if (images == 0 && predicted == 0) continue;  // the unused background class, for one
    const auto name = [&](int64_t index) { return csv_cell(names[static_cast<size_t>(index)]); };
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", c, name(c), images, cell(c, c), share(cell(c, c), images), predicted, share(cell(c, c), predicted),
                        worst < 0 ? "" : name(worst), worst < 0 ? 0 : cell(c, worst));
  }
  return text;
}

void write_mistakes(const fs::path& folder, const metrics::ClassificationScores& scores, const data::Dataset& dataset) {
  const std::vector<std::string>& names = dataset.info().class_names;
  std::vector<WorstPicture> pictures;
  for (const metrics::Mistake& mistake : scores.mistakes()) {
    pictures.push_back({.sample = mistake.sample,
                        .entry = {{"truth", names[static_cast<size_t>(mistake.truth)]},
                                  {"predicted", names[static_cast<size_t>(mistake.predicted)]},
                                  {"p_truth", mistake.p_truth},
                                  {"p_predicted", mistake.p_predicted},
                                  {"loss", mistake.loss}},
                        .draw = {}});
  }
  write_worst_pictures(folder, dataset, pictures, kWorstSide);
}

void write_details(const fs::path& folder, const metrics::ClassificationScores& scores, const data::Dataset& dataset) {
  write_atomically(folder / "per_class.csv", per_class_csv(scores, dataset.info().class_names));
  write_atomically(folder / "confusion.csv", confusion_csv(scores.confusion(), static_cast<size_t>(scores.num_outputs())));
  write_mistakes(folder, scores, dataset);
}

void write_details(const fs::path& folder, const metrics::DetectionScores& scores, const data::Dataset& dataset) {
  write_detection_files(folder, scores, dataset);
}

}  // namespace

io::OrderedJson evaluation_json(const EvaluationRecord& record) {
  io::OrderedJson json{{"step", record.step}, {"epoch", record.epoch}};
  json.update(scores_json(record.counting().scores));
  if (const auto* detections = std::get_if<metrics::DetectionScores>(&record.counting().scores)) json.update(detection_json(*detections));
  json["weights"] = &record.counting() == record.ema ? "ema" : "raw";
  double seconds = 0;
  for (const auto& [name, evaluation] : {std::pair("raw", record.raw), std::pair("ema", record.ema)}) {
    if (evaluation == nullptr) continue;
    json[name] = scores_json(evaluation->scores);
    seconds += evaluation->seconds;
  }
  json["skipped"] = record.counting().skipped.size();
  json["seconds"] = seconds;
  return json;
}

std::vector<Scalar> evaluation_scalars(const EvaluationRecord& record) {
  std::vector<Scalar> scalars;
  const auto add = [&scalars](const std::string& group, const metrics::Scores& scores) {
    for (const metrics::Figure& figure : metrics::figures(scores)) {
      if (figure.value >= 0) scalars.push_back({fmt::format("{}/{}", group, figure.name), figure.value});
    }
    scalars.push_back({group + "/loss", metrics::loss(scores)});
  };
  add("val", record.raw->scores);
  scalars.push_back({"val/images", static_cast<double>(metrics::images(record.raw->scores))});
  scalars.push_back({"perf/eval_seconds", record.raw->seconds});
  if (record.ema != nullptr) add("val_ema", record.ema->scores);
  return scalars;
}

EvaluationSummary evaluation_summary(const EvaluationRecord& record, double seconds, int64_t best_step) {
  const metrics::Scores& scores = record.counting().scores;
  EvaluationSummary summary{.step = record.step,
                            .figures = metrics::figures(scores),
                            .loss = metrics::loss(scores),
                            .images = metrics::images(scores),
                            .seconds = seconds,
                            .best_step = best_step};
  if (record.ema != nullptr) {
    summary.other = metrics::figures((record.counts_ema ? record.raw : record.ema)->scores).front().value;
    summary.other_name = record.counts_ema ? "raw" : "ema";
  }
  return summary;
}

void write_evaluation(const fs::path& folder, const EvaluationRecord& record, const data::Dataset& dataset) {
  make_directories(folder);
  std::visit([&](const auto& scores) { write_details(folder, scores, dataset); }, record.counting().scores);
  write_atomically(folder / "metrics.json", io::json_text(evaluation_json(record), 2));  // last: where it stands, the others do too
}

}  // namespace fovea::train
