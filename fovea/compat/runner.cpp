// habana_model_runner.py (spec 5).
#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/compat/arguments.h"
#include "fovea/compat/runner_config.h"
#include "fovea/compat/training.h"

namespace fovea::compat {

namespace {

std::string_view script_of(std::string_view model) {
  if (model == "resnet_estimator") return "imagenet_main.py";
  if (model == "resnet_keras") return "resnet_ctl_imagenet_main.py";
  if (model == "ssd_resnet34") return "ssd.py";
  fail(ErrorCode::kUsage, "--model {}: expected resnet_estimator, resnet_keras or ssd_resnet34; Fovea trains no other of the runner's models", model);
}

}  // namespace

Translation translate_model_runner(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Program& program = find_program("habana_model_runner");
  std::vector<std::string> notes;
  const Given given = read_arguments(program, arguments, notes);
  const std::optional<std::string> model = given.text("model"), file = given.text("hb_config");
  if (!model || !file) {
    fail(ErrorCode::kUsage, Advice{"fovea compat habana_model_runner.py --model resnet_estimator --hb_config FILE"},
         "habana_model_runner.py: --model and --hb_config must both be given");
  }
  const std::string_view script = script_of(*model);
  const RunnerConfig config = read_runner_config(surroundings.read_file(*file), *file, surroundings.environment);
  if (config.model != *model) {
    fail(ErrorCode::kConfig, Advice{fmt::format("--model {}", config.model)}, "{}: its model is \"{}\", but --model is \"{}\"", *file, config.model, *model);
  }
  notes.push_back(fmt::format("{} stands for: {} {}", *file, script, join(config.arguments, " ")));
  Surroundings inside = surroundings;
  inside.assigned = config.environment;
  Translation translation;
  try {
    translation = translate(script, config.arguments, inside);
  } catch (const Error& error) {  // the arguments are the file's, not the user's
    fail(ErrorCode::kConfig, Advice{error.advice()}, "{}: {}", *file, error.what());
  }
  translation.notes.insert(translation.notes.begin(), notes.begin(), notes.end());
  return translation;
}

}  // namespace fovea::compat
