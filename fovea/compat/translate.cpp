#include "fovea/compat/translate.h"

#include "fovea/base/error.h"
#include "fovea/base/shell.h"
#include "fovea/base/strings.h"
#include "fovea/compat/arguments.h"
#include "fovea/compat/training.h"

#include <array>

namespace fovea::compat {

namespace {

struct Translator {
  std::string_view program;
  Translation (*translate)(const std::vector<std::string>& arguments, const Surroundings& surroundings);
};

constexpr std::array kTranslators{
    Translator{"demo_resnet", translate_demo_resnet},
    Translator{"demo_keras_resnet", translate_demo_keras_resnet},
    Translator{"demo_resnet_hvd", translate_demo_resnet_hvd},
    Translator{"imagenet_main", translate_imagenet_main},
    Translator{"resnet_ctl_imagenet_main", translate_resnet_ctl},
    Translator{"preprocess_imagenet", translate_preprocess_imagenet},
    Translator{"habana_model_runner", translate_model_runner},
};

// Each of the processes that mpirun starts would train on its own in the same folder.
void refuse_several_processes(const Surroundings& surroundings) {
  for (const std::string_view name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const std::optional<std::string> size = variable(surroundings.environment, name);
    if (size && parse_int(*size).value_or(1) > 1) {
      fail(ErrorCode::kUsage, Advice{"the same without mpirun; demo_resnet_hvd.sh and --use_horovod=N take the number of workers"},
           "this was started {} times ({}), but Fovea is one process", *size, name);
    }
  }
}

}  // namespace

Translation translate(std::string_view program, const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Program& found = find_program(program);
  refuse_several_processes(surroundings);
  for (const Translator& translator : kTranslators) {
    if (translator.program == found.name) return translator.translate(arguments, surroundings);
  }
  FOVEA_CHECK(false, "no translator for {}", found.name);
}

std::string shell_line(const Command& command) {
  std::string line;
  for (const std::string& each : command.environment) {
    const size_t equals = each.find('=');
    line += each.substr(0, equals + 1) + (equals + 1 < each.size() ? shell_quoted(std::string_view(each).substr(equals + 1)) : "") + " ";
  }
  line += "fovea";
  for (const std::string& argument : command.arguments) line += " " + shell_quoted(argument);
  return line;
}

std::string shell_script(const Translation& translation) {
  std::vector<std::string> lines;
  for (const Command& command : translation.commands) lines.push_back(shell_line(command));
  return join(lines, " &&\n") + "\n";
}

}  // namespace fovea::compat
