// Weights out of checkpoints of TensorFlow, and into them. tests/models/check_tf_checkpoint.py does the same with TensorFlow itself.
#include "fovea/io/tf_bundle.h"
#include "fovea/model/model.h"
#include "fovea/train/convert_weights.h"

#include "tests/models/formula.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>

namespace fovea::train {
namespace {

using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kGoldens = FOVEA_SOURCE_DIR "/tests/goldens/tf_bundle";  // written by TensorFlow, see make_tf_bundles.py

std::vector<float> numbers(const WeightFile& file, const std::string& name) {
  const Tensor value = file.rows().at(name).read();
  EXPECT_EQ(value.sizes().vec(), file.rows().at(name).shape);
  return {value.data_ptr<float>(), value.data_ptr<float>() + value.numel()};
}

TEST(WeightsOfTensorFlow, GetOurNamesAndAxes) {
  const WeightFile file(kGoldens);

  EXPECT_EQ(file.rows().size(), 7U);
  EXPECT_THAT(file.rows().at("conv1.weight").shape, ElementsAre(3, 1, 2, 2));  // 0 .. 11 as [2, 2, 1, 3] there
  EXPECT_THAT(numbers(file, "conv1.weight"), ElementsAre(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11));
  EXPECT_THAT(numbers(file, "fc.weight"), ElementsAre(0, 2, 4, 1, 3, 5));  // [[0, 1], [2, 3], [4, 5]] there
  EXPECT_THAT(numbers(file, "bn1.running_var"), ElementsAre(1, 1, 1));
  const std::string scope = "resnet_model/";
  EXPECT_THAT(file.skipped(), ElementsAre("global_step", scope + "batch_normalization/beta/Momentum", scope + "batch_normalization/gamma/Momentum",
                                          scope + "conv2d/kernel/Momentum", scope + "dense/bias/Momentum", scope + "dense/kernel/Momentum"));
  EXPECT_EQ(file.recipe().at("model.padding"), "same");
}

TEST(WeightsOfTensorFlow, AreTheReferencesInAnyFormAndInFoldersThatAreNotThereYet) {
  const TemporaryFolder folder;
  const WeightFile file(kGoldens);

  for (const std::string name : {"safetensors/new/w.safetensors", "torch/new/w.pth", "tensorflow/new/model.ckpt-9"}) {
    SCOPED_TRACE(name);
    export_weights(file, folder / name);
    const WeightFile back(folder / name);
    EXPECT_FALSE(back.is_ours());
    EXPECT_EQ(back.recipe().at("model.padding"), "same") << "torchvision's would be symmetric";
  }
}

TEST(WeightsOfTensorFlow, AreNoRunWithALatestCheckpoint) {
  const auto error = test::error_of([] { WeightFile(kGoldens, {.pick = Pick::kLatest}); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
  EXPECT_THAT(error->what(), HasSubstr("is no run of fovea, which alone has a best and a latest checkpoint"));
}

TEST(WeightsOfTensorFlow, WarnWhenThePlaceInTheFolderIsGone) {
  const TemporaryFolder folder;
  for (const char* ending : {".index", ".data-00000-of-00001"}) {
    const std::string name = std::string("model.ckpt-7") + ending;
    fs::copy_file(kGoldens / name, folder / name);
  }
  folder.put("checkpoint", "model_checkpoint_path: \"/gone/model.ckpt-7\"\n");
  std::string warning;
  Log log([&](LogLevel level, std::string_view line) { warning = level == LogLevel::kWarning ? std::string(line) : warning; });

  const WeightFile file(folder.path(), {.log = &log});

  EXPECT_EQ(file.path(), folder / "model.ckpt-7.index");
  EXPECT_THAT(warning, HasSubstr("names \"/gone/model.ckpt-7\", which is not there"));
}

TEST(WeightsOfTensorFlow, AreRefusedUnderNamesThatAreNotKnown) {
  EXPECT_THAT(test::message_of([] { WeightFile{kGoldens / "shards"}; }),
              testing::EndsWith("has no tensor \"conv2d/kernel\", which the reference's networks begin with"));
  EXPECT_THAT(test::message_of([] { WeightFile{kGoldens / "objects-1.index"}; }), HasSubstr("it is one of Keras or tf.train.Checkpoint"));
}

TEST(WeightsForTensorFlow, ComeBackBitByBit) {
  const TemporaryFolder folder;
  const auto model = model::make_model({.name = "resnet18"}, {.num_outputs = 3});
  test::fill(model->parameters());
  std::vector<io::TensorView> views;
  for (const nn::Parameter& each : model->parameters().all())
    views.push_back({.name = each.name, .shape = each.value.sizes().vec(), .bytes = tensor_bytes(each.value.detach())});
  io::write_safetensors(folder / "w.safetensors", views, {});
  const WeightFile original(folder / "w.safetensors");

  export_weights(original, folder / "model.ckpt-28152");

  const io::TfTensor head = io::TfBundle(folder / "model.ckpt-28152").tensors().at("resnet_model/dense/kernel");
  EXPECT_THAT(head.shape, ElementsAre(512, 3));
  const WeightFile back(folder.path());
  EXPECT_EQ(back.rows().size(), original.rows().size());
  for (const auto& [name, row] : original.rows()) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(back.rows().at(name).read().equal(row.read()));
  }
  const auto fresh = model::make_model({.name = "resnet18", .padding = model::Padding::kSymmetric}, {.num_outputs = 3});
  const InitReport report = init_weights(back, *fresh, {.recipe = {{"model.padding", "symmetric"}}});
  EXPECT_EQ(report.names(TensorFate::kLoaded).size(), original.rows().size());
  EXPECT_THAT(report.names(TensorFate::kSkipped), ElementsAre("global_step"));
  EXPECT_THAT(report.sentence(), HasSubstr("; 1 tensor beside the weights skipped"));
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("the reference's weights, if these are such, are made with other settings")));
}

TEST(WeightsForTensorFlow, ReplaceNoneAndNeedAName) {
  const TemporaryFolder folder;
  const std::vector<float> values{1, 2};
  const auto put = [&](const std::string& name) {
    const io::TensorView view{.name = name, .shape = {2}, .bytes = std::as_bytes(std::span(values))};
    io::write_safetensors(folder / "w.safetensors", std::span(&view, 1), {});
    return WeightFile(folder / "w.safetensors");
  };
  EXPECT_THAT(test::message_of([&] { export_weights(put("layer1.0.se.weight"), folder / "a.ckpt"); }),
              HasSubstr("have no name for the tensor \"layer1.0.se.weight\""));
  EXPECT_FALSE(fs::exists(folder / "checkpoint"));

  export_weights(put("fc.bias"), folder / "a.ckpt");

  EXPECT_EQ(test::code_of([&] { export_weights(put("fc.bias"), folder / "a.ckpt"); }), ErrorCode::kCannotCreate);
}

}  // namespace
}  // namespace fovea::train
