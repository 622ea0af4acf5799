// fovea predict RUN|CHECKPOINT PICTURES...
#include "fovea/apply/classifier.h"
#include "fovea/apply/trained_model.h"
#include "fovea/base/strings.h"
#include "fovea/cli/output_file.h"
#include "fovea/cli/predict_objects.h"
#include "fovea/cli/weight_arguments.h"
#include "fovea/data/image_folder.h"
#include "fovea/image/decode.h"
#include "fovea/image/draw.h"
#include "fovea/io/json.h"

#include <algorithm>

namespace fovea::cli {

namespace {

struct PredictArguments {
  std::string path, out, annotations, device = "cpu";
  WeightArguments weights;
  std::vector<std::string> pictures;
  int64_t top = 5;
  double score_min = 0.3;  // chosen: what a person would call found
  bool as_json = false;
  Overwrite overwrite;
};

/// Files, folders (all pictures below them) and patterns, in that order, each once.
std::vector<fs::path> picture_files(const std::vector<std::string>& wanted) {
  std::vector<fs::path> files;
  const auto add = [&](const fs::path& file) {
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  };
  for (const std::string& text : wanted) {
    std::error_code ignored;  // what cannot be looked at is reported by glob, or by whoever reads it
    const std::vector<fs::path> matches = fs::exists(text, ignored) ? std::vector<fs::path>{text} : glob(text);
    if (matches.empty()) fail(ErrorCode::kMissing, "nothing is called \"{}\"", text);
    for (const fs::path& match : matches) {
      if (!fs::is_directory(match, ignored)) {
        add(match);
        continue;
      }
      std::vector<fs::path> inside;
      std::error_code error;
      for (auto each = fs::recursive_directory_iterator(match, error); !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
        const fs::directory_entry& entry = *each;
        if (entry.is_regular_file() && data::is_picture_name(entry.path().filename().string())) inside.push_back(entry.path());
      }
      if (error)
        fail(ErrorCode::kIo, Advice{"check the permissions of the folders in it"}, "cannot look into all of \"{}\": {}", match.string(), error.message());
      std::sort(inside.begin(), inside.end());
      if (inside.empty()) fail(ErrorCode::kMissing, "there is no picture (by its name a JPEG or PNG) below \"{}\"", match.string());
      std::for_each(inside.begin(), inside.end(), add);
    }
  }
  return files;
}

std::string json_line(const apply::Prediction& prediction) {
  io::OrderedJson json{{"file", prediction.file.string()}};
  if (!prediction.problem.empty()) {
    json["error"] = prediction.problem;
  } else {
    for (const apply::Guess& guess : prediction.guesses) json["top"].push_back({{"class", guess.name}, {"p", guess.probability}});
  }
  return io::json_text(json) + "\n";
}

/// Messages about a file name it already; those about what is in it do not.
std::string naming(const fs::path& file, const std::string& message) {
  return message.find(file.string()) == std::string::npos ? fmt::format("{}: {}", one_line(file.string()), message) : message;
}

/// The whole picture. Evaluation may have read only the middle of it, so damage elsewhere is found here: a grey square and a warning then.
image::Image sheet_picture(const fs::path& file, Console& console) {
  try {
    return image::decode(read_bytes(file));
  } catch (const Error& error) {
    console.err << fmt::format("warning: grey on the sheet: {}\n", naming(file, error.what()));
    constexpr int kGreyPx = 32;  // chosen: any size, the sheet scales it
    image::Image grey(kGreyPx, kGreyPx);
    image::fill(grey, {.width = kGreyPx, .height = kGreyPx}, {128, 128, 128});
    return grey;
  }
}

image::Image sheet(const std::vector<apply::Prediction>& predictions, const apply::TrainedModel& trained, Console& console) {
  constexpr size_t kMost = 120;        // chosen: a sheet that a picture viewer still opens at once
  constexpr size_t kMostGuesses = 10;  // chosen: captions no higher than the pictures; the help says it
  std::vector<image::SheetCell> cells;
  for (const apply::Prediction& prediction : predictions) {
    if (!prediction.problem.empty() || cells.size() == kMost) continue;
    image::SheetCell cell{.picture = sheet_picture(prediction.file, console),
                          .caption = {(prediction.file.parent_path().filename() / prediction.file.filename()).string()}};
    for (size_t i = 0; i < std::min(kMostGuesses, prediction.guesses.size()); ++i)
      cell.caption.push_back(fmt::format("{} {:.0f} %", prediction.guesses[i].name, 100 * prediction.guesses[i].probability));
    cells.push_back(std::move(cell));
  }
  const std::string more = predictions.size() > kMost ? fmt::format(", the first {} of {}", kMost, predictions.size()) : "";
  return image::contact_sheet(cells, {.title = fmt::format("{} step {}{}", trained.identity.model, trained.step, more)});
}

}  // namespace

int run_predict(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("predict", "Apply a run (its best checkpoint) or one checkpoint to pictures.");
  PredictArguments wanted;
  parser->add_option("path", wanted.path, "run folder or checkpoint folder")->required()->type_name("RUN|CHECKPOINT");
  parser->add_option("pictures", wanted.pictures, "files, folders, or patterns such as 'photos/*.jpg'")->required()->type_name("PICTURE...");
  CLI::Option* top = parser->add_option("--top", wanted.top, "classes: guesses for each picture (default 5); the sheet has 10 at most");
  top->check(CLI::Range(1, 100000))->type_name("K");
  CLI::Option* score_min = parser->add_option("--min-score", wanted.score_min, "objects: what is less sure is neither listed nor drawn (default 0.3)");
  score_min->check(CLI::Range(0.0, 1.0))->type_name("P");
  CLI::Option* out = parser->add_option(
      "--out", wanted.out,
      "folder for predictions.jsonl and, of a classifier, sheet.png, the pictures with their labels; of a detector, detections.json (as COCO's "
      "results) and the pictures with boxes");
  out->type_name("DIR");
  CLI::Option* annotations =
      parser->add_option("--annotations", wanted.annotations,
                         "objects: COCO's JSON that lists the pictures; detections.json takes its image_id by file name (default: the numbers "
                         "that the files are named by, else places in the list)");
  annotations->type_name("FILE")->needs(out);
  wanted.overwrite.add_to(*parser);
  wanted.weights.add_to(*parser);
  parser->add_option("--device", wanted.device, "cpu, cuda or cuda:N")->type_name("DEVICE");
  parser->add_flag("--json", wanted.as_json, "one JSON object a line instead of the table");
  if (!parse(*parser, arguments, console)) return 0;

  Log log = console_log(console);
  apply::TrainedModel trained =
      apply::load_trained(wanted.path, {.pick = wanted.weights.pick(), .weights = wanted.weights.weights(), .device = device_from(wanted.device)}, log);
  if (trained.model->task() == data::Task::kDetect) {
    if (top->count() > 0) fail(ErrorCode::kUsage, Advice{"--min-score"}, "--top is for classes of whole pictures; {} finds objects", trained.identity.model);
    const std::vector<fs::path> files = picture_files(wanted.pictures);
    return predict_objects(
        apply::Detector(std::move(trained)), files,
        {.folder = wanted.out, .score_min = wanted.score_min, .as_json = wanted.as_json, .annotations = wanted.annotations, .overwrite = wanted.overwrite},
        console);
  }
  if (score_min->count() > 0)
    fail(ErrorCode::kUsage, Advice{"--top"}, "--min-score is for detectors; {} tells classes of whole pictures", trained.identity.model);
  if (annotations->count() > 0) fail(ErrorCode::kUsage, "--annotations is for detectors; {} tells classes of whole pictures", trained.identity.model);
  const fs::path lines_file = fs::path(wanted.out) / "predictions.jsonl", sheet_file = fs::path(wanted.out) / "sheet.png";
  if (!wanted.out.empty()) {
    wanted.overwrite.expect_place(lines_file);
    wanted.overwrite.expect_place(sheet_file);
  }
  const apply::Classifier classifier(std::move(trained));
  const std::vector<apply::Prediction> predictions = classifier.classify_each(picture_files(wanted.pictures), wanted.top);

  std::string lines;
  std::vector<std::vector<std::string>> rows;
  std::string problems;
  for (const apply::Prediction& prediction : predictions) {
    lines += json_line(prediction);
    if (!prediction.problem.empty()) {
      problems += fmt::format("error: {}\n", naming(prediction.file, prediction.problem));
      continue;
    }
    std::vector<std::string> guesses;
    for (const apply::Guess& guess : prediction.guesses) guesses.push_back(fmt::format("{} {:.1f} %", guess.name, 100 * guess.probability));
    rows.push_back({prediction.file.string(), join(guesses, ", ")});
  }
  if (wanted.as_json) {
    console.out << lines;
  } else if (!rows.empty()) {
    console.out << format_table(std::vector<Column>{{"picture"}, {"guesses"}}, rows);
  }
  if (!wanted.out.empty()) {
    make_directories(wanted.out);
    wanted.overwrite.write(lines_file, as_bytes(lines));
    wanted.overwrite.write(sheet_file, image::encode_png(sheet(predictions, classifier.trained(), console)));
    console.err << "wrote " << lines_file.string() << " and " << sheet_file.string() << '\n';
  }
  if (!problems.empty()) console.err << problems << advice_about_pictures(rows.empty());
  return problems.empty() ? 0 : static_cast<int>(ErrorCode::kData);
}

}  // namespace fovea::cli
