// A data set made from indices, with damage where a test wants it, and loader batches as values to compare.
#pragma once

#include "fovea/base/random.h"
#include "fovea/data/loader.h"
#include "tests/support/errors.h"

#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fovea::data {

/// Pictures of 10 x 8 pixels made from their index; label = index mod 10. What `before_get` throws is damage.
class FakeDataset final : public Dataset {
 public:
  explicit FakeDataset(int64_t size, std::function<void(int64_t)> before_get = {}) : size_(size), before_get_(std::move(before_get)) {
    info_.source = "fake";
    info_.num_outputs = 10;
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return size_; }
  [[nodiscard]] Sample get(int64_t index) const override {
    if (before_get_) before_get_(index);
    image::Image picture(10, 8);
    Random random(0, 0, static_cast<uint64_t>(index), Purpose::kSynthetic);
    for (uint8_t& value : picture.pixels) value = static_cast<uint8_t>(random.bits());
    return {.picture = std::make_shared<image::Image>(std::move(picture)), .label = index % 10};
  }
  [[nodiscard]] std::string place(int64_t index) const override { return fmt::format("fake picture {}", index); }

 private:
  int64_t size_;
  std::function<void(int64_t)> before_get_;
  DatasetInfo info_;
};

/// Damages the samples given.
inline std::function<void(int64_t)> damage(std::set<int64_t> samples) {
  return [samples = std::move(samples)](int64_t index) {
    if (samples.contains(index)) fail(ErrorCode::kData, "fake picture {}: damaged", index);
  };
}

inline LoaderOptions small(int64_t threads = 2) {
  return {.data = {.image_size = 6, .eval_resize = 7}, .seed = 3, .batch = 8, .threads = threads, .prefetch = 3};
}

inline LoaderOptions skipping(int64_t max_corrupt = 100) {
  LoaderOptions options = small();
  options.data.on_corrupt = OnCorrupt::kSkip;
  options.data.max_corrupt = max_corrupt;
  return options;
}

inline std::vector<uint8_t> bytes_of(const Tensor& tensor) {
  const auto bytes = tensor_bytes(tensor);
  std::vector<uint8_t> result(bytes.size());
  std::memcpy(result.data(), bytes.data(), bytes.size());
  return result;
}

inline std::vector<int64_t> values(const Tensor& tensor) { return {tensor.data_ptr<int64_t>(), tensor.data_ptr<int64_t>() + tensor.numel()}; }

/// A batch by value, comparable.
struct Content {
  int64_t step;
  std::vector<int64_t> samples, labels;
  std::vector<uint8_t> pixels;
  bool operator==(const Content&) const = default;
};

inline Content content(const Batch& batch) {
  return {.step = batch.step, .samples = batch.samples, .labels = values(batch.targets.labels), .pixels = bytes_of(batch.images)};
}

inline std::vector<Content> train_batches(const Dataset& dataset, const LoaderOptions& options, int64_t first_step, int count) {
  Loader loader = Loader::train(dataset, options, first_step);
  std::vector<Content> result;
  for (int i = 0; i < count; ++i) result.push_back(content(*loader.next()));
  return result;
}

inline std::vector<Content> evaluation_batches(const Dataset& dataset, const LoaderOptions& options) {
  Loader loader = Loader::evaluation(dataset, options);
  std::vector<Content> result;
  while (const std::optional<Batch> batch = loader.next()) result.push_back(content(*batch));
  return result;
}

/// The message of the Error that one of so many calls of next() throws, or "no error".
inline std::string message_of(Loader& loader, int calls) {
  return test::message_of([&] {
    for (int i = 0; i < calls; ++i) loader.next();
  });
}

}  // namespace fovea::data
