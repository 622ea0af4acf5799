// Parsing of a command's arguments by CLI11, with our help, our messages and nearest names.
#pragma once

#include "fovea/cli/command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <string>

namespace fovea::cli {

/// An empty parser for "fovea NAME" with -h, --help and --help-all.
std::unique_ptr<CLI::App> make_parser(const std::string& name, const std::string& text);

/// What --help-all prints behind the arguments.
enum class HelpAll { kArguments, kArgumentsAndKeys };

/// Parses. Subcommands (one level) are options of their own parser; a misspelt one is named with the nearest.
///
/// returns  false when help was asked for, or words for completion (console.completing), and printed: the command is then done, with exit code 0
/// throws   kUsage for unknown flags (with the nearest known one), missing and superfluous arguments
bool parse(CLI::App& parser, const Arguments& arguments, Console& console, HelpAll help_all = HelpAll::kArguments);

/// Every key of a recipe with type, range, default and text.
std::string key_reference();

}  // namespace fovea::cli
