// The YAML file of habana_model_runner.py (spec 5) as arguments and environment of the program that it runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fovea::compat {

struct RunnerConfig {
  std::string model;
  std::vector<std::string> arguments;    ///< "--batch_size=128", in the order of the file
  std::vector<std::string> environment;  ///< "NAME=VALUE", of env_variables
};

/// Null is left out, nested maps are flattened, lists joined by commas, booleans written True and False, `~` and variables expanded;
/// use_horovod: true becomes --use_horovod=N with N of num_workers_per_hls, else 8; the items of a list store_true become switches.
///
/// text         at most 1 MiB
/// file         its name, for messages
/// environment  "NAME=VALUE", for the expansion; unset variables stay as they are
/// throws       kConfig "FILE:LINE: ..." for what is not YAML, unknown sections, repeated keys, anchors and aliases, and deep nesting
RunnerConfig read_runner_config(std::string_view text, const std::string& file, const std::vector<std::string>& environment);

}  // namespace fovea::compat
