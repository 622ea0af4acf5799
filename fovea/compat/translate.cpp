#include "fovea/compat/translate.h"

#include "fovea/base/error.h"
#include "fovea/base/shell.h"
#include "fovea/base/strings.h"
#include "fovea/compat/arguments.h"
#include "fovea/compat/training.h"

#include <algorithm>
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
    Translator{"ssd", translate_ssd},
    Translator{"demo_ssd", translate_demo_ssd},
    Translator{"preprocess_imagenet", translate_preprocess_imagenet},
    Translator{"create_coco_tf_record", translate_create_coco},
    Translator{"habana_model_runner", translate_model_runner},
};

// Each of the processes that mpirun starts would train on its own in the same folder.
void refuse_several_processes(const Surroundings& surroundings) {
  for (const std::string_view name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const std::optional<std::string> size = variable(surroundings.environment, name);
    if (size && parse_int(*size).value_or(1) > 1) {
      fail(ErrorCode::kUsage, Advice{"the same without mpirun; --use_horovod=N takes the number of workers"},
           "this was started {} times ({}), but Fovea is one process", *size, name);
    }
  }
}

// Of the accelerator's framework, or the allocator, which is part of the program.
bool has_no_meaning(std::string_view line) {
  constexpr std::array<std::string_view, 5> kBeginnings{"LD_PRELOAD=", "TF_", "HABANA_", "HBN_", "HCL_"};
  return std::ranges::any_of(kBeginnings, [&](std::string_view beginning) { return line.starts_with(beginning); });
}

// The assignments that the program itself does not read are for the commands.
void add_environment(const Program& program, const std::vector<std::string>& assigned, Translation& translation) {
  std::vector<std::string> set, unset;
  for (const std::string& line : assigned) {
    const std::string name = line.substr(0, line.find('='));
    if (std::ranges::find(program.variables, name, &Flag::name) != program.variables.end()) continue;
    if (has_no_meaning(line)) {
      unset.push_back(name);
    } else {
      set.push_back(line);
    }
  }
  for (Command& command : translation.commands) command.environment.insert(command.environment.begin(), set.begin(), set.end());
  if (!unset.empty()) translation.notes.push_back(fmt::format("not set, because they are the framework's: {}", join(unset, ", ")));
}

bool is_assignment(std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  return !name.empty() && name.size() < word.size() && std::ranges::all_of(name, is_name_char);
}

bool is_interpreter(std::string_view word) {
  const std::string_view base = word.substr(word.rfind('/') + 1);  // npos + 1 is 0
  return base == "bash" || base == "sh" || (base.starts_with("python") && base.find_first_not_of("0123456789.", 6) == std::string_view::npos);
}

}  // namespace

std::vector<std::string> take_assignments(std::vector<std::string>& line) {
  const auto end_of_assignments = std::ranges::find_if_not(line, is_assignment);
  std::vector<std::string> assigned(line.begin(), end_of_assignments);
  line.erase(line.begin(), end_of_assignments);
  if (!line.empty() && is_interpreter(line.front())) line.erase(line.begin());
  return assigned;
}

Translation translate(std::string_view program, const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Program& found = find_program(program);
  refuse_several_processes(surroundings);
  for (const Translator& translator : kTranslators) {
    if (translator.program != found.name) continue;
    Surroundings inside = surroundings;
    inside.environment.insert(inside.environment.end(), surroundings.assigned.begin(), surroundings.assigned.end());
    Translation translation = translator.translate(arguments, inside);
    add_environment(found, surroundings.assigned, translation);
    return translation;
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
