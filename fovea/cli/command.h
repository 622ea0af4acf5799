// The commands of the program: one table, one function each. A command gets its arguments without its own name and gives the exit code.
#pragma once

#include "fovea/cli/console.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::cli {

using Arguments = std::vector<std::string>;

/// Errors are thrown; run_fovea turns them into messages and exit codes. Each calls parse() before it does anything: completion asks there.
int run_train(const Arguments& arguments, Console& console);
int run_eval(const Arguments& arguments, Console& console);
int run_predict(const Arguments& arguments, Console& console);
int run_export(const Arguments& arguments, Console& console);
int run_data(const Arguments& arguments, Console& console);
int run_checkpoint(const Arguments& arguments, Console& console);
int run_recipes(const Arguments& arguments, Console& console);
int run_model(const Arguments& arguments, Console& console);
int run_report(const Arguments& arguments, Console& console);
int run_compat(const Arguments& arguments, Console& console);
int run_bench(const Arguments& arguments, Console& console);
int run_doctor(const Arguments& arguments, Console& console);
int run_completion(const Arguments& arguments, Console& console);
int run_bench_step(const Arguments& arguments, Console& console);  ///< `fovea bench step`

struct Command {
  std::string_view name;
  std::string_view text;  ///< one line
  int (*run)(const Arguments& arguments, Console& console);
};

/// In the order of the help.
std::span<const Command> commands();

/// Runs `action` and turns whatever it throws into a message with a line "try: ..." on console.err.
/// returns  its exit code, or the one of the failure (base/error.h; 1 for what nobody foresaw: then console.run_folder gets a crash.txt)
int run_guarded(const std::function<int()>& action, const Arguments& arguments, Console& console);

/// The whole program: finds the command and runs it, guarded.
int run_fovea(const Arguments& arguments, Console& console);

}  // namespace fovea::cli
