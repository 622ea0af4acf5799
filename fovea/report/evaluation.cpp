#include "fovea/report/evaluation.h"

#include "fovea/base/strings.h"
#include "fovea/report/csv.h"
#include "fovea/report/html.h"
#include "fovea/report/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace fovea::report {

namespace {

constexpr int64_t kMaxTableBytes = int64_t{32} << 20;     // chosen: 50,000 cells of a confusion matrix are below 1 MB
constexpr size_t kMaxClasses = 100'000;                   // chosen: above every public set for classification
constexpr int64_t kMaxPictureBytes = int64_t{256} << 10;  // chosen: a 500-pixel JPEG is 30 to 100 KB
constexpr size_t kMaxPicturesBytes = size_t{3} << 19;     // all together, encoded: keeps the page below 3 MB
constexpr size_t kMaxWorst = 48;
constexpr std::string_view kPrefix = "step-";

// Newest first.
std::vector<std::pair<int64_t, fs::path>> evaluation_folders(const fs::path& run, std::optional<int64_t> max_step) {
  std::vector<std::pair<int64_t, fs::path>> folders;
  std::error_code ignored;
  for (fs::directory_iterator it(run / "eval", ignored), end; it != end; it.increment(ignored)) {
    const std::string name = it->path().filename().string();
    const auto step = name.starts_with(kPrefix) ? parse_int(std::string_view(name).substr(kPrefix.size())) : std::nullopt;
    if (step && *step >= 0 && (!max_step || *step <= *max_step)) folders.emplace_back(*step, it->path());
  }
  std::sort(folders.rbegin(), folders.rend());
  return folders;
}

int64_t index_of(const std::string& text) { return parse_int(trim(text)).value_or(-1); }
int64_t count_of(const std::string& text) { return std::max<int64_t>(0, parse_int(trim(text)).value_or(0)); }

/// class,name,images,correct,accuracy,predicted,precision,most_confused_with,times
ClassScore classified(const CsvRow& row) {
  return {.name = row[1],
          .images = count_of(row[2]),
          .correct = count_of(row[3]),
          .predicted = count_of(row[5]),
          .accuracy = parse_double(trim(row[4])).value_or(0),
          .ap50 = {},
          .precision = parse_double(trim(row[6])),
          .most_confused_with = row[7],
          .times = count_of(row[8])};
}

/// class,id,name,objects,detections,AP,AP50; the last is not in older ones
ClassScore detected(const CsvRow& row) {
  return {.name = row[2],
          .images = count_of(row[3]),
          .predicted = count_of(row[4]),
          .accuracy = parse_double(trim(row[5])).value_or(0),
          .ap50 = row.size() > 6 ? parse_double(trim(row[6])) : std::nullopt};
}

std::vector<ClassScore> read_classes(const fs::path& file, bool is_detection, std::vector<std::string>& notes) {
  std::vector<ClassScore> classes;
  const auto text = text_of(file, kMaxTableBytes, Keep::kBeginning, notes);
  if (!text) return classes;
  size_t odd_rows = 0;
  read_csv(*text, [&](const CsvRow& row) {
    if (row[0] == "class") return;
    const int64_t id = index_of(row[0]);
    if (id < 0 || static_cast<size_t>(id) >= kMaxClasses || row.size() < (is_detection ? 6U : 9U)) {
      ++odd_rows;
      return;
    }
    const auto index = static_cast<size_t>(id);
    if (classes.size() <= index) classes.resize(index + 1);
    classes[index] = is_detection ? detected(row) : classified(row);
  });
  if (odd_rows > 0) notes.push_back(fmt::format("{} damaged rows of per_class.csv were left out.", odd_rows));
  return classes;
}

std::vector<ConfusionCell> read_confusion(const fs::path& file, size_t num_classes, std::vector<std::string>& notes) {
  std::vector<ConfusionCell> cells;
  const auto text = text_of(file, kMaxTableBytes, Keep::kBeginning, notes);
  if (!text) return cells;
  size_t odd_rows = 0;
  const auto limit = static_cast<int64_t>(num_classes);
  read_csv(*text, [&](const CsvRow& row) {
    if (row[0] == "truth") return;
    const ConfusionCell cell =
        row.size() < 3 ? ConfusionCell{} : ConfusionCell{.truth = index_of(row[0]), .predicted = index_of(row[1]), .count = count_of(row[2])};
    const bool is_good = cell.count > 0 && cell.truth >= 0 && cell.truth < limit && cell.predicted >= 0 && cell.predicted < limit;
    if (is_good) {
      cells.push_back(cell);
    } else {
      ++odd_rows;
    }
  });
  if (odd_rows > 0) notes.push_back(fmt::format("{} damaged rows of confusion.csv were left out.", odd_rows));
  return cells;
}

// The name comes from a file: only a plain name below worst/ is followed, so that no other file can get into the page.
std::string picture_of(const fs::path& folder, const std::string& file) {
  const fs::path name = fs::path(file).filename();
  if (fs::path(file) != fs::path("worst") / name || name == "..") return {};
  std::vector<std::string> unsaid;  // a missing picture is a sentence below the caption already
  std::error_code ignored;
  const auto size = fs::file_size(folder / "worst" / name, ignored);
  if (ignored || size > static_cast<uintmax_t>(kMaxPictureBytes)) return {};
  const auto bytes = text_of(folder / "worst" / name, kMaxPictureBytes, Keep::kBeginning, unsaid);
  return bytes ? picture_uri(*bytes) : std::string();
}

std::vector<WorstMistake> read_worst(const fs::path& folder, std::vector<std::string>& notes) {
  std::vector<WorstMistake> worst;
  const auto json = json_of(folder / "worst.json", notes);
  if (!json || !json->is_array()) return worst;
  size_t total = 0;
  for (const io::Json& entry : *json) {
    if (worst.size() == kMaxWorst || total > kMaxPicturesBytes) break;
    WorstMistake mistake{.place = text_in(entry, "place"),
                         .truth = text_in(entry, "truth"),
                         .predicted = text_in(entry, "predicted"),
                         .p_truth = number_in(entry, "p_truth").value_or(0),
                         .p_predicted = number_in(entry, "p_predicted").value_or(0),
                         .errors = errors_text(error_numbers(entry)),
                         .picture = {}};
    mistake.picture = picture_of(folder, text_in(entry, "file"));
    total += mistake.picture.size();
    worst.push_back(std::move(mistake));
  }
  return worst;
}

}  // namespace

std::optional<Evaluation> newest_evaluation(const fs::path& run, std::optional<int64_t> max_step, std::vector<std::string>& notes) {
  for (const auto& [step, folder] : evaluation_folders(run, max_step)) {
    const auto metrics = json_of(folder / "metrics.json", notes);
    if (!metrics || !metrics->is_object()) continue;
    const bool is_detection = metrics->contains("AP");
    Evaluation result{.folder = folder.filename().string(),
                      .step = step,
                      .epoch = number_in(*metrics, "epoch"),
                      .loss = number_in(*metrics, "loss"),
                      .seconds = number_in(*metrics, "seconds"),
                      .score = number_in(*metrics, is_detection ? "AP" : "top1"),
                      .second = number_in(*metrics, is_detection ? "AP50" : "top5"),
                      .is_detection = is_detection,
                      .images = count_in(*metrics, "images"),
                      .weights = text_in(*metrics, "weights"),
                      .classes = {},
                      .confusion = {},
                      .worst = {},
                      .detection = {}};
    result.classes = read_classes(folder / "per_class.csv", is_detection, notes);
    result.confusion = read_confusion(folder / "confusion.csv", result.classes.size(), notes);
    result.worst = read_worst(folder, notes);
    if (is_detection) {
      if (!result.classes.empty()) result.classes.front().name = "background";  // output 0, which the table of classes leaves out
      result.detection = read_detection_evaluation(folder, *metrics, notes);
    }
    return result;
  }
  return std::nullopt;
}

}  // namespace fovea::report
