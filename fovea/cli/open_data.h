// Opening a data set for a command, with what was left out or may not be meant as warnings.
#pragma once

#include "fovea/cli/console.h"
#include "fovea/data/dataset.h"

#include <memory>
#include <string>

namespace fovea::cli {

/// throws as data::open_dataset
std::unique_ptr<data::Dataset> open_data(const std::string& where, data::Split split, const data::OpenOptions& options, Console& console);

}  // namespace fovea::cli
