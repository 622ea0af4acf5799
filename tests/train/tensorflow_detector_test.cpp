// A detector in checkpoints of TensorFlow: whole, as a backbone to start from, and what is refused. tests/models/check_tf_checkpoint.py does the same with
// TensorFlow itself.
#include "fovea/io/tf_bundle.h"
#include "fovea/model/model.h"
#include "fovea/model/tf_names.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/convert_weights.h"
#include "fovea/train/run_state.h"

#include "tests/models/formula.h"
#include "tests/models/reference_detector.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>

namespace fovea::train {
namespace {

using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kOutputs = 3;

model::ModelOptions ssd_options() { return model::own_options(model::model_entry("ssd_resnet34")); }
std::unique_ptr<model::Model> detector() { return model::make_model(ssd_options(), {.num_outputs = kOutputs, .seed = std::nullopt}); }

using Tensors = std::map<std::string, Tensor>;

Tensors tensors_of(model::Model& model) {
  Tensors tensors;
  for (const nn::Parameter& each : model.parameters().all()) tensors.emplace(each.name, each.value.detach());
  return tensors;
}

void write(const fs::path& prefix, const Tensors& tensors) {
  std::vector<io::TensorView> views;
  for (const auto& [name, value] : tensors) views.push_back({.name = name, .shape = value.sizes().vec(), .bytes = tensor_bytes(value)});
  io::write_tf_bundle(prefix, views);
}

/// Every name of a detector's, with few numbers: the first convolution alone stands for the backbone, below another scope than the reference's, where 29
/// are missed.
Tensors small_detector(int64_t outputs) {
  Tensors tensors{{"backbone/conv2d/kernel", at::arange(6).to(at::kFloat).view({1, 1, 2, 3})}};
  for (const char* part : {"gamma", "beta", "moving_mean", "moving_variance"}) tensors[fmt::format("backbone/batch_normalization/{}", part)] = at::ones({3});
  const auto add = [&](const std::string& layer, int64_t channels) {
    tensors[fmt::format("ssd/{}/kernel", layer)] = at::ones({1, 1, 1, channels});
    tensors[fmt::format("ssd/{}/bias", layer)] = at::ones({channels});
  };
  for (int block = 7; block <= 11; ++block) {
    add(fmt::format("block{}-conv1x1", block), 2);
    add(fmt::format("block{}-conv3x3", block), 2);
  }
  for (int level = 3; level <= 8; ++level) {
    add(fmt::format("class_net/class-{}", level), 4 * outputs);
    add(fmt::format("box_net/box-{}", level), 4 * 4);
  }
  return tensors;
}

/// A classifier of few channels: blocks are known by their number and kind.
struct Narrow {
  std::vector<int64_t> blocks;
  int64_t convolutions = 2;
};

/// Its tensors with the reference's names and axes, and with a projection in stage 1. Zeros.
Tensors tensors_of(const Narrow& network) {
  model::TensorShapes own;
  const auto add = [&](const std::string& conv, const std::string& norm, const std::vector<int64_t>& shape) {
    own[conv + ".weight"] = shape;
    for (const char* part : {"weight", "bias", "running_mean", "running_var"}) own[fmt::format("{}.{}", norm, part)] = {shape[0]};
  };
  int64_t in = 4;
  add("conv1", "bn1", {in, 3, 7, 7});
  for (int64_t stage = 0; stage < std::ssize(network.blocks); ++stage) {
    const int64_t width = int64_t{4} << stage, last = network.convolutions == 3 ? 4 * width : width;
    for (int64_t block = 0; block < network.blocks[static_cast<size_t>(stage)]; ++block) {
      const std::string name = fmt::format("layer{}.{}.", stage + 1, block);
      if (block == 0) add(name + "downsample.0", name + "downsample.1", {last, in, 1, 1});
      for (int64_t k = 1; k <= network.convolutions; ++k) {
        const int64_t out = k == network.convolutions ? last : width, kernel = network.convolutions == 2 || k == 2 ? 3 : 1;
        add(fmt::format("{}conv{}", name, k), fmt::format("{}bn{}", name, k), {out, in, kernel, kernel});
        in = out;
      }
    }
  }
  Tensors tensors;
  for (const auto& [ours, theirs] : model::tf_names(own)) {
    std::vector<int64_t> shape;
    for (const int64_t axis : model::tf_axes(std::ssize(own.at(ours)))) shape.push_back(own.at(ours)[static_cast<size_t>(axis)]);
    tensors.emplace(theirs, at::zeros(shape));
  }
  return tensors;
}

const Narrow kResNet18{.blocks = {2, 2, 2, 2}}, kResNet34{.blocks = {3, 4, 6, 3}}, kResNet50{.blocks = {3, 4, 6, 3}, .convolutions = 3};

std::string message(const Tensors& tensors, model::Model& model, const InitOptions& options = {.part = InitPart::kBackbone}) {
  const TemporaryFolder folder;
  write(folder / "model.ckpt-1", tensors);
  return test::message_of([&] { init_weights(WeightFile(folder.path()), model, options); });
}

TEST(DetectorForTensorFlow, ComesBackBitByBit) {
  const TemporaryFolder folder;
  const auto network = detector();
  test::fill(network->parameters());
  CheckpointContents contents{.state = state_json({}, {.model = "ssd_resnet34", .num_outputs = kOutputs, .global_batch = 1})};
  for (const auto& [name, value] : tensors_of(*network)) contents.model.push_back({name, value});
  write_checkpoint_folder(folder / "ours", contents);

  export_weights(WeightFile(folder / "ours"), folder / "model.ckpt-00000120");

  const WeightFile back(folder / "model.ckpt-00000120");
  EXPECT_EQ(back.step(), 120);
  EXPECT_EQ(back.num_outputs(), kOutputs);
  const auto fresh = detector();
  const InitReport report = init_weights(back, *fresh, {.recipe = {{"model.padding", "symmetric"}, {"model.stem", "keras"}}});
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_EQ(report.names(TensorFate::kLoaded).size(), 189U);  // 29 x 5 of the backbone, (10 + 12) x 2 behind it: spec 3.1
  const Tensors before = tensors_of(*network);
  for (const auto& [name, value] : tensors_of(*fresh)) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(value.equal(before.at(name)));
  }
}

TEST(DetectorFromTensorFlow, BecomesACheckpointWithNamesAndIds) {
  const TemporaryFolder folder;
  const Tensors tensors = small_detector(81);
  write(folder / "model.ckpt-1", tensors);
  const WeightFile file(folder.path());
  ASSERT_EQ(file.num_outputs(), 81);
  std::vector<std::string> names;
  for (int i = 1; i <= 80; ++i) names.push_back(fmt::format("thing {}", i));

  import_weights(file, folder / "ours", {.model = ssd_options(), .classes = names, .allows_partial = true});

  const Identity identity = identity_from(load_checkpoint(folder / "ours").state, "ours");
  ASSERT_EQ(identity.class_ids.size(), 81U);
  EXPECT_EQ(identity.classes[0], "background");
  EXPECT_EQ(identity.classes[80], "thing 80");
  EXPECT_EQ(identity.class_ids[11], 11);
  EXPECT_EQ(identity.class_ids[12], 13) << "12 is not used: spec 3.4";
  EXPECT_EQ(identity.class_ids[80], 90);
}

TEST(DetectorFromTensorFlow, RefusesIdsForTheBackground) {
  const TemporaryFolder folder;
  write(folder / "model.ckpt-1", small_detector(3));
  const WeightFile file(folder.path());

  const std::string said = test::message_of([&] {
    import_weights(file, folder / "ours", {.model = ssd_options(), .classes = {"nothing", "cat", "dog"}, .class_ids = {0, 17, 90}, .allows_partial = true});
  });

  EXPECT_THAT(said, HasSubstr("has 3 outputs, the first for the background, but the list has 3 class names with ids"));
  EXPECT_FALSE(fs::exists(folder / "ours"));
}

TEST(DetectorFromTensorFlow, IsNoCheckpointWhenALayerOfItsHeadDoesNotFit) {
  const TemporaryFolder folder;
  test::write_reference_detector(folder / "model.ckpt-7", {.last_boxes = 6});
  const WeightFile file(folder.path());

  const std::string said = test::message_of([&] { import_weights(file, folder / "ours", {.model = ssd_options()}); });

  EXPECT_THAT(said, HasSubstr("does not fit: box.5.bias has another shape: [24] in the file, [16] here"));
  EXPECT_FALSE(fs::exists(folder / "ours"));
}

TEST(DetectorFromTensorFlow, IsRefusedWhenItsNormsAreNumberedOtherwise) {
  const TemporaryFolder folder;
  Tensors tensors = small_detector(2);
  for (const char* part : {"gamma", "beta", "moving_mean", "moving_variance"}) {
    auto norm = tensors.extract(fmt::format("backbone/batch_normalization/{}", part));
    norm.key() = fmt::format("backbone/batch_normalization_29/{}", part);
    tensors.insert(std::move(norm));
  }
  write(folder / "model.ckpt-1", tensors);

  EXPECT_THAT(test::message_of([&] { WeightFile{folder.path()}; }),
              HasSubstr("as --distributed_bn leaves them, so which is which is not known: it has backbone/batch_normalization_29, but lacks 4 tensors"));
}

TEST(DetectorFromTensorFlow, IsTheReferencesInAnyForm) {
  const TemporaryFolder folder;
  write(folder / "model.ckpt-1", small_detector(2));
  const WeightFile file(folder.path());

  for (const std::string name : {"w.safetensors", "w.pth"}) {
    SCOPED_TRACE(name);
    export_weights(file, folder / name);
    const WeightFile back(folder / name);
    EXPECT_FALSE(back.is_ours());
    EXPECT_EQ(back.maker(), Maker::kReference);
    EXPECT_EQ(back.recipe().at("model.stem"), "keras") << "spec 3.1";
    EXPECT_EQ(back.recipe().at("model.padding"), "symmetric");
  }
}

TEST(BackboneFromTensorFlow, FillsADetectorAndPassesOverTheRest) {
  const TemporaryFolder folder;
  const auto classifier = model::make_model({.name = "resnet34", .stage1_projection = false}, {.num_outputs = 1001});
  test::fill(classifier->parameters());
  Tensors tensors{{"global_step", at::zeros({})}};
  const Tensors own = tensors_of(*classifier);
  model::TensorShapes shapes;
  for (const auto& [name, value] : own) shapes.emplace(name, value.sizes().vec());
  for (const auto& [ours, theirs] : model::tf_names(shapes)) {
    const std::string plain = theirs.substr(theirs.find('/') + 1);  // spec 3.9: the names of the table have no scope
    const Tensor& value = own.at(ours);
    tensors[plain] = value.permute(model::tf_axes(value.dim())).contiguous();
    tensors[plain + "/Momentum"] = at::ones({1});
  }
  write(folder / "model.ckpt-28152", tensors);
  const auto network = detector();

  const InitReport report =
      init_weights(WeightFile(folder.path()), *network, {.part = InitPart::kBackbone, .recipe = {{"model.padding", "symmetric"}, {"model.stem", "keras"}}});

  EXPECT_EQ(report.names(TensorFate::kLoaded).size(), 29U * 5);
  EXPECT_THAT(report.names(TensorFate::kUnused), IsEmpty()) << "the last stage and the dense layer are no part of a detector";
  EXPECT_THAT(report.names(TensorFate::kSkipped), testing::Contains("conv2d_28/kernel/Momentum"));
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_TRUE(network->parameters().find("layer3.5.conv2.weight")->value.detach().equal(own.at("layer3.5.conv2.weight")));
}

TEST(BackboneFromTensorFlow, IsRefusedOfAnotherNetwork) {
  EXPECT_THAT(message(tensors_of(kResNet50), *detector()), HasSubstr("model.ckpt-1 is of a resnet50, the backbone here is of a resnet34"));
}

TEST(ClassifierFromTensorFlow, IsRefusedForAnotherNetwork) {
  const auto network = model::make_model({.name = "resnet50"}, {.num_outputs = kOutputs});

  EXPECT_THAT(message(tensors_of(kResNet34), *network), HasSubstr("model.ckpt-1 is of a resnet34, the backbone here is of a resnet50"));
}

TEST(BackboneFromTensorFlow, IsRefusedWithAProjectionThatADetectorHasNot) {
  const auto network = detector();
  const Tensors tensors = tensors_of(kResNet34);

  EXPECT_THAT(message(tensors, *network), HasSubstr("has a projection in the first block (layer1.0.downsample), the network here has none"));
  EXPECT_EQ(message(tensors, *network, {.part = InitPart::kBackbone, .allows_partial = true}), "no error");
}

TEST(BackboneFromTensorFlow, NamesWhatIsMissing) {
  const TemporaryFolder folder;
  Tensors tensors = tensors_of(kResNet18);
  tensors.erase("resnet_model/conv2d_5/kernel");
  tensors.erase("resnet_model/batch_normalization/beta");
  write(folder / "model.ckpt-1", tensors);

  EXPECT_THAT(test::message_of([&] { WeightFile{folder.path()}; }),
              HasSubstr("it lacks 2 tensors (resnet_model/conv2d_5/kernel, resnet_model/batch_normalization/beta) that others in it need"));
}

/// The tensors of a file, as one text.
std::string contents(const fs::path& path) {
  const WeightFile file(path);
  std::string text;
  for (const auto& [name, row] : file.rows()) {
    const Tensor value = row.read();
    text += fmt::format("{} [{}] {}\n", name, fmt::join(row.shape, ","), as_text(tensor_bytes(value)));
  }
  return text;
}

TEST(DetectorFromTensorFlow, IsRefusedOrUnchangedWhateverByteOfItsIndexIsFlipped) {
  const TemporaryFolder folder;
  write(folder / "model.ckpt-1", small_detector(2));
  const std::string good = contents(folder / "model.ckpt-1"), index = read_text(folder / "model.ckpt-1.index");
  size_t refused = 0;

  for (size_t i = 0; i < index.size(); ++i) {
    SCOPED_TRACE(i);
    std::string flipped = index;
    flipped[i] ^= static_cast<char>(1 << (i % 8));
    folder.put("model.ckpt-1.index", flipped);
    std::string found;
    const auto code = test::code_of([&] { found = contents(folder / "model.ckpt-1"); });
    if (code) {
      EXPECT_EQ(code, ErrorCode::kData);
      ++refused;
    } else {
      EXPECT_EQ(found, good);
    }
  }
  EXPECT_GT(refused, index.size() * 9 / 10) << "all but the padding of the footer";
}

}  // namespace
}  // namespace fovea::train
