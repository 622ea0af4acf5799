#include "fovea/nn/parameters.h"

#include "fovea/base/strings.h"

#include <algorithm>

namespace fovea::nn {

Parameter& Parameters::add(Parameter parameter) {
  FOVEA_CHECK(find(parameter.name) == nullptr, "parameter \"{}\" exists", parameter.name);
  if (parameter.kind == Kind::kStatistic) parameter.trainable = false;
  parameter.value.set_requires_grad(parameter.trainable);
  return rows_.emplace_back(std::move(parameter));
}

Parameter* Parameters::find(std::string_view name) {
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Parameter& p) { return p.name == name; });
  return row == rows_.end() ? nullptr : &*row;
}

std::vector<Parameter*> Parameters::trainable() {
  std::vector<Parameter*> result;
  for (Parameter& row : rows_) {
    if (row.trainable) result.push_back(&row);
  }
  return result;
}

int64_t Parameters::count() const {
  int64_t elements = 0;
  for (const Parameter& row : rows_) elements += row.trainable ? row.value.numel() : 0;
  return elements;
}

std::set<const Parameter*> Parameters::matching(std::string_view option, std::span<const std::string> patterns) const {
  std::set<const Parameter*> matched;
  for (const std::string& pattern : patterns) {
    bool matches = false;
    for (const Parameter& row : rows_) {
      if (row.kind == Kind::kStatistic || !matches_pattern(row.name, pattern)) continue;
      matches = true;
      matched.insert(&row);
    }
    if (!matches)
      fail(ErrorCode::kConfig, Advice{"`fovea model NAME` lists the layers; \"layer1.*\" matches the tensors of all whose name begins so"},
           "{} pattern \"{}\" matches no parameter", option, pattern);
  }
  return matched;
}

void Parameters::freeze(std::span<const std::string> patterns) {
  const std::set<const Parameter*> frozen = matching("freeze", patterns);
  for (Parameter& row : rows_) {
    if (frozen.contains(&row)) freeze(row);
  }
}

void Parameters::freeze_all_but(std::span<const std::string> patterns) {
  if (patterns.empty()) return;
  const std::set<const Parameter*> kept = matching("train_only", patterns);
  for (Parameter& row : rows_) {
    if (!kept.contains(&row)) freeze(row);
  }
}

void Parameters::freeze(Parameter& row) {
  row.trainable = false;
  row.value.set_requires_grad(false);
}

void Parameters::to(const at::Device& device) {
  for (Parameter& row : rows_) row.value.set_data(row.value.to(device));
}

std::vector<Tensor> Parameters::copy_statistics() const {
  std::vector<Tensor> values;
  for (const Parameter& row : rows_) {
    if (row.kind == Kind::kStatistic) values.push_back(row.value.clone());
  }
  return values;
}

void Parameters::put_statistics(std::span<const Tensor> values) {
  const auto statistics = static_cast<size_t>(std::count_if(rows_.begin(), rows_.end(), [](const Parameter& row) { return row.kind == Kind::kStatistic; }));
  FOVEA_CHECK(values.size() == statistics, "{} values for {} statistics", values.size(), statistics);
  size_t i = 0;
  for (Parameter& row : rows_) {
    if (row.kind == Kind::kStatistic) row.value.copy_(values[i++]);
  }
}

void Parameters::zero_gradients() {
  for (Parameter& row : rows_) row.value.mutable_grad().reset();
}

}  // namespace fovea::nn
