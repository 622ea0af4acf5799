// fovea export RUN|CHECKPOINT -o FILE
#include "fovea/apply/trained_model.h"
#include "fovea/base/strings.h"
#include "fovea/cli/output_file.h"
#include "fovea/cli/version.h"
#include "fovea/cli/weight_arguments.h"
#include "fovea/io/json.h"
#include "fovea/model/onnx.h"
#include "fovea/recipe/keys.h"
#include "fovea/train/checkpoint_store.h"

#include <algorithm>

namespace fovea::cli {

namespace {

struct ExportArguments {
  std::string path, out, input = "levels";
  WeightArguments weights;
  bool softmax = false;
  Overwrite overwrite;
};

/// As the run's files tell; nothing for a checkpoint that stands alone, or beside files that cannot be read: export does not need them.
std::optional<std::string> recipe_name(const fs::path& run) {
  try {
    recipe::Recipe recipe;
    const fs::path file = run / "config.yaml";
    recipe::apply_yaml(recipe, read_text(file), file.string());
    return recipe.name;
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// What the run measured of this checkpoint.
std::optional<train::CheckpointInfo> measured(const fs::path& run, int64_t step) {
  const std::vector<train::CheckpointInfo> all = train::list_checkpoints(run);
  const auto ours = std::ranges::find(all, step, &train::CheckpointInfo::step);
  return ours == all.end() || !ours->score ? std::nullopt : std::optional(*ours);
}

/// The keys of docs/export.md, "What the file says of itself".
std::map<std::string, std::string> metadata_of(const apply::TrainedModel& trained, const std::string& input) {
  std::map<std::string, std::string> result{{"fovea_version", std::string(kVersion)},
                                            {"model", trained.identity.model},
                                            {"step", fmt::format("{}", trained.step)},
                                            {"weights", trained.weights == train::Weights::kEma ? "ema" : "raw"},
                                            {"classes", io::json_text(io::Json(trained.identity.classes))},
                                            {"input", input},
                                            {"channel_order", "RGB"},
                                            {"value_range", "[0, 255]"}};
  const std::map<std::string, std::string> settings = recipe::flat(trained.recipe);
  for (const std::string key : {"image_size", "eval_crop", "eval_resize", "filter", "pixels", "mean", "std"}) result[key] = settings.at("data." + key);
  const std::optional<fs::path> run = trained.run();
  if (!run) return result;
  if (const auto name = recipe_name(*run)) result["recipe"] = *name;
  // evaluations count the weights that the recipe says
  const auto score = trained.weights == trained.recipe.train.evaluate ? measured(*run, trained.step) : std::nullopt;
  if (score) result[score->metric] = fmt::format("{}", *score->score);
  return result;
}

void expect_name(const fs::path& file) {
  if (file.extension() != ".onnx")
    fail(ErrorCode::kUsage, Advice{"a name that ends in .onnx; fovea checkpoint convert writes .safetensors and .pth"},
         "\"{}\" does not end in .onnx, the format that is written", file.string());
  std::error_code ignored;  // what cannot be looked at is found out when it is written
  if (const fs::path folder = file.parent_path(); !folder.empty() && !fs::is_directory(folder, ignored))
    fail(ErrorCode::kCannotCreate, Advice{"make it first, or write elsewhere"}, "there is no folder \"{}\"", folder.string());
}

}  // namespace

int run_export(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("export", "Write a run (its best checkpoint) or one checkpoint as an ONNX file, for other programs to apply.");
  ExportArguments wanted;
  parser->add_option("path", wanted.path, "run folder or checkpoint folder")->required()->type_name("RUN|CHECKPOINT");
  parser->add_option("-o,--out", wanted.out, "file to write")->required()->type_name("FILE.onnx");
  wanted.weights.add_to(*parser);
  parser->add_option("--input", wanted.input, "levels: RGB 0..255, mean and deviation are in the graph (default); normalised: the caller applies them")
      ->check(CLI::IsMember({"levels", "normalised"}))
      ->type_name("WHAT");
  parser->add_flag("--softmax", wanted.softmax, "a second output: probabilities");
  wanted.overwrite.add_to(*parser);
  if (!parse(*parser, arguments, console)) return 0;
  expect_name(wanted.out);
  wanted.overwrite.expect_place(wanted.out);

  Log log = console_log(console);
  const apply::TrainedModel trained = apply::load_trained(wanted.path, {.pick = wanted.weights.pick(), .weights = wanted.weights.weights()}, log);
  const int64_t side = trained.recipe.data.image_size;
  model::OnnxOptions graph{.image_size = side, .probabilities = wanted.softmax};
  if (wanted.input == "levels") graph.pixels = trained.options.pixels;
  const io::OnnxModel onnx{.producer = "fovea",
                           .producer_version = std::string(kVersion),
                           .graph = model::onnx_graph(*trained.model, graph),
                           .metadata = metadata_of(trained, wanted.input)};
  const std::string bytes = io::onnx_bytes(onnx);
  wanted.overwrite.write(wanted.out, as_bytes(bytes));

  console.print("wrote {}, {}: {} of {}, {} weights, opset {}\n", wanted.out, format_bytes(static_cast<double>(bytes.size())), trained.identity.model,
                trained.checkpoint.filename().string(), onnx.metadata.at("weights"), io::kOnnxOpset);
  console.print("input images [N, 3, {}, {}] float32, {}; output{} [N, {}]\n", side, side, graph.pixels ? "RGB levels 0..255" : "RGB, (level - mean) / std",
                wanted.softmax ? "s logits and probabilities" : " logits", trained.identity.num_outputs);
  return 0;
}

}  // namespace fovea::cli
