// Another process of this program: started, its signals passed on, its end as an exit code.
#pragma once

#include "fovea/base/file.h"

#include <string>
#include <vector>

namespace fovea::cli {

struct ChildEnd {
  int code = 0;                ///< its exit code; 128 + N when signal N ended it, as a shell says
  bool was_signalled = false;  ///< this process was asked to stop meanwhile: nothing should be started after it
};

/// Runs a program and waits for its end. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 that reach this process are passed on, except those
/// that a terminal sends to all its processes anyway. Not for several threads at once.
///
/// arguments    behind the program's name
/// environment  "NAME=VALUE", all of it
/// throws       kMissing when the program cannot be started
ChildEnd run_child(const fs::path& program, const std::vector<std::string>& arguments, const std::vector<std::string>& environment);

/// The program that is running: what a child of the same is started from.
fs::path own_program();

}  // namespace fovea::cli
