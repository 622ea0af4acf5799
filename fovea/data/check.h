// Looks at a data set before hours are spent on it: every record and picture, or a quick part of them.
#pragma once

#include "fovea/data/box_statistics.h"
#include "fovea/data/dataset.h"
#include "fovea/io/json.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace fovea::data {

/// kError: training would stop at it. kWarning: the result may not mean what one thinks.
enum class Severity { kError, kWarning };

struct Finding {
  Severity severity = Severity::kError;
  std::string message;  ///< with the place
};

/// One split, as far as it could be read.
struct SplitReport {
  int64_t pictures = 0;
  int64_t readable = 0;
  int64_t bytes = 0;  ///< of the encoded pictures
  DatasetInfo info;
  std::vector<int64_t> class_counts;    ///< [num_outputs] readable pictures; detection: boxes in them
  std::map<int64_t, int64_t> sizes;     ///< lower bound of the short side, a power of two (pixels) -> pictures
  int64_t grey = 0, cmyk = 0, png = 0;  ///< pictures of these kinds
  std::optional<BoxStatistics> boxes;   ///< detection
};

struct CheckReport {
  std::optional<SplitReport> train;
  std::optional<SplitReport> validation;
  std::vector<Finding> findings;  ///< in the order of the samples; at most CheckOptions::max_findings
  int64_t errors = 0;             ///< all, also those not listed
  int64_t warnings = 0;
  int64_t duplicates = 0;   ///< pictures equal to an earlier one of their split
  int64_t overlap = 0;      ///< validation pictures that are training pictures too
  bool is_complete = true;  ///< false when stopped

  [[nodiscard]] std::string text() const;  ///< for people, several lines
  [[nodiscard]] io::OrderedJson json() const;
};

struct CheckOptions {
  int64_t threads = 0;          ///< 0 = one a core
  int64_t max_findings = 1000;  ///< listed; all are counted
  std::stop_token stop;
  std::function<void(int64_t done, int64_t total)> progress;  ///< samples; called from any thread, one call at a time
};

/// Reads and decodes everything at `where`: checksums, decoding, label range, classes without pictures, equal pictures inside a split
/// (content hash), with different labels or boxes, and in both splits; how default boxes fit the boxes. A split that is not there is left out, unless both are.
/// throws what open_dataset throws, except for damage, which becomes findings
CheckReport check_dataset(const std::string& where, const CheckOptions& options);

/// A part of it that takes less than a second: `samples` samples, evenly spread, the same ones every time. Pictures are decoded until a
/// fixed number of pixels is reached, from then on only their headers are read.
/// returns findings of severity kError, in the order of the samples
std::vector<Finding> quick_check(const Dataset& dataset, int64_t samples = 200);

/// {"source": …, "num_outputs": K, "train": {"images": N, "classes": [{"name": …, "count": …}]}, "validation": {…}}: counted from labels that
/// the data sets know without reading pictures; samples whose label cannot be known are in "images" only. nullptr for a split that is not there.
/// Detection: the classes are counted in boxes and have their ids, and "boxes" has BoxStatistics of up to 2,000 pictures.
io::OrderedJson data_statistics(const Dataset* train, const Dataset* validation);

}  // namespace fovea::data
