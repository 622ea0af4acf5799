// Settings as flat texts, "optim.lr" -> "0.1", and in what two of them differ.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace fovea {

/// Every key with its value: what a checkpoint keeps of a recipe.
using Settings = std::map<std::string, std::string>;

struct SettingChange {
  std::string key;
  std::string before;  ///< "(absent)" when only the other side has it
  std::string after;
};

/// Sorted by key; empty when both are the same.
std::vector<SettingChange> changes(const Settings& before, const Settings& after);

/// "optim.lr: 0.1 -> 0.2"
std::string text_of(const SettingChange& change);

}  // namespace fovea
