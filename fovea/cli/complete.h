// What can stand at a place of a command line: answered by the parser of the command itself, so that it never falls behind.
#pragma once

#include "fovea/cli/command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <string>
#include <vector>

namespace fovea::cli {

/// parser  the command's, with everything added to it
/// before  the words between the command's name and the word at the cursor
/// word    the word at the cursor, as far as it is typed; "--flag=x" completes x
/// returns the words that begin with it: sub-commands, flags (once a '-' is typed), and values where they are known: names of recipes and networks, keys,
///         choices. A word that ends in '=' goes on. Empty for paths: the shell knows them better
std::vector<std::string> completions(const CLI::App& parser, const Arguments& before, const std::string& word);

/// Those that begin with `word`.
std::vector<std::string> beginning_with(std::string_view word, std::vector<std::string> candidates);

}  // namespace fovea::cli
