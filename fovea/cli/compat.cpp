// fovea compat PROGRAM ARGUMENTS...: the reference's command lines
#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/cli/arguments.h"
#include "fovea/cli/child.h"
#include "fovea/cli/help_format.h"
#include "fovea/cli/recover.h"
#include "fovea/compat/arguments.h"
#include "fovea/compat/reference_page.h"
#include "fovea/compat/translate.h"

#include <algorithm>

namespace fovea::cli {

namespace {

// Where PROGRAM stands: the arguments before it are ours, those behind it are its own.
size_t program_at(const Arguments& arguments) {
  size_t i = 0;
  while (i < arguments.size() && arguments[i].starts_with('-')) i += arguments[i] == "--device" ? 2 : 1;
  return std::min(i, arguments.size());
}

bool asks_for_help(const Arguments& arguments) {
  return std::ranges::any_of(arguments, [](const std::string& argument) {
    return argument == "-h" || argument == "--help" || argument == "-help" || argument == "--helpfull" || argument == "--helpshort";
  });
}

void list_programs(Console& console) {
  std::vector<std::vector<std::string>> rows;
  for (const compat::Program& program : compat::programs()) rows.push_back({std::string(program.file), std::string(program.text)});
  console.out << format_table(std::vector<Column>{{"program"}, {"what it is"}}, rows)
              << "\n  fovea compat demo_resnet -d bf16            run what it stands for\n"
                 "  fovea compat --dry-run demo_resnet -d bf16  print the command instead\n"
                 "  fovea compat demo_resnet --help             its flags, and what becomes of them\n"
                 "  fovea compat reference                      the text of docs/migrating.md\n";
}

std::vector<std::string> environment_with(const std::vector<std::string>& environment, const std::vector<std::string>& added) {
  std::vector<std::string> result = environment;
  for (const std::string& line : added) {
    const std::string_view name = std::string_view(line).substr(0, line.find('=') + 1);
    std::erase_if(result, [&](const std::string& each) { return each.starts_with(name); });
    result.push_back(line);
  }
  return result;
}

int run_commands(const compat::Translation& translation, Console& console) {
  const fs::path program = own_program();
  Log log = console_log(console);
  for (const compat::Command& command : translation.commands) {
    console.err << "running: " << compat::shell_line(command) << '\n' << std::flush;
    const std::vector<std::string> environment = environment_with(console.environment, command.environment);
    const auto run = [&] { return run_child(program, command.arguments, environment); };
    const bool is_training = command.arguments.front() == "train";
    const ChildEnd end = translation.recovers && is_training ? ChildEnd{.code = run_until_done(translation.run_dir, run, log)} : run();
    if (end.code != 0) return end.code;
  }
  return 0;
}

}  // namespace

int run_compat(const Arguments& arguments, Console& console) {
  const auto parser =
      make_parser("compat",
                  "Run a command line of the TensorFlow programs for ResNet and SSD that Fovea takes the place of (\"the reference\"): fovea compat "
                  "[options] PROGRAM its arguments...");
  compat::Surroundings surroundings;
  std::string program;
  bool dry = false;
  parser->add_option("program", program, "a program of the reference, such as demo_resnet; everything behind it is its own")->type_name("PROGRAM");
  parser->add_flag("-n,--dry-run", dry, "print the commands that it stands for, and run nothing (--dry-run also behind PROGRAM)");
  parser->add_option("--device", surroundings.device, "cpu (default), cuda or cuda:N")->type_name("DEVICE");
  const auto begin_of_line = arguments.begin() + static_cast<std::ptrdiff_t>(program_at(arguments));
  Arguments ours(arguments.begin(), begin_of_line), its_own(begin_of_line, arguments.end());
  surroundings.assigned = compat::take_assignments(its_own);
  const compat::Program* completed = console.completing && !its_own.empty() ? compat::known_program(its_own.front()) : nullptr;
  if (completed != nullptr) {  // behind the program stand its own flags
    for (const std::string& flag : compat::spellings(*completed)) {
      if (flag.starts_with(*console.completing)) console.print("{}\n", flag);
    }
    return 0;
  }
  if (!its_own.empty()) {
    ours.push_back(its_own.front());
    its_own.erase(its_own.begin());
  }
  if (!parse(*parser, ours, console)) {
    if (!console.completing) list_programs(console);
    return 0;
  }
  if (program.empty()) {
    console.out << "Runs the command lines of the TensorFlow programs for ResNet and SSD that Fovea takes the place of (\"the reference\").\n\n";
    list_programs(console);
    return 0;
  }
  if (program == "reference") {
    if (!its_own.empty()) fail(ErrorCode::kUsage, Advice{"fovea compat --help"}, "the argument \"{}\" is one too many", its_own.front());
    console.out << compat::reference_page();
    return 0;
  }
  const compat::Program& found = compat::find_program(program);
  if (asks_for_help(its_own)) {
    console.out << wrapped_lines(compat::flag_list(found), console.columns);
    return 0;
  }
  dry = std::erase(its_own, "--dry-run") > 0 || dry;
  surroundings.environment = console.environment;
  const compat::Translation translation = compat::translate(program, its_own, surroundings);
  for (const std::string& note : translation.notes) console.err << "note: " << note << '\n';
  if (dry) {
    if (translation.recovers) console.err << "note: --recover: this runs once; fovea compat without --dry-run runs it again after a crash\n";
    console.out << compat::shell_script(translation);
    return 0;
  }
  return run_commands(translation, console);
}

}  // namespace fovea::cli
