// What the evaluation of a detector left beside the scores: precision over recall, kinds of errors, why AP is near zero.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/json.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::report {

/// A kind of error, as in metrics.json and, in this order, the last columns of errors.csv.
struct ErrorKind {
  std::string_view key, title, meaning;
};
inline constexpr std::array<ErrorKind, 5> kErrorKinds{{
    {"localisation", "localisation", "right class, but the box overlaps the object too little (IoU 0.1 to 0.5)"},
    {"class", "class", "the box lies on an object of another class"},
    {"duplicate", "duplicate", "a second box on an object that was found already"},
    {"background", "background", "there is no object (IoU below 0.1)"},
    {"missed", "missed", "an object without a box, not even a misplaced one"},
}};
using ErrorNumbers = std::array<int64_t, kErrorKinds.size()>;

/// "2 missed, 1 background": kinds without any are left out.
std::string errors_text(const ErrorNumbers& errors);

struct ClassErrors {
  std::string name;
  int64_t objects = 0, detections = 0, right = 0;  ///< detections: with a score from score_min on
  ErrorNumbers errors{};
};

struct PrecisionCurve {
  std::string name;
  std::vector<double> precision;  ///< at DetectionEvaluation::recalls
};

struct DetectionEvaluation {
  std::vector<std::string> diagnosis;  ///< sentences, where AP is near zero; not escaped
  std::optional<double> score_min, precision, recall, f1;
  std::vector<ClassErrors> errors;
  std::vector<double> recalls;
  std::vector<PrecisionCurve> means, classes;  ///< means: over the classes, for IoU 0.50:0.95, 0.50 and 0.75
};

/// The counts of the kinds that an object of metrics.json or worst.json has.
ErrorNumbers error_numbers(const io::Json& json);

/// folder   RUN/eval/step-N
/// metrics  its metrics.json
/// notes    as newest_evaluation
DetectionEvaluation read_detection_evaluation(const fs::path& folder, const io::Json& metrics, std::vector<std::string>& notes);

}  // namespace fovea::report
