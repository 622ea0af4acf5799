// Shared by the tests of commands: a console that writes into strings, and other programs run with their output caught.
#pragma once

#include "fovea/cli/command.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <string>

namespace fovea::cli {

/// What a command did.
struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

inline Outcome run(const Arguments& arguments, const std::vector<std::string>& environment = {}) {
  std::ostringstream out, err;
  Console console{.out = out, .err = err, .environment = environment};
  const int code = run_fovea(arguments, console);
  return {code, out.str(), err.str()};
}

/// A shell line; out holds what it wrote to both streams.
inline Outcome run_shell(const std::string& line) {
  std::FILE* pipe = popen((line + " 2>&1").c_str(), "r");
  Outcome outcome{.code = -1};
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer{};
  while (const size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) outcome.out.append(buffer.data(), count);
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

}  // namespace fovea::cli
