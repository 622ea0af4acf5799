#include "fovea/data/decoded_cache.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/image/decode.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace fovea::data {
namespace {

constexpr int64_t kMeasuredPictures = 256;  // chosen: their mean is within a few per cent, read in a moment

int64_t pixel_bytes(image::Size size) { return int64_t{size.width} * size.height * 3; }

class DecodedCache final : public Dataset {
 public:
  DecodedCache(std::unique_ptr<Dataset> source, const DataOptions& options, int64_t budget_bytes, Log& log)
      : source_(std::move(source)), decoding_{.fast_idct = options.fast_idct}, budget_(budget_bytes), log_(log), kept_(static_cast<size_t>(source_->size())) {}

  [[nodiscard]] const DatasetInfo& info() const override { return source_->info(); }
  [[nodiscard]] int64_t size() const override { return source_->size(); }
  [[nodiscard]] std::string place(int64_t index) const override { return source_->place(index); }
  [[nodiscard]] std::optional<int64_t> known_label(int64_t index) const override { return source_->known_label(index); }
  [[nodiscard]] std::span<const Object> known_objects(int64_t index) const override { return source_->known_objects(index); }

  [[nodiscard]] Sample get(int64_t index) const override {
    if (const std::shared_ptr<const Sample> sample = find(index)) return *sample;
    Sample sample = source_->get(index);
    const int64_t bytes = sample.picture ? 0 : size_decoded(sample.encoded);
    if (bytes == 0 || !reserve(bytes)) return sample;
    try {
      sample.picture = std::make_shared<image::Image>(image::decode(sample.encoded, decoding_));
      sample.encoded = {};
    } catch (const Error&) {
      // whether the damage matters depends on the crop
    }
    keep(index, sample, bytes);
    return sample;
  }

 private:
  [[nodiscard]] std::shared_ptr<const Sample> find(int64_t index) const {
    const std::scoped_lock lock(mutex_);
    return kept_.at(static_cast<size_t>(index));
  }

  /// 0 for a picture whose header is damaged: the loader meets the same error, and knows what to do with it.
  [[nodiscard]] int64_t size_decoded(std::span<const std::byte> encoded) const {
    try {
      return pixel_bytes(image::read_info(encoded, decoding_).size);
    } catch (const Error&) {
      return 0;
    }
  }

  /// Takes a picture's pixels out of the budget before they are decoded.
  bool reserve(int64_t bytes) const {
    int64_t num_kept = 0;
    {
      const std::scoped_lock lock(mutex_);
      if (used_ + bytes <= budget_) {
        used_ += bytes;
        return true;
      }
      if (std::exchange(has_warned_, true)) return false;
      num_kept = num_kept_;
    }
    log_.warning("decoded pictures take more memory than estimated: {} of {} are kept, the others are decoded each time", format_count(num_kept),
                 format_count(size()));
    return false;
  }

  /// Gives back what was reserved and is not needed: for a picture that another thread has kept meanwhile, or that stays encoded.
  void keep(int64_t index, const Sample& sample, int64_t reserved) const {
    auto kept = std::make_shared<const Sample>(sample);
    const std::scoped_lock lock(mutex_);
    used_ -= reserved;
    std::shared_ptr<const Sample>& slot = kept_[static_cast<size_t>(index)];
    if (slot) return;
    used_ += kept->picture ? reserved : static_cast<int64_t>(kept->encoded.size());
    slot = std::move(kept);
    ++num_kept_;
  }

  std::unique_ptr<Dataset> source_;
  image::DecodeOptions decoding_;
  int64_t budget_;
  Log& log_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const Sample>> kept_;
  mutable int64_t used_ = 0;
  mutable int64_t num_kept_ = 0;
  mutable bool has_warned_ = false;
};

}  // namespace

int64_t decoded_bytes(const Dataset& dataset, const DataOptions& options) {
  const int64_t measured = std::min(dataset.size(), kMeasuredPictures);
  int64_t bytes = 0, good = 0;
  for (int64_t i = 0; i < measured; ++i) {
    try {
      const Sample sample = dataset.get(i * dataset.size() / measured);
      if (sample.picture) return 0;
      bytes += pixel_bytes(image::read_info(sample.encoded, {.fast_idct = options.fast_idct}).size);
      ++good;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kData && error.code() != ErrorCode::kMissing) throw;
    }
  }
  return good == 0 ? 0 : bytes / good * dataset.size();
}

std::unique_ptr<Dataset> keep_decoded(std::unique_ptr<Dataset> dataset, const DataOptions& options, int64_t budget_bytes, Log& log) {
  return std::make_unique<DecodedCache>(std::move(dataset), options, budget_bytes, log);
}

}  // namespace fovea::data
