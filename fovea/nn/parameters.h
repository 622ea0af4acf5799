// Every tensor of a network in one flat table: decay, freezing, averaging, checkpoints and imports read this and nothing else.
#pragma once

#include "fovea/tensor/tensor.h"

#include <array>
#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::nn {

enum class Kind { kKernel, kBias, kGamma, kBeta, kStatistic };
inline constexpr std::array<std::string_view, 5> kKindNames{"kernel", "bias", "gamma", "beta", "statistic"};
constexpr const auto& enum_names(Kind) { return kKindNames; }

struct Parameter {
  std::string name;  ///< as torchvision has it: "layer1.0.conv1.weight"
  Kind kind = Kind::kKernel;
  bool trainable = true;  ///< false for statistics and for what is frozen
  Tensor value;           ///< float32; kernels OIHW; a leaf that requires a gradient while trainable
};

class Parameters {
 public:
  /// Adds a row; returns its place, which stays valid for the table's life. throws kInternal for a second tensor of the same name
  Parameter& add(Parameter parameter);

  [[nodiscard]] std::deque<Parameter>& all() { return rows_; }
  [[nodiscard]] const std::deque<Parameter>& all() const { return rows_; }
  [[nodiscard]] Parameter* find(std::string_view name);

  /// Rows that receive a gradient, in table order.
  [[nodiscard]] std::vector<Parameter*> trainable();

  /// Elements in trainable tensors (statistics never count).
  [[nodiscard]] int64_t count() const;

  /// Freezes every non-statistic row whose name matches one of the shell patterns ("layer1.*"). throws kConfig when a pattern matches nothing
  void freeze(std::span<const std::string> patterns);

  /// Freezes every row whose name matches none of the shell patterns; no patterns = freezes nothing. Statistics go on moving.
  /// throws kConfig when a pattern matches nothing
  void freeze_all_but(std::span<const std::string> patterns);

  /// Moves every value to a device. The chains hold the same tensors: their storage moves, not their identity.
  void to(const at::Device& device);

  /// The statistics as they are now, and put back later: an update that is left out must not move them.
  [[nodiscard]] std::vector<Tensor> copy_statistics() const;
  void put_statistics(std::span<const Tensor> values);

  /// Gradients to none; the next backward pass writes instead of adding.
  void zero_gradients();

 private:
  /// The non-statistic rows that one of the patterns fits. throws kConfig naming `option` when a pattern fits none
  [[nodiscard]] std::set<const Parameter*> matching(std::string_view option, std::span<const std::string> patterns) const;
  static void freeze(Parameter& row);

  std::deque<Parameter> rows_;  // addresses stay valid while the table grows
};

}  // namespace fovea::nn
