// fovea checkpoint convert SOURCE DEST: weights to other programs' files, and theirs to a checkpoint.
#pragma once

#include "fovea/cli/weight_arguments.h"

#include <string>
#include <vector>

namespace fovea::cli {

/// Must outlive the parser that it was added to.
struct ConvertArguments {
  std::string source, target;
  WeightArguments weights;
  std::string recipe;  ///< for a checkpoint; empty: as the source says
  std::vector<std::string> files, settings;
  std::string classes;  ///< file of names
  bool allow_partial = false;

  CLI::App* add_to(CLI::App& parser);
};

void convert(const ConvertArguments& wanted, Console& console);

}  // namespace fovea::cli
