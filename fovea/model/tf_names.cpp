#include "fovea/model/tf_names.h"

#include "fovea/base/strings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>

namespace fovea::model {
namespace {

/// A convolution of the network, by our name: "layer1.0.conv2".
struct Convolution {
  std::string name;
  bool is_grouped = false;
};

std::string numbered(std::string_view base, int64_t number) { return number == 0 ? std::string(base) : fmt::format("{}_{}", base, number); }

/// "layer1.0.bn2", "layer1.0.downsample.1"
std::string norm_of(std::string name) {
  if (name.ends_with(".0")) return name.replace(name.size() - 1, 1, "1");
  return name.replace(name.rfind("conv"), 4, "bn");
}

constexpr std::string_view kDetectorVariant = "resnet34";                                                          // spec 3.1
constexpr std::string_view kClassifierScope = "resnet_model/", kBackboneScope = "resnet34/", kHeadScope = "ssd/";  // spec 2.8, 3.9

/// Our name and TensorFlow's, side by side.
struct Pair {
  std::string ours, theirs;
};

/// For everything in a backbone, given its convolutions in the order of their making, and the dense layer, which a detector has not.
std::vector<Pair> pairs_of(const std::vector<Convolution>& order) {
  std::vector<Pair> pairs{{"fc.weight", "dense/kernel"}, {"fc.bias", "dense/bias"}};
  int64_t norms = 0, plain = 0, grouped = 0;
  for (const Convolution& each : order) {
    pairs.push_back({each.name + ".weight", each.is_grouped ? numbered("Variable", grouped++) : numbered("conv2d", plain++) + "/kernel"});
    const std::string own = norm_of(each.name), theirs = numbered("batch_normalization", norms++);
    pairs.push_back({own + ".weight", theirs + "/gamma"});
    pairs.push_back({own + ".bias", theirs + "/beta"});
    pairs.push_back({own + ".running_mean", theirs + "/moving_mean"});
    pairs.push_back({own + ".running_var", theirs + "/moving_variance"});
  }
  return pairs;
}

/// The layers of a detector behind its backbone (spec 3.9).
std::vector<Pair> detection_pairs() {
  constexpr int kExtras = 5, kFirstExtra = 7, kMaps = 6, kFirstMap = 3;  // block7 to block11, class-3 to class-8
  std::vector<Pair> layers;
  for (int i = 0; i < kExtras; ++i) {
    layers.push_back({fmt::format("extra.{}.conv1", i), fmt::format("block{}-conv1x1", kFirstExtra + i)});
    layers.push_back({fmt::format("extra.{}.conv2", i), fmt::format("block{}-conv3x3", kFirstExtra + i)});
  }
  for (int i = 0; i < kMaps; ++i) {
    layers.push_back({fmt::format("class.{}", i), fmt::format("class_net/class-{}", kFirstMap + i)});
    layers.push_back({fmt::format("box.{}", i), fmt::format("box_net/box-{}", kFirstMap + i)});
  }
  std::vector<Pair> pairs;
  for (const Pair& layer : layers) {
    pairs.push_back({layer.ours + ".weight", fmt::format("{}{}/kernel", kHeadScope, layer.theirs)});
    pairs.push_back({layer.ours + ".bias", fmt::format("{}{}/bias", kHeadScope, layer.theirs)});
  }
  return pairs;
}

/// Where a convolution comes in the making of a network: stage, block, and place in it; the projection of a block is made before the rest.
struct Turn {
  int64_t stage = 0, block = 0, place = 0;
  auto operator<=>(const Turn&) const = default;
};

std::optional<Turn> turn_of(const std::string& name) {
  if (name == "conv1") return Turn{};
  const std::vector<std::string> parts = split(name, '.');
  if (parts.size() < 3 || !parts[0].starts_with("layer")) return std::nullopt;
  const auto stage = parse_int(parts[0].substr(5)), block = parse_int(parts[1]);
  const auto place = parts[2].starts_with("conv") ? parse_int(parts[2].substr(4)) : std::optional<int64_t>(0);
  if (!stage || !block || !place) return std::nullopt;
  return Turn{.stage = *stage, .block = *block, .place = *place};
}

std::vector<Convolution> order_of_own(const TensorShapes& own) {
  std::map<Turn, Convolution> order;
  for (const auto& [tensor, shape] : own) {
    constexpr std::string_view kEnd = ".weight";
    if (shape.size() != 4 || !tensor.ends_with(kEnd)) continue;
    const std::string name = tensor.substr(0, tensor.size() - kEnd.size());
    const auto turn = turn_of(name);
    if (!turn) continue;
    const auto before = turn->place == 2 ? own.find(name.substr(0, name.size() - 1) + "1.weight") : own.end();
    const bool is_grouped = before != own.end() && before->second.size() == 4 && shape[1] != before->second[0];  // it sees a part of what comes in
    order.emplace(*turn, Convolution{.name = name, .is_grouped = is_grouped});
  }
  std::vector<Convolution> result;
  for (auto& [turn, each] : order) result.push_back(std::move(each));
  return result;
}

/// Kernels of layers called base, base_1, ... as far as there are any; [height, width, in, out].
std::vector<std::vector<int64_t>> kernels_of(const TensorShapes& tf, const std::string& base, std::string_view tensor) {
  std::vector<std::vector<int64_t>> kernels;
  while (true) {
    const auto found = tf.find(numbered(base, std::ssize(kernels)) + std::string(tensor));
    if (found == tf.end() || found->second.size() != 4) return kernels;
    kernels.push_back(found->second);
  }
}

/// Takes the row of kernels apart into blocks. Basic blocks end with 3x3, others with 1x1; a grouped kernel is not in the row.
std::vector<Convolution> order_of_tf(const TensorShapes& tf, const std::string& scope) {
  const std::vector<std::vector<int64_t>> kernels = kernels_of(tf, scope + "conv2d", "/kernel");
  const bool has_groups = !kernels_of(tf, scope + "Variable", "").empty(), is_basic = kernels.back()[0] == 3;
  const size_t of_a_block = is_basic || has_groups ? 2 : 3;
  std::vector<Convolution> order{{.name = "conv1"}};
  int64_t stage = 0, block = 0, width = 0;
  for (size_t i = 1; i < kernels.size(); i += of_a_block) {
    // A projection takes in what the next convolution does too, and only the first of a basic block is 1x1.
    const bool projects = is_basic ? kernels[i][0] == 1 : i + 1 < kernels.size() && kernels[i][2] == kernels[i + 1][2];
    const size_t first = projects ? i + 1 : i;
    if (first + of_a_block > kernels.size()) break;
    block = kernels[first][3] == width ? block + 1 : 0;
    if (block == 0) ++stage;
    width = kernels[first][3];
    const std::string name = fmt::format("layer{}.{}.", stage, block);
    if (projects) order.push_back({.name = name + "downsample.0"});
    for (size_t k = 1; k <= (is_basic ? 2 : 3); ++k) order.push_back({.name = fmt::format("{}conv{}", name, k), .is_grouped = has_groups && k == 2});
    if (projects) ++i;
  }
  return order;
}

/// What stands in front of a network's names, which may be nothing. Nothing when there is no network.
std::optional<std::string> scope_of(const TensorShapes& tf) {
  constexpr std::string_view kFirst = "conv2d/kernel";
  const auto first =
      std::ranges::find_if(tf, [&](const auto& each) { return each.second.size() == 4 && (each.first == kFirst || each.first.ends_with("/conv2d/kernel")); });
  if (first == tf.end()) return std::nullopt;
  return first->first.substr(0, first->first.size() - kFirst.size());
}

bool has_tf_head(const TensorShapes& tf) {
  return std::ranges::any_of(tf, [](const auto& each) { return each.first.starts_with(kHeadScope); });
}

/// Everything that the network of a checkpoint has, with whole names, whether it is there or not.
std::vector<Pair> pairs_in(const TensorShapes& tf) {
  const std::optional<std::string> scope = scope_of(tf);
  if (!scope) return {};
  std::vector<Pair> pairs = pairs_of(order_of_tf(tf, *scope));
  for (Pair& pair : pairs) pair.theirs = *scope + pair.theirs;
  if (has_tf_head(tf)) std::ranges::move(detection_pairs(), std::back_inserter(pairs));
  return pairs;
}

constexpr int64_t kMost = 1000;  // chosen: the largest network has 204 convolutions (spec 2.1); a number may be anything

/// Names of layers called base, base_1, ... that are not there although one of a higher number is.
void append_gaps(std::vector<std::string>& missing, const TensorShapes& tf, const std::string& base, std::string_view tensor) {
  int64_t last = -1;
  for (int64_t number = 0; number < kMost; ++number) {
    if (tf.contains(numbered(base, number) + std::string(tensor))) last = number;
  }
  for (int64_t number = 0; number < last; ++number) {
    const std::string name = numbered(base, number) + std::string(tensor);
    if (!tf.contains(name)) missing.push_back(name);
  }
}

/// How many norms there are from the first one on, each with one of its tensors at least.
int64_t norms_of(const TensorShapes& tf, const std::string& scope) {
  int64_t count = 0;
  const auto is_there = [&](const char* part) { return tf.contains(fmt::format("{}{}/{}", scope, numbered("batch_normalization", count), part)); };
  while (count < kMost && (is_there("gamma") || is_there("beta") || is_there("moving_mean") || is_there("moving_variance"))) ++count;
  return count;
}

/// Kernels behind the last of a row without gaps: what shows is half a block, norms that go on, or a backbone whose size is known.
void append_end(std::vector<std::string>& missing, const TensorShapes& tf, const std::string& scope) {
  constexpr int64_t kOfADetector = 29;  // spec 3.9
  const std::vector<Convolution> order = order_of_tf(tf, scope);
  const int64_t there = std::ssize(kernels_of(tf, scope + "conv2d", "/kernel")), grouped = std::ranges::count_if(order, &Convolution::is_grouped);
  int64_t needed = std::ssize(order) - grouped < there ? there + 1 : there;
  // A grouped kernel has a norm too, so there the norms tell that kernels are missing, but not how many.
  if (const int64_t norms = norms_of(tf, scope); norms > there + grouped) needed = std::max(needed, grouped == 0 ? norms : there + 1);
  if (scope == kBackboneScope && has_tf_head(tf)) needed = std::max(needed, kOfADetector);
  for (int64_t number = there; number < needed; ++number) missing.push_back(fmt::format("{}{}/kernel", scope, numbered("conv2d", number)));
}

}  // namespace

std::vector<int64_t> own_axes(int64_t rank) {
  if (rank == 4) return {3, 2, 0, 1};
  return tf_axes(rank);
}

std::vector<int64_t> tf_axes(int64_t rank) {
  if (rank == 4) return {2, 3, 1, 0};
  if (rank == 2) return {1, 0};
  std::vector<int64_t> axes(static_cast<size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

std::vector<int64_t> own_shape(const std::vector<int64_t>& tf) {
  std::vector<int64_t> shape;
  for (const int64_t axis : own_axes(std::ssize(tf))) shape.push_back(tf[static_cast<size_t>(axis)]);
  return shape;
}

bool has_detection_head(const TensorShapes& own) { return own.contains("class.0.weight"); }

std::optional<std::string> other_backbone(const TensorShapes& own) {
  const auto variant = variant_of(own);
  if (!variant || (variant == kDetectorVariant && lacks_stage1_projection(own))) return std::nullopt;
  return std::string(*variant) + (variant == kDetectorVariant ? " with one" : "");
}

NameMap tf_names(const TensorShapes& own) {
  const bool is_detector = has_detection_head(own);
  if (is_detector && (variant_of(own) != kDetectorVariant || !lacks_stage1_projection(own))) return {};
  NameMap names;
  const std::string scope(is_detector ? kBackboneScope : kClassifierScope);
  for (const auto& [ours, theirs] : pairs_of(order_of_own(own))) {
    if (own.contains(ours)) names.emplace(ours, scope + theirs);
  }
  if (!is_detector) return names;
  for (const auto& [ours, theirs] : detection_pairs()) {
    if (own.contains(ours)) names.emplace(ours, theirs);
  }
  return names;
}

NameMap own_names(const TensorShapes& tf) {
  NameMap names;
  for (const Pair& pair : pairs_in(tf)) {
    if (tf.contains(pair.theirs)) names.emplace(pair.theirs, pair.ours);
  }
  return names;
}

std::vector<std::string> missing_tf_names(const TensorShapes& tf) {
  std::vector<std::string> missing;
  const std::optional<std::string> scope = scope_of(tf);
  if (!scope) return missing;
  append_gaps(missing, tf, *scope + "conv2d", "/kernel");
  append_gaps(missing, tf, *scope + "Variable", "");
  if (missing.empty()) append_end(missing, tf, *scope);
  const bool has_dense = tf.contains(*scope + "dense/kernel") || tf.contains(*scope + "dense/bias");
  for (const Pair& pair : pairs_in(tf)) {
    if (tf.contains(pair.theirs) || (pair.ours.starts_with("fc.") && !has_dense)) continue;
    if (std::ranges::find(missing, pair.theirs) == missing.end()) missing.push_back(pair.theirs);
  }
  return missing;
}

std::optional<std::string> stray_tf_norm(const TensorShapes& tf) {
  constexpr std::string_view kMean = "/moving_mean";
  const NameMap names = own_names(tf);
  for (const auto& [name, shape] : tf) {
    if (name.ends_with(kMean) && !names.contains(name)) return name.substr(0, name.size() - kMean.size());
  }
  return std::nullopt;
}

}  // namespace fovea::model
