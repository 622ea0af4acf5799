#include "fovea/cli/checkpoint_convert.h"

#include "fovea/base/strings.h"
#include "fovea/recipe/keys.h"
#include "fovea/recipe/recipe.h"
#include "fovea/train/convert_weights.h"

#include <array>

namespace fovea::cli {

namespace {

bool is_weight_file_name(const fs::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".safetensors" || ending == ".pth" || ending == ".pt";
}

std::vector<std::string> read_classes(const fs::path& path) {
  std::vector<std::string> names = split(read_text(path), '\n');
  if (!names.empty() && trim(names.back()).empty()) names.pop_back();  // behind the last line's end
  for (std::string& name : names) name = trim(name);
  return names;
}

train::WeightFile open_source(const ConvertArguments& wanted) {
  if (wanted.weights.empty()) return train::WeightFile(wanted.source);
  return train::WeightFile(wanted.source, wanted.weights == "ema" ? train::Weights::kEma : train::Weights::kRaw);
}

void to_file(const ConvertArguments& wanted, Console& console) {
  const std::array<std::pair<const char*, bool>, 5> others{{{"--recipe", !wanted.recipe.empty()},
                                                            {"--config", !wanted.files.empty()},
                                                            {"--set", !wanted.settings.empty()},
                                                            {"--classes", !wanted.classes.empty()},
                                                            {"--allow-partial", wanted.allow_partial}}};
  for (const auto& [flag, is_given] : others) {
    if (is_given) fail(ErrorCode::kUsage, Advice{"a DEST without .safetensors, .pth or .pt for a checkpoint folder"}, "{} is for writing a checkpoint", flag);
  }
  const train::WeightFile file = open_source(wanted);
  train::export_weights(file, wanted.target);
  console.print("wrote {}: {} tensors of {}\n", wanted.target, file.rows().size(), file.title());
  const auto differs = [&](const char* key, const char* value) {
    const auto found = file.recipe().find(key);
    return found != file.recipe().end() && found->second != value;
  };
  if (differs("model.padding", "symmetric") || differs("model.stem", "imagenet"))
    console.print("note: model.padding or model.stem is not torchvision's (symmetric, imagenet): the names are, but its code computes something else\n");
}

void to_checkpoint(const ConvertArguments& wanted, Console& console) {
  if (wanted.recipe.empty()) {
    fail(
        ErrorCode::kUsage, Advice{fmt::format("fovea checkpoint convert {} {} --recipe RECIPE --set model.name=NETWORK", wanted.source, wanted.target)},
        "--recipe is needed: a file of weights does not say which network it is of and how pictures are prepared (or give DEST an ending: .safetensors, .pth)");
  }
  const train::WeightFile file = open_source(wanted);
  recipe::Sources sources{
      .recipe = wanted.recipe, .files = {wanted.files.begin(), wanted.files.end()}, .overrides = recipe::environment_overrides(console.environment)};
  for (const std::string& setting : wanted.settings) sources.overrides.push_back(recipe::parse_setting(setting));
  const recipe::Recipe recipe = recipe::load_recipe(sources);
  train::ImportOptions options{.model = recipe.model,
                               .recipe = recipe::flat(recipe),
                               .global_batch = recipe.train.batch_size,
                               .seed = recipe.train.seed,
                               .allows_partial = wanted.allow_partial};
  if (!wanted.classes.empty()) options.classes = read_classes(wanted.classes);
  const train::InitReport report = train::import_weights(file, wanted.target, options);
  for (const std::string& warning : report.warnings) console.err << "warning: " << warning << '\n';
  console.print("wrote {}: {}\n", wanted.target, report.sentence());
}

}  // namespace

CLI::App* ConvertArguments::add_to(CLI::App& parser) {
  CLI::App* command = parser.add_subcommand("convert", "write weights as .safetensors or .pth, or make a checkpoint from such a file");
  command->add_option("source", source, "run, checkpoint, or file of weights")->required()->type_name("SOURCE");
  command->add_option("dest", target, "FILE.safetensors, FILE.pth, or a folder for a checkpoint; must not exist")->required()->type_name("DEST");
  command->add_option("--weights", weights, "raw or ema (default: what the recipe evaluates)")->check(CLI::IsMember({"raw", "ema"}))->type_name("WHICH");
  command->add_option("--recipe", recipe, "checkpoint: recipe that says what the network is and how it sees pictures")->type_name("RECIPE");
  command->add_option("-c,--config", files, "YAML file with changes to the recipe; may be repeated")->type_name("FILE")->expected(1)->take_all();
  command->add_option("--set", settings, "set any key of the recipe; may be repeated")->type_name("KEY=VALUE")->expected(1)->take_all();
  command->add_option("--classes", classes, "checkpoint: names of the outputs, one a line (default: their numbers)")->type_name("FILE");
  command->add_flag("--allow-partial", allow_partial, "checkpoint: also when fewer than 90 % of the backbone's tensors fit");
  return command;
}

void convert(const ConvertArguments& wanted, Console& console) {
  if (is_weight_file_name(wanted.target)) return to_file(wanted, console);
  to_checkpoint(wanted, console);
}

}  // namespace fovea::cli
