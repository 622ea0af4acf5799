#include "fovea/train/checkpoint_compare.h"

#include "fovea/base/error.h"
#include "fovea/base/settings.h"
#include "fovea/train/checkpoint.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace fovea::train {
namespace {

std::string shape_text(const Tensor& tensor) { return fmt::format("[{}]", fmt::join(tensor.sizes(), ", ")); }

TensorDifference tensor_difference(const std::string& name, const Tensor& first, const Tensor& second) {
  const Tensor is_same = first.eq(second).logical_or(first.isnan().logical_and(second.isnan()));
  const Tensor is_different = is_same.logical_not();
  TensorDifference difference{.name = name, .elements = first.numel(), .different = is_different.sum().item<int64_t>()};
  if (difference.different > 0) {
    const Tensor apart = first.to(at::kDouble).sub(second.to(at::kDouble)).abs().masked_select(is_different);
    difference.max_abs = apart.isnan().any().item<bool>() ? std::numeric_limits<double>::infinity() : apart.max().item<double>();
  }
  return difference;
}

std::map<std::string, Tensor> by_name(std::vector<NamedTensor> tensors) {
  std::map<std::string, Tensor> map;
  for (NamedTensor& tensor : tensors) map.emplace(std::move(tensor.name), std::move(tensor.value));
  return map;
}

Settings recipe_of(const io::Json& state) {
  Settings settings;
  const io::Json recipe = state.value("recipe", io::Json::object());
  for (const auto& item : recipe.items()) settings[item.key()] = item.value().is_string() ? item.value().get<std::string>() : io::json_text(item.value());
  return settings;
}

/// Adds `part` of every checkpoint in float64; the whole numbers are those of `last`.
std::vector<NamedTensor> mean_of(const std::vector<Checkpoint>& checkpoints, const Checkpoint& last, std::string_view part) {
  std::map<std::string, Tensor> sums = by_name(read_tensors(last.file(part)));
  for (auto& [name, sum] : sums) {
    if (sum.is_floating_point()) sum = at::zeros_like(sum, at::TensorOptions().dtype(at::kDouble));
  }
  for (const Checkpoint& checkpoint : checkpoints) {
    const io::SafetensorsFile file = checkpoint.file(part);
    std::vector<NamedTensor> rows;  // restoring into a buffer gives the full report on names and shapes
    for (const auto& [name, sum] : sums) rows.push_back({.name = name, .value = at::empty_like(sum)});
    restore_tensors(file, rows);
    for (const NamedTensor& row : rows) {
      if (row.value.is_floating_point()) sums.at(row.name).add_(row.value);
    }
  }
  std::vector<NamedTensor> means;
  for (const auto& [name, sum] : sums) {
    const bool is_number = sum.is_floating_point();
    means.push_back({.name = name, .value = is_number ? sum.div(static_cast<double>(checkpoints.size())).to(at::kFloat) : sum});
  }
  return means;
}

}  // namespace

bool CheckpointDifference::same_tensors() const {
  const bool is_equal = std::ranges::all_of(tensors, [](const TensorDifference& tensor) { return tensor.different == 0; });
  return is_equal && only_first.empty() && only_second.empty() && shape_differs.empty();
}

CheckpointDifference checkpoint_difference(const fs::path& first, const fs::path& second, std::string_view part) {
  const Checkpoint before = load_checkpoint(first);
  const Checkpoint after = load_checkpoint(second);
  const std::map<std::string, Tensor> left = by_name(read_tensors(before.file(part)));
  const std::map<std::string, Tensor> right = by_name(read_tensors(after.file(part)));

  CheckpointDifference difference;
  for (const auto& [name, tensor] : left) {
    const auto other = right.find(name);
    if (other == right.end()) {
      difference.only_first.push_back(name);
    } else if (tensor.sizes() != other->second.sizes()) {
      difference.shape_differs.push_back(fmt::format("{}: {} and {}", name, shape_text(tensor), shape_text(other->second)));
    } else {
      difference.tensors.push_back(tensor_difference(name, tensor, other->second));
    }
  }
  for (const auto& item : right) {
    if (!left.contains(item.first)) difference.only_second.push_back(item.first);
  }
  for (const SettingChange& change : changes(recipe_of(before.state), recipe_of(after.state))) difference.recipe_changes.push_back(text_of(change));
  return difference;
}

void average_checkpoints(std::span<const fs::path> folders, const fs::path& target) {
  if (folders.size() < 2) fail(ErrorCode::kUsage, "an average needs at least two checkpoints, found {}", folders.size());
  std::vector<Checkpoint> checkpoints;
  io::Json names = io::Json::array();
  for (const fs::path& folder : folders) {
    checkpoints.push_back(load_checkpoint(folder));
    names.push_back(folder.string());
    const auto same = [&](std::string_view key) { return checkpoints.back().manifest.at(key) == checkpoints.front().manifest.at(key); };
    if (same("model") && same("num_outputs")) continue;
    fail(ErrorCode::kData, Advice{"checkpoints of one network and one number of outputs; fovea checkpoint list shows them"},
         "\"{}\" is of {} with {} outputs, \"{}\" of {} with {}: they cannot be averaged", folder.string(), checkpoints.back().manifest.at("model").dump(),
         checkpoints.back().manifest.at("num_outputs").dump(), folders[0].string(), checkpoints.front().manifest.at("model").dump(),
         checkpoints.front().manifest.at("num_outputs").dump());
  }
  const Checkpoint& last = *std::ranges::max_element(checkpoints, {}, &Checkpoint::step);
  const bool all_have_ema = std::ranges::all_of(checkpoints, [](const Checkpoint& checkpoint) { return checkpoint.has("ema"); });
  CheckpointContents contents{.step = last.step, .model = mean_of(checkpoints, last, "model"), .state = last.state};
  if (all_have_ema) contents.ema = mean_of(checkpoints, last, "ema");
  contents.state["averaged"] = names;
  write_checkpoint_folder(target, contents);
}

}  // namespace fovea::train
