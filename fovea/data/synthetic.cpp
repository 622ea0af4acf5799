#include "fovea/data/synthetic.h"

#include "fovea/base/fields.h"
#include "fovea/base/random.h"
#include "fovea/base/strings.h"
#include "fovea/image/draw.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace fovea::data {
namespace {

constexpr std::string_view kWord = "synthetic";

struct SyntheticOptions {
  int64_t classes = 1000;  // spec 2.5: labels in [0, 1000)
  int64_t train = 12800;   // chosen: 100 steps of 128
  int64_t val = 1280;      // chosen: a tenth of it
  int64_t size = 224;      // the reference's image size
  int64_t boxes = 0;

  static const std::vector<Field>& fields() {
    using S = SyntheticOptions;
    static const std::vector<Field> fields{field("classes", &S::classes, "number of classes", {.min = 1, .max = 1e6}),
                                           field("train", &S::train, "training pictures", {.min = 1, .max = 1e12}),
                                           field("val", &S::val, "validation pictures", {.min = 1, .max = 1e12}),
                                           field("size", &S::size, "side of the pictures, pixels", {.min = 1, .max = 16384}),
                                           field("boxes", &S::boxes, "most objects of a picture; 0 = labels instead", {.min = 0, .max = 1000})};
    return fields;
  }
};

SyntheticOptions parse(std::string_view where, const OpenOptions& defaults) {
  SyntheticOptions options;
  if (defaults.synthetic_size > 0) options.size = defaults.synthetic_size;
  if (defaults.synthetic_task == Task::kDetect) {
    options.classes = 80;  // COCO's
    options.boxes = 8;     // chosen: about COCO's mean of 7.3
  }
  if (where.size() == kWord.size()) return options;
  for (const std::string& part : split(where.substr(kWord.size() + 1), ',')) {
    const size_t equals = part.find('=');
    const std::string name(trim(std::string_view(part).substr(0, equals)));
    std::vector<std::string> known;
    const Field* match = nullptr;
    for (const Field& candidate : SyntheticOptions::fields()) {
      known.push_back(candidate.name);
      if (candidate.name == name) match = &candidate;
    }
    if (match == nullptr || equals == std::string::npos) fail(ErrorCode::kConfig, "\"{}\": \"{}\" is not known{}", where, name, suggestion(name, known));
    try {
      match->assign(&options, trim(std::string_view(part).substr(equals + 1)));
    } catch (const Error& error) {
      fail(ErrorCode::kConfig, "\"{}\": {}: {}", where, name, error.what());
    }
  }
  return options;
}

/// Level of a pixel by 16 random bits: the quantile function of the truncated normal, in steps of 1/65536.
std::array<uint8_t, 65536> make_levels() {
  constexpr double kMean = 127, kDeviation = 60;  // spec 2.5
  constexpr double kLimit = 2;                    // spec 1.2: TensorFlow's truncated normal redraws outside two deviations
  const auto normal = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const double low = normal(-kLimit);
  const double share = normal(kLimit) - low;
  std::array<uint8_t, 65536> levels{};
  size_t filled = 0;
  for (int level = 0; level < 256; ++level) {
    const double z = std::clamp((level + 0.5 - kMean) / kDeviation, -kLimit, kLimit);
    const auto end = static_cast<size_t>(std::lround((normal(z) - low) / share * 65536));
    for (; filled < end; ++filled) levels[filled] = static_cast<uint8_t>(level);
  }
  return levels;
}

class Synthetic final : public Dataset {
 public:
  Synthetic(const SyntheticOptions& options, Split split, uint64_t seed)
      : options_(options), split_(split), seed_(seed), size_(split == Split::kTrain ? options.train : options.val), levels_(make_levels()) {
    info_.source = fmt::format("synthetic {} pictures: {} of {} x {}, {} classes{}", split == Split::kTrain ? "training" : "validation", format_count(size_),
                               options.size, options.size, format_count(options.classes), has_boxes() ? fmt::format(", 1 to {} boxes", options.boxes) : "");
    if (has_boxes()) {
      info_.task = Task::kDetect;
      info_.class_names.emplace_back("background");
    }
    for (int64_t i = 0; i < options.classes; ++i) info_.class_names.push_back(fmt::format("class {}", i));
    info_.num_outputs = std::ssize(info_.class_names);
    if (has_boxes()) {
      for (int64_t id = 0; id < info_.num_outputs; ++id) info_.class_ids.push_back(id);
    }
    info_.fingerprint = io::hash64(as_bytes(fmt::format("{} {} {} {} {}", static_cast<int>(split), options.classes, size_, options.size, seed) +
                                            (has_boxes() ? fmt::format(" {}", options.boxes) : "")));
  }

  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return size_; }

  [[nodiscard]] Sample get(int64_t index) const override {
    Random random = draws(index);
    Sample sample{.encoded = {}, .picture = nullptr, .label = has_boxes() ? 0 : random.integer(0, options_.classes - 1), .objects = {}, .source_id = index};
    image::Image picture(static_cast<int>(options_.size), static_cast<int>(options_.size));
    // two pixels a word, straight from the generator: this stands in for input that costs nothing
    const std::array<uint32_t, 2> key{random.bits(), random.bits()};
    const size_t count = picture.pixels.size();
    for (size_t i = 0; i < count; i += 8) {
      const auto words = philox({static_cast<uint32_t>(i / 8), static_cast<uint32_t>(split_), 0, 0}, key);
      for (size_t k = 0; k < std::min<size_t>(8, count - i); ++k) picture.pixels[i + k] = levels_[words[k / 2] >> 16 * (k % 2) & 0xffff];
    }
    for (int64_t left = has_boxes() ? random.integer(1, options_.boxes) : 0; left > 0; --left) sample.objects.push_back(draw_object(picture, random));
    sample.picture = std::make_shared<image::Image>(std::move(picture));
    return sample;
  }

  [[nodiscard]] std::string place(int64_t index) const override { return fmt::format("synthetic picture {}", index); }
  [[nodiscard]] std::optional<int64_t> known_label(int64_t index) const override {
    return has_boxes() ? std::nullopt : std::optional(draws(index).integer(0, options_.classes - 1));
  }

 private:
  [[nodiscard]] bool has_boxes() const { return options_.boxes > 0; }

  /// Sides of a tenth to a half of the picture, one pixel at least.
  [[nodiscard]] Object draw_object(image::Image& picture, Random& random) const {
    const int64_t whole = options_.size;
    const auto side = [&] { return static_cast<int>(random.integer(std::max<int64_t>(1, whole / 10), std::max<int64_t>(1, whole / 2))); };
    image::Rect area{.width = side(), .height = side()};
    area.x = static_cast<int>(random.integer(0, whole - area.width));
    area.y = static_cast<int>(random.integer(0, whole - area.height));
    const int64_t class_id = random.integer(1, options_.classes);
    const auto level = [&](int64_t factor) { return static_cast<uint8_t>(class_id * factor % 256); };
    image::fill(picture, area, {level(67), level(131), level(197)});  // chosen: primes, far apart for neighbours
    const auto fraction = [&](int pixels) { return static_cast<float>(pixels) / static_cast<float>(whole); };
    return {.box = {.y0 = fraction(area.y), .x0 = fraction(area.x), .y1 = fraction(area.y + area.height), .x1 = fraction(area.x + area.width)},
            .class_id = class_id,
            .area = static_cast<double>(area.width) * area.height};
  }

  [[nodiscard]] Random draws(int64_t index) const {
    FOVEA_CHECK(index >= 0 && index < size_, "sample {} of {}", index, size_);
    return {seed_, split_ == Split::kTrain ? 0U : 1U, static_cast<uint64_t>(index), Purpose::kSynthetic};
  }

  SyntheticOptions options_;
  Split split_;
  uint64_t seed_;
  int64_t size_;
  std::array<uint8_t, 65536> levels_;
  DatasetInfo info_;
};

}  // namespace

bool is_synthetic(std::string_view where) { return where == kWord || (where.starts_with(kWord) && where.substr(kWord.size()).starts_with(':')); }

std::unique_ptr<Dataset> open_synthetic(std::string_view where, Split split, const OpenOptions& options) {
  return std::make_unique<Synthetic>(parse(where, options), split, options.seed);
}

}  // namespace fovea::data
