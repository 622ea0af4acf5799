// tf.train.Example (spec 1.6): a map from feature names to lists, read with packed or unpacked lists, written packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fovea::io {

using Int64List = std::vector<int64_t>;
using FloatList = std::vector<float>;
using BytesList = std::vector<std::string>;
using Feature = std::variant<Int64List, FloatList, BytesList>;

struct Example {
  std::map<std::string, Feature, std::less<>> features;

  /// The list of a feature; nothing when the feature is absent. throws kData when it has another type (naming the key and both types)
  [[nodiscard]] const Int64List* ints(std::string_view key) const;
  [[nodiscard]] const FloatList* floats(std::string_view key) const;
  [[nodiscard]] const BytesList* bytes(std::string_view key) const;

  bool operator==(const Example&) const = default;
};

/// Unknown fields are passed over; a feature without any list counts as absent; of features with the same name the last one counts.
/// keys    of the features asked for; the others are passed over without a copy. Empty: all
/// throws  kData with the byte offset inside the message at which it stops making sense
Example parse_example(std::span<const std::byte> message, std::span<const std::string_view> keys = {});

/// Deterministic: keys in order.
std::string serialize(const Example& example);

}  // namespace fovea::io
