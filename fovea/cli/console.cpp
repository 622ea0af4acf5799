#include "fovea/cli/console.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace fovea::cli {

namespace {

std::string environment_value(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Code points: enough for the names of classes and files in most scripts.
int display_width(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, int width, Align align) {
  const std::string space(static_cast<size_t>(std::max(0, width - display_width(text))), ' ');
  return align == Align::kLeft ? text + space : space + text;
}

}  // namespace

Console process_console() {
  Console console{.out = std::cout, .err = std::cerr};
  for (char** line = environ; line != nullptr && *line != nullptr; ++line) console.environment.emplace_back(*line);
  const bool is_dumb = environment_value("TERM") == "dumb";
  console.is_terminal = isatty(STDERR_FILENO) != 0 && !is_dumb;
  const std::string forced = environment_value("CLICOLOR_FORCE");
  console.has_colour = environment_value("NO_COLOR").empty() && (console.is_terminal || (!forced.empty() && forced != "0"));
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) console.columns = size.ws_col;
  return console;
}

Log console_log(Console& console) {
  return Log([&console](LogLevel level, std::string_view line) {
    const std::string_view name = level == LogLevel::kInfo ? "" : level == LogLevel::kWarning ? "warning: " : "error: ";
    const std::string_view colour = level == LogLevel::kInfo ? "" : level == LogLevel::kWarning ? "\x1b[33m" : "\x1b[31m";
    if (console.has_colour && !colour.empty()) {
      console.err << colour << name << "\x1b[0m" << line << '\n' << std::flush;
    } else {
      console.err << name << line << '\n' << std::flush;
    }
  });
}

std::string format_table(std::span<const Column> columns, std::span<const std::vector<std::string>> raw_rows) {
  std::vector<std::vector<std::string>> rows(raw_rows.begin(), raw_rows.end());
  for (std::vector<std::string>& row : rows) std::ranges::transform(row, row.begin(), [](const std::string& cell) { return one_line(cell); });
  std::vector<int> widths;
  for (const Column& column : columns) widths.push_back(display_width(column.title));
  for (const std::vector<std::string>& row : rows) {
    FOVEA_CHECK(row.size() == columns.size(), "a row of {} cells in a table of {} columns", row.size(), columns.size());
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string result;
  const auto add_line = [&](const auto& cell_text) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) line += "  ";
      line += padded(cell_text(i), widths[i], columns[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  };
  add_line([&](size_t i) { return columns[i].title; });
  for (const std::vector<std::string>& row : rows) add_line([&](size_t i) { return row[i]; });
  return result;
}

}  // namespace fovea::cli
