// Where a command writes and what it knows of its surroundings. Commands take one instead of touching stdout and the environment, so that tests call them.
#pragma once

#include "fovea/base/file.h"
#include "fovea/base/log.h"

#include <fmt/format.h>

#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fovea::cli {

struct Console {
  std::ostream& out;                     ///< results
  std::ostream& err;                     ///< messages
  std::vector<std::string> environment;  ///< "NAME=VALUE"
  bool is_terminal = false;              ///< of `err`: whether a refreshed line makes sense there
  bool has_colour = false;
  int columns = 100;                      ///< width of the terminal
  std::optional<fs::path> run_folder;     ///< set by a command that has one: a crash report goes there
  std::optional<std::string> completing;  ///< the word at the cursor, when parse() is to print what can stand there and nothing else is to happen

  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    out << fmt::format(format, std::forward<Args>(args)...);
  }
};

/// The console of this process: colours as NO_COLOR, CLICOLOR_FORCE and TERM say.
Console process_console();

/// A log whose lines go to console.err; warnings and errors with their level in front. The console must outlive it.
Log console_log(Console& console);

enum class Align { kLeft, kRight };
struct Column {
  std::string title;
  Align align = Align::kLeft;
};

/// Aligned columns with a line of titles, two spaces between them; the last column is not padded. Widths count characters, not bytes; cells go through
/// one_line. rows  each as long as `columns`
std::string format_table(std::span<const Column> columns, std::span<const std::vector<std::string>> rows);

}  // namespace fovea::cli
