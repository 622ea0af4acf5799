#include "fovea/model/ssd.h"

#include "fovea/base/strings.h"
#include "fovea/box/anchors.h"
#include "fovea/box/assign.h"
#include "fovea/loss/detection.h"
#include "fovea/model/backbone.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <algorithm>

namespace fovea::model {
namespace {

constexpr int64_t kImageSize = 300;
constexpr float kPositiveIou = 0.5F;  // spec 3.4
constexpr std::string_view kPrefix = "ssd_";

/// Layers between one map and the next (spec 3.1, block7 to block11): 1x1, then 3x3.
struct Extra {
  int64_t middle, out, stride;
  kernels::Padding padding;
};
constexpr std::array kExtras{
    Extra{256, 512, 2, kernels::Padding::kSame},  Extra{256, 512, 2, kernels::Padding::kSame},  Extra{128, 256, 2, kernels::Padding::kSame},
    Extra{128, 256, 1, kernels::Padding::kValid}, Extra{128, 256, 1, kernels::Padding::kValid},
};

class SsdTargets final : public data::TargetEncoder {
 public:
  explicit SsdTargets(std::vector<box::Box> anchors) : anchors_(std::move(anchors)) {}
  [[nodiscard]] int64_t num_anchors() const override { return std::ssize(anchors_); }

  void encode(std::span<const data::Object> objects, int64_t* classes, float* offsets) const override {
    std::vector<box::Box> truths;
    for (const data::Object& object : objects) truths.push_back(object.box);
    const std::vector<int32_t> matches = box::match(truths, anchors_, kPositiveIou);
    std::fill_n(classes, num_anchors(), 0);
    std::fill_n(offsets, 4 * num_anchors(), 0.0F);
    for (size_t a = 0; a < matches.size(); ++a) {
      if (matches[a] < 0) continue;
      const auto truth = static_cast<size_t>(matches[a]);
      classes[a] = objects[truth].class_id;
      std::ranges::copy(box::encode(truths[truth], anchors_[a]), offsets + 4 * a);
    }
  }

 private:
  std::vector<box::Box> anchors_;
};

class Ssd final : public Model {
 public:
  Ssd(const ModelOptions& options, const ModelFacts& facts)
      : num_outputs_(facts.num_outputs),
        initialise_{.distribution = nn::Distribution::kGlorotUniform, .seed = facts.seed},
        anchors_(box::default_boxes(box::ssd300_levels(), kImageSize)),
        backbone_({.variant = normal_name(options.name).substr(kPrefix.size()), .stages = 3, .last_stride = 1}, options, facts.seed, parameters_) {
    std::vector<int64_t> channels{backbone_.out_channels()};
    for (const Extra& extra : kExtras) {
      extras_.push_back(make_extra(extra, channels.back()));
      channels.push_back(extra.out);
    }
    const std::vector<box::AnchorLevel> levels = box::ssd300_levels();
    for (size_t i = 0; i < levels.size(); ++i) classes_.push_back(make_head(fmt::format("class.{}", i), channels[i], levels[i].shapes() * num_outputs_));
    for (size_t i = 0; i < levels.size(); ++i) boxes_.push_back(make_head(fmt::format("box.{}", i), channels[i], levels[i].shapes() * 4));
  }

  [[nodiscard]] data::Task task() const override { return data::Task::kDetect; }
  nn::Parameters& parameters() override { return parameters_; }
  [[nodiscard]] int64_t num_outputs() const override { return num_outputs_; }

  /// Its own or another network's: a classifier's fourth stage and dense layer are none of it.
  [[nodiscard]] bool is_backbone(std::string_view name) const override {
    return std::ranges::any_of(std::array{"conv1.", "bn1.", "layer1.", "layer2.", "layer3."}, [&](const char* begin) { return name.starts_with(begin); });
  }

  [[nodiscard]] data::Outputs forward(const Tensor& images, const kernels::ForwardContext& context) const override {
    if (images.size(2) != kImageSize || images.size(3) != kImageSize) {
      fail(ErrorCode::kConfig, Advice{"data.image_size=300"}, "an SSD of {} pixels cannot take pictures of {}x{}", kImageSize, images.size(2), images.size(3));
    }
    std::vector<Tensor> maps{backbone_.forward(images, context)};
    for (const nn::Chain& extra : extras_) maps.push_back(extra.forward(maps.back(), context));
    return {.logits = rows(classes_, maps, num_outputs_, context), .offsets = rows(boxes_, maps, 4, context)};
  }

  [[nodiscard]] nn::GraphValue describe(const nn::GraphValue& /*images*/, nn::GraphBuilder& /*graph*/) const override {
    fail(ErrorCode::kUsage, Advice{"`fovea predict` applies it; fovea/apply/detector.h is for programs"},
         "export writes classifiers only, and this network is a detector");
  }

  [[nodiscard]] LossTerms loss(const data::Outputs& outputs, const data::Targets& targets, double normalizer) const override {
    const loss::DetectionLoss terms =
        loss::detection_loss({.logits = outputs.logits, .offsets = outputs.offsets}, {.classes = targets.classes, .offsets = targets.offsets}, normalizer);
    return {.total = terms.total, .classes = terms.classes, .boxes = terms.boxes};
  }

  [[nodiscard]] std::unique_ptr<data::TargetEncoder> target_encoder() const override { return std::make_unique<SsdTargets>(anchors_); }

  [[nodiscard]] std::vector<std::vector<box::Detection>> detect(const data::Outputs& outputs) const override {
    const int64_t images = outputs.logits.size(0);
    const auto anchors = std::ssize(anchors_);
    const Tensor scores = at::softmax(outputs.logits, 2).to(at::kCPU).contiguous(), offsets = outputs.offsets.to(at::kCPU).contiguous();
    const auto *score = scores.data_ptr<float>(), *offset = offsets.data_ptr<float>();
    std::vector<std::vector<box::Detection>> found(static_cast<size_t>(images));
    at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
      std::vector<box::Box> boxes(anchors_.size());
      for (int64_t n = begin; n < end; ++n) {
        for (int64_t a = 0; a < anchors; ++a) {
          const float* own = offset + 4 * (n * anchors + a);
          boxes[static_cast<size_t>(a)] = box::decode({own[0], own[1], own[2], own[3]}, anchors_[static_cast<size_t>(a)]);
        }
        found[static_cast<size_t>(n)] = box::detect({score + n * anchors * num_outputs_, static_cast<size_t>(anchors * num_outputs_)}, boxes, {});
      }
    });
    return found;
  }

 private:
  nn::Chain make_extra(const Extra& extra, int64_t in) {
    const std::string name = fmt::format("extra.{}", extras_.size());
    return nn::Chain({.in = in,
                      .stages = {{.out = extra.middle, .kernel = 1, .bias = true, .norm = false},
                                 {.out = extra.out, .kernel = 3, .stride = extra.stride, .padding = extra.padding, .bias = true, .norm = false}}},
                     {.chain = name, .stages = {{.conv = name + ".conv1"}, {.conv = name + ".conv2"}}}, parameters_, initialise_);
  }

  nn::Chain make_head(const std::string& name, int64_t in, int64_t out) {
    return nn::Chain({.in = in, .stages = {{.out = out, .kernel = 3, .bias = true, .norm = false, .activation = kernels::Activation::kNone}}},
                     {.chain = name, .stages = {{.conv = name}}}, parameters_, initialise_);
  }

  /// One row of `columns` values per default box, [N, A, columns] float32: a head's channels are default box after default box, so its map in
  /// channels-last memory has the order of the boxes already.
  static Tensor rows(const std::vector<nn::Chain>& heads, const std::vector<Tensor>& maps, int64_t columns, const kernels::ForwardContext& context) {
    std::vector<Tensor> levels;
    for (size_t i = 0; i < heads.size(); ++i)
      levels.push_back(heads[i].forward(maps[i], context).permute({0, 2, 3, 1}).reshape({maps[i].size(0), -1, columns}));
    return at::cat(levels, 1).to(at::kFloat);
  }

  int64_t num_outputs_;
  nn::Parameters parameters_;
  nn::InitialiseOptions initialise_;
  std::vector<box::Box> anchors_;
  Backbone backbone_;
  std::vector<nn::Chain> extras_, classes_, boxes_;
};

}  // namespace

ModelOptions ssd_options() {
  return {.name = "ssd_resnet34",
          .padding = Padding::kSymmetric,
          .stem = Stem::kKeras,
          .zero_init_last_gamma = true,
          .stage1_projection = false,
          .bn_momentum = 0.9};
}

std::unique_ptr<Model> make_ssd(const ModelOptions& options, const ModelFacts& facts) { return std::make_unique<Ssd>(options, facts); }

}  // namespace fovea::model
