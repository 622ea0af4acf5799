// fovea data convert | check | show | demo
#include "fovea/base/shell.h"
#include "fovea/base/strings.h"
#include "fovea/box/anchors.h"
#include "fovea/cli/arguments.h"
#include "fovea/cli/open_data.h"
#include "fovea/cli/output_file.h"
#include "fovea/data/check.h"
#include "fovea/data/convert.h"
#include "fovea/data/loader.h"
#include "fovea/data/shapes.h"
#include "fovea/data/show.h"
#include "fovea/image/decode.h"
#include "fovea/io/json.h"
#include "fovea/model/model.h"
#include "fovea/recipe/recipe.h"
#include "fovea/train/signals.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace fovea::cli {

namespace {

// One refreshed line on a terminal; nothing elsewhere, so that log files stay readable.
std::function<void(int64_t, int64_t)> progress_line(Console& console) {
  if (!console.is_terminal) return {};
  return [&console](int64_t done, int64_t total) {
    console.err << fmt::format("\r{} of {} pictures", format_count(done), format_count(total)) << (done == total ? "\n" : "") << std::flush;
  };
}

/// Ctrl-C and the scheduler's signals as a stop token: workers then end at the next picture, and no half file stays.
class SignalledStop {
 public:
  SignalledStop()
      : watcher_([this](const std::stop_token& end) {
          using namespace std::chrono_literals;
          while (!end.stop_requested() && !signals_.requested()) std::this_thread::sleep_for(20ms);  // chosen: no one notices it
          if (signals_.requested()) source_.request_stop();
        }) {}

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  [[nodiscard]] std::string name() const { return std::string(signals_.name()); }

 private:
  train::StopSignals signals_;
  std::stop_source source_;
  std::jthread watcher_;  // last: it uses the others
};

struct ConvertArguments {
  std::string kind, source, output, on_corrupt = "stop", annotations, split;
  data::ConvertOptions options;
};

/// The one split that --annotations and --split are for, if they are given. throws kUsage
std::optional<data::OneSplit> one_split(const ConvertArguments& wanted, data::ConvertKind kind) {
  if (wanted.annotations.empty() && wanted.split.empty()) return std::nullopt;
  const Advice advice{"fovea data convert coco PICTURES OUTPUT --annotations FILE --split train"};
  if (kind != data::ConvertKind::kCoco) fail(ErrorCode::kUsage, advice, "--annotations and --split are for coco, not for {}", wanted.kind);
  if (wanted.annotations.empty() || wanted.split.empty())
    fail(ErrorCode::kUsage, advice, "--annotations and --split go together: SOURCE then is the folder of the pictures of one split");
  const data::OneSplit one{.annotations = wanted.annotations, .split = wanted.split == "train" ? data::Split::kTrain : data::Split::kValidation};
  const data::ShardCounts& shards = wanted.options.shards;
  if ((one.split == data::Split::kTrain ? shards.validation : shards.train) > 0)
    fail(ErrorCode::kUsage, advice, "--split {}: {} is of the other split", wanted.split, one.split == data::Split::kTrain ? "--val-shards" : "--train-shards");
  return one;
}

void convert(Console& console, const ConvertArguments& wanted) {
  const SignalledStop stop;
  data::ConvertOptions options = wanted.options;
  options.on_corrupt = wanted.on_corrupt == "skip" ? data::OnCorrupt::kSkip : data::OnCorrupt::kStop;
  options.stop = stop.token();
  options.progress = progress_line(console);
  const auto kind = static_cast<data::ConvertKind>(std::ranges::find(data::kConvertKindNames, wanted.kind) - data::kConvertKindNames.begin());
  options.one_split = one_split(wanted, kind);
  const data::ConvertResult result = data::convert_dataset(kind, wanted.source, wanted.output, options);
  if (!result.is_complete) {
    fail(ErrorCode::kInterrupted, "stopped by {}: {} of {} shards of \"{}\" are complete", stop.name(), result.shards_complete, result.shards, wanted.output);
  }
  console.print("{}: {} in {}", wanted.output, format_count(result.pictures, "picture"), format_count(result.shards, "shard"));
  if (result.shards_kept > 0) console.print(", {} of them from an earlier call", result.shards_kept);
  console.print("; {} re-encoded as RGB JPEG\n", result.reencoded);
  if (kind == data::ConvertKind::kCoco) {
    const data::BoxTally& boxes = result.boxes;
    console.print("{} ({} of them crowds); dropped: {} without size, {} beyond the right or bottom edge; {} without boxes left out\n",
                  format_count(boxes.kept) + " boxes", format_count(boxes.crowd), format_count(boxes.empty), format_count(boxes.beyond),
                  format_count(boxes.without_boxes, "training picture"));
  }
  for (const std::string& skipped : result.skipped) console.print("left out: {}\n", skipped);
}

int check(Console& console, const std::string& where, data::CheckOptions options, bool as_json) {
  options.progress = progress_line(console);
  const data::CheckReport report = data::check_dataset(where, options);
  if (as_json) {
    console.out << io::json_text(report.json(), 2) << '\n';
  } else {
    console.out << report.text();
  }
  return report.errors == 0 ? 0 : static_cast<int>(ErrorCode::kData);
}

struct ShowArguments {
  std::string where, recipe, out = "samples.png";
  std::vector<std::string> settings;
  int64_t pictures = 32, step = 0;
  bool is_validation = false, with_matches = false;
  Overwrite overwrite;
};

/// What the name of a sheet says that it is to be. throws kUsage
image::Format sheet_format(const fs::path& file) {
  const std::string ending = normal_name(file.extension().string());
  if (ending == ".png") return image::Format::kPng;
  if (ending == ".jpg" || ending == ".jpeg") return image::Format::kJpeg;
  fail(ErrorCode::kUsage, Advice{fmt::format("--out {}.png", file.string())}, "--out: \"{}\" does not end in .png, .jpg or .jpeg", file.string());
}

/// Pictures as the loader gives them, batch by batch, until there are enough or the validation set ends.
std::vector<image::SheetCell> shown_cells(Console& console, const ShowArguments& wanted, const recipe::Recipe& recipe, const data::Dataset& dataset) {
  std::unique_ptr<data::TargetEncoder> encoder;
  if (dataset.info().task == data::Task::kDetect) {
    encoder = model::make_model(recipe.model, {.num_outputs = dataset.info().num_outputs, .seed = std::nullopt})->target_encoder();
    if (!encoder)
      fail(ErrorCode::kConfig, Advice{"--recipe ssd-resnet34"}, "recipe \"{}\" is for pictures of one class, but {}", recipe.name, dataset.info().source);
  }
  const data::LoaderOptions options{.data = recipe.data,
                                    .seed = static_cast<uint64_t>(recipe.train.seed),
                                    .batch = recipe.train.batch_size,  // which pictures a step has depends on it
                                    .threads = data::default_loader_threads(),
                                    .prefetch = 1,
                                    .encoder = encoder.get()};
  const data::BoxDrawing boxes{.anchors = box::default_boxes(box::ssd300_levels(), static_cast<double>(recipe.data.image_size)),
                               .with_matches = wanted.with_matches};
  data::Loader loader = wanted.is_validation ? data::Loader::evaluation(dataset, options) : data::Loader::train(dataset, options, wanted.step);
  std::vector<image::SheetCell> cells;
  while (std::cmp_less(cells.size(), wanted.pictures)) {
    const std::optional<data::Batch> batch = loader.next();
    for (const data::Skipped& skipped : loader.take_skipped()) console.err << "warning: skipped: " << skipped.message << '\n';
    if (!batch) break;
    int64_t rows = std::min(wanted.pictures - static_cast<int64_t>(cells.size()), batch->images.size(0));
    if (batch->targets.lambda.defined()) rows += rows % 2;  // a pair that is mixed stays whole; such a batch is even
    std::ranges::move(data::batch_cells(data::slice(*batch, 0, rows), dataset.info().class_names, boxes), std::back_inserter(cells));
  }
  return cells;
}

void show(Console& console, const ShowArguments& wanted) {
  constexpr int kJpegQuality = 95;  // chosen: no artefact that could be taken for one of the pictures
  const image::Format format = sheet_format(wanted.out);
  wanted.overwrite.expect_place(wanted.out);
  const auto load = [&](const std::string& name) {
    recipe::Sources sources{.recipe = name};
    for (const std::string& setting : wanted.settings) sources.overrides.push_back(recipe::parse_setting(setting));
    return recipe::load_recipe(sources);
  };
  recipe::Recipe recipe = load(wanted.recipe.empty() ? "resnet50-sgd" : wanted.recipe);
  const data::Split split = wanted.is_validation ? data::Split::kValidation : data::Split::kTrain;
  const auto dataset = open_data(wanted.where, split, data::open_options(recipe.data, static_cast<uint64_t>(recipe.train.seed)), console);
  const bool has_boxes = dataset->info().task == data::Task::kDetect;
  if (has_boxes && wanted.recipe.empty()) recipe = load("ssd-resnet34");
  const std::vector<image::SheetCell> cells = shown_cells(console, wanted, recipe, *dataset);
  if (cells.empty()) fail(ErrorCode::kData, "{} has no pictures", dataset->info().source);
  const std::string title = fmt::format("{}, {} of {}", recipe.name, wanted.is_validation ? "validation" : "training", wanted.where);
  const image::Image sheet = data::pictures_sheet(cells, title, has_boxes);
  wanted.overwrite.write(wanted.out, format == image::Format::kPng ? image::encode_png(sheet) : image::encode_jpeg(sheet, kJpegQuality));
  console.print("{}\nwrote {}: {} as the network receives them\n", dataset->info().source, wanted.out,
                format_count(static_cast<int64_t>(cells.size()), "picture"));
}

void demo(Console& console, const std::string& folder, data::ShapesOptions options) {
  const SignalledStop stop;
  options.stop = stop.token();
  options.progress = progress_line(console);
  data::make_shapes(folder, options);
  console.print("made {} training and {} validation pictures of {} shapes, the same ones in both forms:\n  {}/pictures  ({})\n  {}/records   (TFRecords)\n",
                format_count(options.train), format_count(options.val), options.boxes ? data::kSceneShapes.size() : data::kShapeNames.size(), folder,
                options.boxes ? "with their boxes in COCO's JSON" : "class folders", folder);
  console.print("next: fovea train {} --data {} --run-dir {}\n", options.boxes ? "tiny-ssd18" : "tiny-resnet18", shell_quoted(folder + "/pictures"),
                shell_quoted(folder + "/run"));
}

void add_threads(CLI::App* command, int64_t& threads) {
  command->add_option("-j,--threads", threads, "threads (default: one a core)")->check(CLI::Range(1, 1024))->type_name("N");
}

}  // namespace

int run_data(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("data", "Data sets: convert, check, look at, and a small one to begin with.");

  ConvertArguments conversion;
  CLI::App* convert_command = parser->add_subcommand("convert", "pictures to TFRecords; the same command continues after an interruption");
  convert_command
      ->add_option("kind", conversion.kind, "imagenet: folders named by WordNet ids; folder: any class folders; coco: pictures with instances_*.json")
      ->required()
      ->check(CLI::IsMember(data::kConvertKindNames))
      ->type_name("KIND");
  convert_command->add_option("source", conversion.source, "folder with train/ and val/ in it, or with train2017/, val2017/ and annotations/")
      ->required()
      ->type_name("SOURCE");
  convert_command->add_option("output", conversion.output, "folder to write")->required()->type_name("OUTPUT");
  convert_command
      ->add_option("--annotations", conversion.annotations,
                   "coco: the boxes of one split, such as instances_train2017.json; SOURCE then is its folder of pictures")
      ->type_name("FILE");
  convert_command->add_option("--split", conversion.split, "coco, with --annotations: train or val, what the records are for")
      ->check(CLI::IsMember({"train", "val"}))
      ->type_name("SPLIT");
  convert_command->add_option("--train-shards", conversion.options.shards.train, "default 1024, of coco 256; fewer for small sets")
      ->check(CLI::Range(1, 99999))
      ->type_name("N");
  convert_command->add_option("--val-shards", conversion.options.shards.validation, "default 128, of coco 32; fewer for small sets")
      ->check(CLI::Range(1, 99999))
      ->type_name("N");
  convert_command->add_flag("--keep-images-without-boxes", conversion.options.keep_without_boxes,
                            "coco: write training pictures without boxes too, which training would leave out");
  convert_command->add_option("--on-corrupt", conversion.on_corrupt, "at a damaged picture: stop (default), or skip: leave it out and name it")
      ->check(CLI::IsMember({"stop", "skip"}))
      ->type_name("POLICY");
  add_threads(convert_command, conversion.options.threads);

  std::string check_where;
  data::CheckOptions check_options;
  bool check_json = false;
  CLI::App* check_command =
      parser->add_subcommand("check", "read and decode everything: damage, labels, duplicates, overlap; exit code 65 when something is wrong");
  check_command->add_option("data", check_where, "data set")->required()->type_name("DIR");
  check_command->add_option("--max-findings", check_options.max_findings, "findings to list (default 1000); all are counted")
      ->check(CLI::Range(0, 10000000))
      ->type_name("N");
  check_command->add_flag("--json", check_json, "as JSON");
  add_threads(check_command, check_options.threads);

  ShowArguments sheet;
  CLI::App* show_command = parser->add_subcommand("show", "contact sheet of exactly what the network receives");
  show_command->add_option("data", sheet.where, "data set")->required()->type_name("DIR");
  show_command->add_option("--recipe", sheet.recipe, "recipe whose crop, size, filter and batch are used (default resnet50-sgd; for boxes ssd-resnet34)")
      ->type_name("RECIPE");
  show_command->add_option("--set", sheet.settings, "set a key such as data.mixup; may be repeated")->type_name("KEY=VALUE")->expected(1)->take_all();
  show_command->add_option("--pictures", sheet.pictures, "how many, up to 1024 (default 32); of training: also those of the steps that follow")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  show_command->add_option("--step", sheet.step, "training step to begin with (default 0)")->check(CLI::NonNegativeNumber)->type_name("N");
  show_command->add_flag("--validation", sheet.is_validation, "the validation pictures instead of the training ones");
  show_command->add_flag("--matches", sheet.with_matches, "detection: also the default boxes that answer for each box");
  show_command->add_option("-o,--out", sheet.out, "file to write, .png, .jpg or .jpeg (default samples.png)")->type_name("FILE");
  sheet.overwrite.add_to(*show_command);

  std::string demo_folder;
  data::ShapesOptions shapes;
  CLI::App* demo_command = parser->add_subcommand("demo", "make the shapes data set: something to train on without a download");
  demo_command->add_option("folder", demo_folder, "folder to make")->required()->type_name("DIR");
  demo_command->add_option("--seed", shapes.seed, "another seed, other pictures (default 0)")->type_name("N");
  CLI::Option* demo_boxes = demo_command->add_flag("--boxes", shapes.boxes, "several shapes a picture, with boxes: for detection");
  CLI::Option* demo_train =
      demo_command->add_option("--train", shapes.train, "training pictures (default 2000; 400 with --boxes)")->check(CLI::Range(8, 1000000))->type_name("N");
  CLI::Option* demo_val =
      demo_command->add_option("--val", shapes.val, "validation pictures (default 400; 80 with --boxes)")->check(CLI::Range(8, 1000000))->type_name("N");
  demo_command->add_option("--size", shapes.size, "side, pixels (default 64)")->check(CLI::Range(16, 1024))->type_name("PX")->excludes(demo_boxes);
  add_threads(demo_command, shapes.threads);

  if (!parse(*parser, arguments, console)) return 0;
  if (convert_command->parsed()) {
    convert(console, conversion);
  } else if (check_command->parsed()) {
    return check(console, check_where, check_options, check_json);
  } else if (show_command->parsed()) {
    show(console, sheet);
  } else if (demo_command->parsed()) {
    if (shapes.boxes && demo_train->empty()) shapes.train = 400;
    if (shapes.boxes && demo_val->empty()) shapes.val = 80;
    demo(console, demo_folder, shapes);
  } else {
    console.out << parser->help();
  }
  return 0;
}

}  // namespace fovea::cli
