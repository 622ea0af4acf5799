// A run folder with small checkpoints in it.
#pragma once

#include "fovea/base/file.h"
#include "fovea/train/checkpoint.h"
#include "tests/support/errors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace fovea::train {

/// Two small tensors and one count; `value` fills the first, so that checkpoints can be told apart.
inline CheckpointContents small_contents(int64_t step, double value = 1.5) {
  CheckpointContents contents{.step = step};
  contents.model = {
      {"conv1.weight", at::full({2, 3, 1, 1}, value)}, {"fc.bias", at::arange(4, at::kFloat)}, {"bn1.num_batches_tracked", at::scalar_tensor(7, at::kLong)}};
  contents.optim = {{"momentum/conv1.weight", at::full({2, 3, 1, 1}, 0.25)}};
  contents.state = {
      {"format", 1}, {"step", step}, {"images", 32 * step}, {"epoch", 0.5}, {"model", "resnet18"}, {"num_outputs", 4}, {"recipe", {{"optim.lr", "0.1"}}}};
  return contents;
}

class RunDirectory : public testing::Test {
 protected:
  RunDirectory() : run_(fs::path(testing::TempDir()) / fmt::format("fovea_{}_{}", test_info()->test_suite_name(), test_info()->name())) {
    fs::remove_all(run_);
  }
  ~RunDirectory() override { fs::remove_all(run_); }

  static const testing::TestInfo* test_info() { return testing::UnitTest::GetInstance()->current_test_info(); }

  fs::path save(int64_t step, double value = 1.5) { return write_checkpoint(run_, small_contents(step, value)); }

  [[nodiscard]] std::vector<std::string> names_in_store() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(run_ / "checkpoints")) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path run_;
};

/// The first element of conv1.weight.
inline float first_weight(const fs::path& folder) { return read_tensors(load_checkpoint(folder).file("model"))[1].value.flatten()[0].item<float>(); }

using test::code_of;
using test::message_of;

}  // namespace fovea::train
