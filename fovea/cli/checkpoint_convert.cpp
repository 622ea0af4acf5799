#include "fovea/cli/checkpoint_convert.h"

#include "fovea/base/strings.h"
#include "fovea/data/coco.h"
#include "fovea/model/tf_names.h"
#include "fovea/recipe/keys.h"
#include "fovea/recipe/recipe.h"
#include "fovea/train/convert_weights.h"
#include "fovea/train/usual_recipe.h"

#include <algorithm>
#include <array>
#include <map>

namespace fovea::cli {

namespace {

struct Classes {
  std::vector<std::string> names;
  std::vector<int64_t> ids;  ///< empty when the file has none
};

/// throws kData for a name that two categories have
Classes read_coco_classes(const fs::path& path) {
  std::map<std::string, int64_t> ids;
  Classes classes;
  for (const data::SourceClass& each : data::coco_classes(io::read_coco_instances(path))) {
    if (const auto [first, is_new] = ids.emplace(each.name, each.id); !is_new)
      fail(ErrorCode::kData, Advice{"a name of its own for every class"}, "\"{}\": the categories {} and {} are both called \"{}\"", path.string(),
           first->second, each.id, one_line(each.name, kShownName));
    classes.names.push_back(each.name);
    classes.ids.push_back(each.id);
  }
  return classes;
}

/// throws kData naming the line of a name that is empty or stands there twice
Classes read_classes(const fs::path& path) {
  if (path.extension() == ".json") return read_coco_classes(path);
  std::vector<std::string> names = split(read_text(path), '\n');
  if (!names.empty() && trim(names.back()).empty()) names.pop_back();  // behind the last line's end
  std::map<std::string, size_t> lines;
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = trim(names[i]);
    const Advice advice{"one name a line, in the order of the outputs"};
    if (names[i].empty()) fail(ErrorCode::kData, advice, "{}:{}: there is no name in this line", path.string(), i + 1);
    if (const auto [first, is_new] = lines.emplace(names[i], i + 1); !is_new)
      fail(ErrorCode::kData, advice, "{}:{}: \"{}\" stands in line {} already", path.string(), i + 1, one_line(names[i], kShownName), first->second);
  }
  return {.names = names};
}

void to_file(const train::WeightFile& file, const ConvertArguments& wanted, Console& console) {
  train::export_weights(file, wanted.target);
  console.print("wrote {}: {} of {}\n", wanted.target, format_count(std::ssize(file.rows()), "tensor"), file.title());
  const bool is_tensorflow = train::is_tensorflow_name(wanted.target);
  if (!is_tensorflow && model::has_detection_head(file.shapes())) return;  // torchvision has no such network
  const Settings usual = train::usual_recipe(is_tensorflow ? train::Maker::kReference : train::Maker::kTorchvision, file.shapes());
  const auto differs = [&](const char* key) {
    const auto found = file.recipe().find(key);
    return found != file.recipe().end() && found->second != usual.at(key);
  };
  if (differs("model.padding") || differs("model.stem"))
    console.print("note: model.padding or model.stem is not that of {} ({}, {}): the names are, but its code computes something else\n",
                  is_tensorflow ? "the reference" : "torchvision", usual.at("model.padding"), usual.at("model.stem"));
}

void to_checkpoint(const train::WeightFile& file, const ConvertArguments& wanted, Console& console) {
  if (wanted.recipe.empty() && (!file.is_ours() || file.recipe().empty())) {
    fail(ErrorCode::kUsage, Advice{fmt::format("fovea checkpoint convert {} {} --recipe RECIPE --set model.name=NETWORK", wanted.source, wanted.target)},
         "--recipe is needed: \"{}\" does not say which network it is of and how pictures are prepared", wanted.source);
  }
  recipe::Sources sources{
      .recipe = wanted.recipe, .files = {wanted.files.begin(), wanted.files.end()}, .overrides = recipe::environment_overrides(console.environment)};
  if (wanted.recipe.empty()) sources.kept = {.settings = file.recipe(), .where = file.path().string()};
  for (const std::string& setting : wanted.settings) sources.overrides.push_back(recipe::parse_setting(setting));
  const recipe::Recipe recipe = recipe::load_recipe(sources);
  train::ImportOptions options{.model = recipe.model,
                               .recipe = recipe::flat(recipe),
                               .global_batch = recipe.train.batch_size,
                               .seed = recipe.train.seed,
                               .allows_partial = wanted.allow_partial};
  if (!wanted.classes.empty()) {
    Classes classes = read_classes(wanted.classes);
    options.classes = std::move(classes.names);
    options.class_ids = std::move(classes.ids);
  }
  const train::InitReport report = train::import_weights(file, wanted.target, options);
  for (const std::string& warning : report.warnings) console.err << "warning: " << warning << '\n';
  console.print("wrote {}: {}\n", wanted.target, report.sentence());
}

}  // namespace

CLI::App* ConvertArguments::add_to(CLI::App& parser) {
  CLI::App* command =
      parser.add_subcommand("convert", "write weights as .safetensors, .pth or a checkpoint of TensorFlow, or make a checkpoint from such a file");
  command->add_option("source", source, "run, checkpoint, or file of weights")->required()->type_name("SOURCE");
  command->add_option("dest", target, "FILE.safetensors, FILE.pth, DIR/model.ckpt-STEP (TensorFlow), or a folder for a checkpoint; must not exist")
      ->required()
      ->type_name("DEST");
  weights.add_to(*command);
  command
      ->add_option("--recipe", recipe,
                   "checkpoint: recipe that says what the network is and how it sees pictures (default: the one that Fovea wrote into SOURCE)")
      ->type_name("RECIPE");
  command->add_option("-c,--config", files, "YAML file with changes to the recipe; may be repeated")->type_name("FILE")->expected(1)->take_all();
  command->add_option("--set", settings, "set any key of the recipe; may be repeated")->type_name("KEY=VALUE")->expected(1)->take_all();
  command->add_option("--classes", classes, "checkpoint: names of the outputs, one a line, or an instances_*.json of COCO (default: their numbers)")
      ->type_name("FILE");
  command->add_flag("--allow-partial", allow_partial, "checkpoint: also when tensors are missing or do not fit: they stay as drawn");
  return command;
}

void convert(const ConvertArguments& wanted, Console& console) {
  const bool is_file = train::is_weight_file_name(wanted.target);
  if (!is_file && fs::path(wanted.target).has_extension()) {
    fail(ErrorCode::kUsage,
         Advice{"FILE.safetensors, FILE.pth, FILE.pt or FILE.ckpt; for a checkpoint the name of a folder without an ending, or with / behind it"},
         "\"{}\" ends in none of .safetensors, .pth, .pt and .ckpt", wanted.target);
  }
  const std::array<std::pair<const char*, bool>, 5> for_checkpoints{{{"--recipe", !wanted.recipe.empty()},
                                                                     {"--config", !wanted.files.empty()},
                                                                     {"--set", !wanted.settings.empty()},
                                                                     {"--classes", !wanted.classes.empty()},
                                                                     {"--allow-partial", wanted.allow_partial}}};
  for (const auto& [flag, is_given] : for_checkpoints) {
    if (is_file && is_given) fail(ErrorCode::kUsage, Advice{"a DEST without such an ending for a checkpoint folder"}, "{} is for writing a checkpoint", flag);
  }
  Log log = console_log(console);
  const train::WeightFile file(wanted.source, {.weights = wanted.weights.weights(), .pick = wanted.weights.pick(), .log = &log});
  is_file ? to_file(file, wanted, console) : to_checkpoint(file, wanted, console);
}

}  // namespace fovea::cli
