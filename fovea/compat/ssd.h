// ssd.py: what it is told that the recipe ssd-resnet34 says too.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fovea::compat {

/// The part of the recipe ssd-resnet34 that the reference's flags reach, as both have it (spec 3.6, 3.12).
struct SsdRates {
  double lr = 3e-3;  ///< for 32 pictures
  double warmup_epochs = 7;
  double weight_decay = 5e-4;
  double plateau_epochs = 15;
  double decay_epochs = 55;
};

/// The keys and texts of `rates`: {"optim.lr", "0.003"}, ...
std::vector<std::pair<std::string, std::string>> keys_of(const SsdRates& rates);

}  // namespace fovea::compat
