// Python's pickle format, read as data: no class is made and no function is called, so nothing of a file can run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace fovea::io {

/// The tree of a pickle (the opcodes that torch.save writes with protocols 2 to 4). Nodes refer to each other by number and may be shared.
class Pickle {
 public:
  using Node = size_t;
  struct None {};
  struct Sequence {  ///< a list or a tuple
    std::vector<Node> items;
  };
  struct Dict {  ///< also collections.OrderedDict; keys may repeat, then the last one counts
    std::vector<std::pair<Node, Node>> items;
  };
  struct Global {  ///< the name of a class or function: "torch.FloatStorage"
    std::string name;
  };
  struct Call {  ///< a function by name and what it would be called with, a Sequence
    std::string function;
    Node arguments = 0;
  };
  struct Persistent {  ///< something that stands outside the pickle
    Node id = 0;
  };
  using Value = std::variant<None, bool, int64_t, double, std::string, Sequence, Dict, Global, Call, Persistent>;

  /// globals  the names of classes and functions that may occur; collections.OrderedDict always may
  /// where    for messages
  /// throws   kData naming the byte: cut short, an opcode or a name that is not among those known, more than two million values
  Pickle(std::span<const std::byte> bytes, std::span<const std::string_view> globals, std::string where);

  [[nodiscard]] Node root() const { return root_; }
  [[nodiscard]] const Value& at(Node node) const { return values_[node]; }

  /// The value if it is a T, else null.
  template <class T>
  [[nodiscard]] const T* get(Node node) const {
    return std::get_if<T>(&values_[node]);
  }

 private:
  friend class PickleReader;
  std::vector<Value> values_;
  Node root_ = 0;
};

}  // namespace fovea::io
