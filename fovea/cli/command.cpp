#include "fovea/cli/command.h"

#include "fovea/base/error.h"
#include "fovea/base/file.h"
#include "fovea/base/strings.h"
#include "fovea/cli/version.h"
#include "fovea/tensor/failure.h"
#include "fovea/tensor/tensor.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>

namespace fovea::cli {

namespace {

constexpr std::array kCommands{
    Command{"train", "train a recipe on your pictures; the same command continues a run", run_train},
    Command{"eval", "score a run or a checkpoint on a data set", run_eval},
    Command{"predict", "apply a checkpoint to pictures", run_predict},
    Command{"export", "write a checkpoint as ONNX, for other programs to apply", run_export},
    Command{"data", "convert, check, look at and make data sets", run_data},
    Command{"checkpoint", "list, verify, compare, average and convert checkpoints", run_checkpoint},
    Command{"recipes", "list, show, explain and compare recipes", run_recipes},
    Command{"model", "layers, parameters and cost of a network", run_model},
    Command{"report", "one page that shows a run, or several together", run_report},
    Command{"compat", "run command lines of the reference, TensorFlow trainers of ResNet and SSD", run_compat},
    Command{"bench", "measure the input pipeline or the training step", run_bench},
    Command{"doctor", "look at the machine: what is fast, what is in the way, what to do", run_doctor},
    Command{"completion", "completion by the Tab key, for bash", run_completion},
};

// Also what `fovea` alone says: the way from nothing to a trained network.
constexpr std::string_view kFirstSteps =
    "Fovea trains image classification networks.\n"
    "\n"
    "First steps, to be copied:\n"
    "  fovea data demo demo/data                                                # make a small data set\n"
    "  fovea train tiny-resnet18 --data demo/data/pictures --run-dir demo/run   # train on it\n"
    "  fovea predict demo/run demo/data/pictures/val                            # apply the result\n"
    "\n"
    "Your own pictures: folders named after their classes, below train/ and val/; then  fovea train resnet18-small --data FOLDER.\n"
    "All commands: fovea --help.  In words: docs/quickstart.md.\n";

std::string command_list() {
  std::string result = "Usage: fovea COMMAND [ARGUMENTS]\n\nCommands:\n";
  for (const Command& command : commands()) result += fmt::format("  {:<11} {}\n", command.name, command.text);
  result +=
      "\n  fovea COMMAND --help    its arguments\n"
      "  fovea --help-all        every argument of every command, and every key of a recipe\n"
      "  fovea --version\n";
  return result;
}

int help_of_everything(Console& console) {
  console.out << command_list();
  for (const Command& command : commands()) {
    console.out << '\n';
    command.run({"--help-all"}, console);
  }
  return 0;
}

int dispatch(const Arguments& arguments, Console& console) {
  if (arguments.empty()) {
    console.out << kFirstSteps;
    return 0;
  }
  const std::string& name = arguments.front();
  if (name == "help" && arguments.size() > 1) {
    Arguments asked(arguments.begin() + 1, arguments.end());
    asked.emplace_back("--help");
    return dispatch(asked, console);
  }
  if (name == "-h" || name == "--help" || name == "help") {
    console.out << command_list();
    return 0;
  }
  if (name == "--help-all") return help_of_everything(console);
  if (name == "-V" || name == "--version") {
    console.print("fovea {}\n{}\n", kVersion, tensor_library_summary());
    return 0;
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name == name) return command.run(Arguments(arguments.begin() + 1, arguments.end()), console);
    names.emplace_back(command.name);
  }
  fail(ErrorCode::kUsage, Advice{"fovea --help"}, "there is no command \"{}\"{}", name, suggestion(name, names));
}

constexpr std::string_view kReportIt = "report this message with the command line; it is a defect of the program";

std::string_view default_advice(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnexpected: return kReportIt;
    case ErrorCode::kUsage: return "the same command with --help";
    case ErrorCode::kData: return "fovea data check DIR names everything that is wrong with a data set";
    case ErrorCode::kMissing: return "check the path; relative ones begin at the current folder";
    case ErrorCode::kDevice: return "--device cpu";
    case ErrorCode::kInternal: return kReportIt;
    case ErrorCode::kCannotCreate: return "choose a folder that you may write to";
    case ErrorCode::kIo: return "check the disk and its free space, then give the same command again";
    case ErrorCode::kInterrupted: return "give the same command again; it continues";
    case ErrorCode::kConfig: return "fovea recipes explain shows every key with its range";
    case ErrorCode::kDiverged: return "--set optim.lr= with a smaller rate, or optim.clip_norm=1";
    case ErrorCode::kMemory: return "a smaller --batch-size, or --set train.micro_batch= with a part of it";
  }
  return "fovea --help";
}

int report_failure(Console& console, int code, std::string_view message, std::string_view advice) {
  console.out << std::flush;
  const std::string_view red = console.has_colour ? "\x1b[31m" : "";
  const std::string_view plain = console.has_colour ? "\x1b[0m" : "";
  console.err << fmt::format("{}error:{} {}\ntry: {}\n", red, plain, message, advice) << std::flush;
  return code;
}

// What nobody foresaw. The report goes into the run folder, where someone will look; without one nothing is written.
int crashed(Console& console, const Arguments& arguments, const std::string& message) {
  std::string advice(kReportIt);
  if (console.run_folder) {
    const fs::path path = *console.run_folder / "crash.txt";
    try {
      write_atomically(path, fmt::format("fovea {}\n{}\nfovea {}\n{}\n", kVersion, tensor_library_summary(), join(arguments, " "), message));
      advice = fmt::format("report what is in {}; it is a defect of the program", path.string());
    } catch (const Error& error) {
      advice = fmt::format("report this message ({})", error.what());
    }
  }
  return report_failure(console, static_cast<int>(ErrorCode::kUnexpected), message, advice);
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

int run_guarded(const std::function<int()>& action, const Arguments& arguments, Console& console) {
  try {
    const int code = action();
    console.out << std::flush;
    if (!console.out)
      fail(ErrorCode::kIo, Advice{"free some space, or send the output elsewhere"}, "standard output cannot be written: {}", std::strerror(errno));
    return code;
  } catch (const std::exception& exception) {
    const Error error = as_error(exception);
    if (error.code() == ErrorCode::kUnexpected) return crashed(console, arguments, error.what());
    return report_failure(console, static_cast<int>(error.code()), error.what(), error.advice().empty() ? default_advice(error.code()) : error.advice());
  }
}

int run_fovea(const Arguments& arguments, Console& console) {
  return run_guarded([&] { return dispatch(arguments, console); }, arguments, console);
}

}  // namespace fovea::cli
