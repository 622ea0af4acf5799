// habana_model_runner.py (spec 5).
#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/compat/arguments.h"
#include "fovea/compat/runner_config.h"
#include "fovea/compat/training.h"

#include <algorithm>
#include <array>

namespace fovea::compat {

namespace {

std::string_view script_of(std::string_view model) {
  if (model == "resnet_estimator") return "imagenet_main.py";
  if (model == "resnet_keras") return "resnet_ctl_imagenet_main.py";
  fail(ErrorCode::kUsage, "--model {}: expected resnet_estimator or resnet_keras; Fovea trains no other of the runner's models", model);
}

// Of the accelerator's framework, or the allocator, which is part of the program.
bool has_no_meaning(std::string_view line) {
  constexpr std::array<std::string_view, 5> kBeginnings{"LD_PRELOAD=", "TF_", "HABANA_", "HBN_", "HCL_"};
  return std::ranges::any_of(kBeginnings, [&](std::string_view beginning) { return line.starts_with(beginning); });
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
  inside.environment.insert(inside.environment.end(), config.environment.begin(), config.environment.end());
  Translation translation;
  try {
    translation = translate(script, config.arguments, inside);
  } catch (const Error& error) {  // the arguments are the file's, not the user's
    fail(ErrorCode::kConfig, Advice{error.advice()}, "{}: {}", *file, error.what());
  }
  std::vector<std::string> set, unset;
  for (const std::string& line : config.environment) (has_no_meaning(line) ? unset : set).push_back(line);
  for (Command& command : translation.commands) command.environment = set;
  for (std::string& line : unset) line = line.substr(0, line.find('='));
  std::erase(unset, "TF_ENABLE_BF16_CONVERSION");  // it became --precision
  if (!unset.empty()) notes.push_back(fmt::format("not set, because they are the framework's: {}", join(unset, ", ")));
  translation.notes.insert(translation.notes.begin(), notes.begin(), notes.end());
  return translation;
}

}  // namespace fovea::compat
