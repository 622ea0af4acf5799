// What the translators of several programs share: commands in the making, and a batch of several workers in one process.
#pragma once

#include "fovea/compat/arguments.h"
#include "fovea/compat/translate.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::compat {

/// The arguments of one command, from left to right.
class CommandBuilder {
 public:
  explicit CommandBuilder(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {}

  void flag(std::string_view name) { arguments_.emplace_back(name); }
  void flag(std::string_view name, const std::string& value);
  void flag(std::string_view name, int64_t value);
  /// --set name=value
  void key(std::string_view name, const std::string& value);
  void key(std::string_view name, int64_t value);

  [[nodiscard]] Command command() && { return {.arguments = std::move(arguments_), .environment = {}}; }

 private:
  std::vector<std::string> arguments_;
};

/// throws kUsage below `least`
void expect_at_least(std::string_view what, int64_t value, int64_t least);

/// throws kUsage when batch or workers are below 1 or make more pictures of a step than Fovea takes
void expect_batch(int64_t batch, int64_t workers);

enum class Passes {
  kPerWorker,  ///< batch norm sees the pictures of one worker, as there
  kOne,        ///< it sees those of all workers: distributed batch norm
};

/// --batch-size of `workers` that have `batch` pictures each, and how they go through the network.
void add_batch(int64_t batch, int64_t workers, Passes passes, CommandBuilder& builder, Translation& translation);

/// The number that --use_horovod was given, else 1; a note when it was given without one.
int64_t horovod_workers(const Given& given, Translation& translation);

/// The file or folder itself without slashes behind it.
std::string without_slash(const std::string& path);

}  // namespace fovea::compat
