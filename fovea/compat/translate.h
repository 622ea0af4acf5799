// A command line of the reference as Fovea commands, with notes on what differs. Nothing is run here.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::compat {

/// What a translation may look at beside the arguments.
struct Surroundings {
  std::vector<std::string> environment;  ///< "NAME=VALUE"
  std::vector<std::string> assigned;     ///< "NAME=VALUE", set for the program alone: they win, and the commands get them
  std::string device;                    ///< --device of the commands; empty: their default
  std::function<bool(const std::string&)> exists = [](const std::string& path) { return fs::exists(path); };
  std::function<std::string(const std::string&)> read_file = [](const std::string& path) { return read_text(path); };
};

struct Command {
  std::vector<std::string> arguments;    ///< behind "fovea"
  std::vector<std::string> environment;  ///< "NAME=VALUE", set for this command
};

struct Translation {
  std::vector<Command> commands;  ///< to be run in this order, each only when the one before succeeded
  std::vector<std::string> notes;
  bool recovers = false;  ///< --recover: the first command is run again after a crash
  std::string run_dir;    ///< of the training; empty: there is none
};

/// Takes what stands before the program of a line of a script: returns the assignments in "A=1 B=2 python3 X.py ...", passes over the interpreter.
std::vector<std::string> take_assignments(std::vector<std::string>& line);

/// program      as people type it, see find_program
/// arguments    those behind its name
/// throws       kUsage for what find_program and read_arguments refuse, and for combinations that mean nothing;
///              kMissing, kIo, kConfig ("FILE:LINE: ...") for the file of habana_model_runner
Translation translate(std::string_view program, const std::vector<std::string>& arguments, const Surroundings& surroundings);

/// "OMP_NUM_THREADS=1 fovea train ...", to be pasted into a shell.
std::string shell_line(const Command& command);

/// All commands of a translation, joined by &&; ends with a newline.
std::string shell_script(const Translation& translation);

}  // namespace fovea::compat
