// A run of a few seconds: ResNet-18 with most layers frozen, on a handful of synthetic pictures of 16 pixels.
#pragma once

#include "fovea/base/file.h"
#include "fovea/base/log.h"
#include "fovea/io/json.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/trainer.h"

#include "tests/support/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace fovea::train {

inline constexpr int64_t kStepsPerEpoch = 4;  // 16 pictures in batches of 4

/// A run in a folder of its own. Change `setup` before a session; every call of session() is one.
class TinyRun {
 public:
  TinyRun() {
    setup.model = {.name = "resnet18", .padding = model::Padding::kSymmetric, .stem = model::Stem::kSmall, .stage1_projection = false, .bn_momentum = 0.5};
    setup.data.image_size = 16;
    setup.data.eval_resize = 16;
    setup.data.threads = 1;
    setup.optim.lr = 0.05;
    setup.optim.lr_batch = 0;
    setup.optim.schedule = optim::ScheduleKind::kConstant;
    setup.optim.warmup_epochs = 0;
    setup.optim.freeze = {"layer3.*", "layer4.*"};  // most of the weights: their gradients would be most of the time
    setup.train.steps = 6;
    setup.train.batch_size = 4;
    setup.train.precision = Precision::kFloat32;
    setup.train.log_every = {1, Interval::Unit::kSteps};
    setup.train.eval_every = {100, Interval::Unit::kEpochs};
    setup.train.save_every = {100, Interval::Unit::kEpochs};
    setup.data_where = "synthetic:classes=2,train=16,val=8,size=16";
    setup.command = {"fovea", "train", "tiny"};
    setup.version = "test";
    setup.run_dir = folder / "run";
  }

  /// Trains or continues. After each line about a step, `after_step` is called with its number, on the training thread.
  TrainResult session() {
    setup.recipe.clear();
    describe("model", model::ModelOptions::fields(), &setup.model);
    describe("data", data::DataOptions::fields(), &setup.data);
    describe("optim", optim::OptimOptions::fields(), &setup.optim);
    describe("train", TrainOptions::fields(), &setup.train);
    setup.config_yaml = "train:\n  steps: " + std::to_string(setup.train.steps.value_or(0)) + "\n";
    lines.clear();
    Log log([&](LogLevel level, std::string_view line) {
      lines.push_back((level == LogLevel::kInfo ? "" : "warning: ") + std::string(line));
      const size_t at = line.find(" step ");
      if (on_line) on_line(line);
      if (after_step && line.starts_with("epoch ") && at != std::string_view::npos) after_step(std::stoll(std::string(line.substr(at + 6))));
    });
    return run_training(setup, {.log = log, .progress = progress});
  }

  [[nodiscard]] fs::path dir() const { return setup.run_dir; }
  [[nodiscard]] fs::path checkpoint(int64_t step) const { return dir() / "checkpoints" / checkpoint_name(step); }
  [[nodiscard]] std::string bytes(int64_t step, const std::string& part) const {
    return read_text(checkpoint(step) / (part + ".safetensors"), int64_t{1} << 30);
  }
  [[nodiscard]] io::Json state(int64_t step) const { return io::read_json(checkpoint(step) / "state.json"); }
  [[nodiscard]] io::Json status() const { return io::read_json(dir() / "status.json"); }

  /// Lines of metrics.jsonl as a reader takes them: what a later session took back is left out.
  [[nodiscard]] std::vector<io::Json> metrics(const std::string& kind) const {
    std::vector<io::Json> all;
    std::string text = read_text(dir() / "metrics.jsonl", 1 << 24);
    for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const io::Json line = io::Json::parse(text.substr(begin, end - begin));
      if (line.at("kind") == "event" && line.at("event") == "resume") std::erase_if(all, [&](const io::Json& old) { return old.at("step") > line.at("step"); });
      all.push_back(line);
    }
    std::erase_if(all, [&](const io::Json& line) { return line.at("kind") != kind; });
    return all;
  }

  /// The same without what depends on the clock and the machine.
  [[nodiscard]] std::vector<std::string> figures(const std::string& kind) const {
    std::vector<std::string> texts;
    for (const io::Json& line : metrics(kind)) {
      io::Json kept = io::Json::object();
      for (const auto& item : line.items()) {
        if (item.key() != "t" && !item.key().starts_with("perf/") && !item.key().starts_with("mem/")) kept[item.key()] = item.value();
      }
      texts.push_back(kept.dump());
    }
    return texts;
  }

  [[nodiscard]] std::vector<std::string> events() const {
    std::vector<std::string> names;
    for (const io::Json& line : metrics("event")) names.push_back(line.at("event"));
    return names;
  }

  /// Every file of the run with its content, the lock left out.
  [[nodiscard]] std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(dir())) {
      if (entry.is_regular_file() && entry.path().filename() != ".lock") files[entry.path().string()] = read_text(entry.path(), int64_t{1} << 30);
    }
    return files;
  }

  [[nodiscard]] bool said(std::string_view part) const {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }

  test::TemporaryFolder folder;
  TrainerSetup setup;
  std::function<void(int64_t step)> after_step;
  std::function<void(std::string_view line)> on_line;  ///< every line of the log
  std::function<void(std::string_view line)> progress;
  std::vector<std::string> lines;  ///< of the last session

 private:
  void describe(const std::string& section, const std::vector<Field>& fields, const void* options) {
    for (const Field& field : fields) setup.recipe[section + "." + field.name] = field.print(options);
  }
};

/// Weights, momentum and, with averaging, averages after `step` are the same bytes in both runs.
inline void expect_same_tensors(const TinyRun& a, const TinyRun& b, int64_t step) {
  for (const char* part : {"model", "optim", "ema"}) {
    const std::string file = std::string(part) + ".safetensors";
    ASSERT_EQ(fs::exists(a.checkpoint(step) / file), fs::exists(b.checkpoint(step) / file)) << part;
    if (!fs::exists(a.checkpoint(step) / file)) continue;
    EXPECT_TRUE(a.bytes(step, part) == b.bytes(step, part)) << part << " differs";
  }
}

}  // namespace fovea::train
