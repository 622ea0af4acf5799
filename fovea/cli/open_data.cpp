#include "fovea/cli/open_data.h"

#include <utility>

namespace fovea::cli {

std::unique_ptr<data::Dataset> open_data(const std::string& where, data::Split split, const data::OpenOptions& options, Console& console) {
  data::OpenedDataset opened = data::open_dataset(where, split, options);
  for (const std::string& line : opened.damage) console.err << "warning: left out: " << line << '\n';
  for (const std::string& line : opened.warnings) console.err << "warning: " << line << '\n';
  return std::move(opened.dataset);
}

}  // namespace fovea::cli
