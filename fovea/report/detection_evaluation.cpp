#include "fovea/report/detection_evaluation.h"

#include "fovea/base/strings.h"
#include "fovea/report/csv.h"
#include "fovea/report/text_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::report {

namespace {

constexpr int64_t kMaxTableBytes = int64_t{32} << 20;  // chosen: pr.csv of 10,000 classes is 8 MB
constexpr size_t kMaxRecalls = 1000;                   // COCO has 101
constexpr size_t kMeans = 3;
constexpr size_t kMaxSentences = 10;

std::vector<ClassErrors> read_errors(const fs::path& file, std::vector<std::string>& notes) {
  constexpr size_t kFirstKind = 6;  // class,id,name,objects,detections,right, then the kinds
  std::vector<ClassErrors> classes;
  const auto text = text_of(file, kMaxTableBytes, Keep::kBeginning, notes);
  if (!text) return classes;
  size_t odd_rows = 0;
  read_csv(*text, [&](const CsvRow& row) {
    if (row[0] == "class") return;
    if (row.size() < kFirstKind + kErrorKinds.size()) {
      ++odd_rows;
      return;
    }
    const auto count = [&](size_t column) { return std::max<int64_t>(0, parse_int(trim(row[column])).value_or(0)); };
    ClassErrors own{.name = row[2], .objects = count(3), .detections = count(4), .right = count(5), .errors = {}};
    for (size_t kind = 0; kind < kErrorKinds.size(); ++kind) own.errors[kind] = count(kFirstKind + kind);
    classes.push_back(std::move(own));
  });
  if (odd_rows > 0) notes.push_back(fmt::format("{} damaged rows of errors.csv were left out.", odd_rows));
  return classes;
}

void read_curves(const fs::path& file, DetectionEvaluation& result, std::vector<std::string>& notes) {
  const auto text = text_of(file, kMaxTableBytes, Keep::kBeginning, notes);
  if (!text) return;
  std::vector<PrecisionCurve> curves;
  bool has_heading = false, is_odd = false;
  read_csv(*text, [&](const CsvRow& row) {
    if (!has_heading) {
      has_heading = true;
      for (size_t i = 1; i < row.size(); ++i) curves.push_back({.name = row[i], .precision = {}});
      return;
    }
    std::vector<std::optional<double>> values;
    for (const std::string& cell : row) values.push_back(parse_double(trim(cell)));
    const auto is_share = [](const std::optional<double>& value) { return value && *value >= 0 && *value <= 1; };
    if (row.size() != curves.size() + 1 || curves.size() < kMeans || !std::ranges::all_of(values, is_share) || result.recalls.size() == kMaxRecalls ||
        (!result.recalls.empty() && *values[0] <= result.recalls.back())) {
      is_odd = true;
      return;
    }
    result.recalls.push_back(*values[0]);
    for (size_t i = 0; i < curves.size(); ++i) curves[i].precision.push_back(*values[i + 1]);
  });
  if (is_odd) notes.emplace_back("Damaged rows of pr.csv were left out.");
  if (result.recalls.empty()) return;
  result.means.assign(curves.begin(), curves.begin() + kMeans);
  result.classes.assign(curves.begin() + kMeans, curves.end());
}

}  // namespace

std::string errors_text(const ErrorNumbers& errors) {
  std::vector<size_t> kinds;
  for (size_t kind = 0; kind < kErrorKinds.size(); ++kind) {
    if (errors[kind] > 0) kinds.push_back(kind);
  }
  std::ranges::stable_sort(kinds, std::ranges::greater{}, [&](size_t kind) { return errors[kind]; });
  std::vector<std::string> parts;
  for (const size_t kind : kinds) parts.push_back(fmt::format("{} {}", format_count(errors[kind]), kErrorKinds[kind].title));
  return join(parts, ", ");
}

ErrorNumbers error_numbers(const io::Json& json) {
  ErrorNumbers errors{};
  for (size_t kind = 0; kind < kErrorKinds.size(); ++kind) errors[kind] = std::max<int64_t>(0, count_in(json, kErrorKinds[kind].key.data()));
  return errors;
}

DetectionEvaluation read_detection_evaluation(const fs::path& folder, const io::Json& metrics, std::vector<std::string>& notes) {
  DetectionEvaluation result;
  if (metrics.contains("errors")) {
    const io::Json& errors = metrics["errors"];
    result.score_min = number_in(errors, "score_min");
    result.precision = number_in(errors, "precision");
    result.recall = number_in(errors, "recall");
    result.f1 = number_in(errors, "F1");
  }
  if (metrics.contains("diagnosis") && metrics["diagnosis"].is_array()) {
    for (const io::Json& sentence : metrics["diagnosis"]) {
      if (sentence.is_string() && result.diagnosis.size() < kMaxSentences) result.diagnosis.push_back(sentence.get<std::string>());
    }
  }
  result.errors = read_errors(folder / "errors.csv", notes);
  read_curves(folder / "pr.csv", result, notes);
  return result;
}

}  // namespace fovea::report
