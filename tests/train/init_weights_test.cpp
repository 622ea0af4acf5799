#include "fovea/train/init_weights.h"

#include "fovea/io/torch_file.h"

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

/// Twenty tensors of a backbone, all ones, and a head of `outputs`, all twos.
nn::Parameters network(int64_t outputs) {
  nn::Parameters parameters;
  for (int i = 0; i < 20; ++i) parameters.add({.name = fmt::format("layer{}.weight", i), .value = at::ones({2, 2})});
  parameters.add({.name = "fc.weight", .value = at::full({outputs, 2}, 2.F)});
  parameters.add({.name = "fc.bias", .kind = nn::Kind::kBias, .value = at::full({outputs}, 2.F)});
  return parameters;
}

/// A network of which only the tensors matter.
class Named final : public model::Model {
 public:
  explicit Named(nn::Parameters& parameters) : parameters_(parameters) {}
  nn::Parameters& parameters() override { return parameters_; }
  [[nodiscard]] int64_t num_outputs() const override { return 0; }
  [[nodiscard]] bool is_backbone(std::string_view name) const override { return !name.starts_with("fc."); }
  [[nodiscard]] data::Outputs forward(const Tensor& /*images*/, const kernels::ForwardContext& /*context*/) const override { return {}; }
  [[nodiscard]] nn::GraphValue describe(const nn::GraphValue& /*images*/, nn::GraphBuilder& /*graph*/) const override { return {}; }
  [[nodiscard]] model::LossTerms loss(const data::Outputs& /*outputs*/, const data::Targets& /*targets*/, double /*normalizer*/) const override { return {}; }

 private:
  nn::Parameters& parameters_;
};

using Tensors = std::map<std::string, Tensor>;

/// The same tensors with other values: backbone 3, head counting.
Tensors weights(int64_t outputs, const std::string& prefix = "") {
  Tensors tensors;
  for (int i = 0; i < 20; ++i) tensors[fmt::format("{}layer{}.weight", prefix, i)] = at::full({2, 2}, 3.F);
  tensors[prefix + "fc.weight"] = at::arange(2 * outputs, at::kFloat).view({outputs, 2});
  tensors[prefix + "fc.bias"] = at::arange(outputs, at::kFloat);
  return tensors;
}

fs::path write(const TemporaryFolder& folder, const Tensors& tensors) {
  std::vector<io::TensorView> views;
  for (const auto& [name, value] : tensors) {
    views.push_back({.name = name,
                     .type = value.scalar_type() == at::kLong ? io::TensorType::kI64 : io::TensorType::kF32,
                     .shape = value.sizes().vec(),
                     .bytes = tensor_bytes(value)});
  }
  io::write_torch_file(folder / "w.pth", views);
  return folder / "w.pth";
}

InitReport load(const Tensors& tensors, nn::Parameters& parameters, const InitOptions& options = {}) {
  const TemporaryFolder folder;
  Named network(parameters);
  return init_weights(WeightFile(write(folder, tensors)), network, options);
}

double element(nn::Parameters& parameters, const std::string& name, int64_t index = 0) {
  return parameters.find(name)->value.detach().flatten()[index].item<double>();
}

TEST(InitWeights, LoadsEveryTensor) {
  nn::Parameters parameters = network(4);

  const InitReport report = load(weights(4), parameters);

  EXPECT_EQ(element(parameters, "layer19.weight"), 3);
  EXPECT_EQ(element(parameters, "fc.bias", 3), 3);
  EXPECT_THAT(report.sentence(), HasSubstr("w.pth: all, 22/22 tensors"));
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_TRUE(parameters.find("fc.bias")->value.requires_grad());
}

TEST(InitWeights, TakesWrappersOffTheNamesAndLeavesOutCounters) {
  nn::Parameters parameters = network(4);
  Tensors tensors = weights(4, "module.model.");
  tensors["module.model.bn.num_batches_tracked"] = at::tensor({int64_t{5}});

  const InitReport report = load(tensors, parameters);

  EXPECT_EQ(report.names(TensorFate::kLoaded).size(), 22U);
  EXPECT_THAT(report.names(TensorFate::kUnused), IsEmpty());
}

TEST(InitWeights, RefusesTwoTensorsOfOneName) {
  nn::Parameters parameters = network(4);
  Tensors tensors = weights(4);
  tensors["module.fc.bias"] = at::zeros({4});

  EXPECT_THAT(test::message_of([&] { load(tensors, parameters); }), HasSubstr("has two tensors that are called \"fc.bias\" without their wrappers' names"));
}

TEST(InitWeights, KeepsTheHeadOfAnotherNumberOfClasses) {
  nn::Parameters parameters = network(3);

  const InitReport report = load(weights(4), parameters);

  EXPECT_EQ(element(parameters, "layer0.weight"), 3);
  EXPECT_EQ(element(parameters, "fc.bias", 2), 2) << "as drawn";
  EXPECT_THAT(report.names(TensorFate::kShape), ElementsAre("fc.weight", "fc.bias"));
  EXPECT_THAT(report.sentence(), HasSubstr("20/22 tensors; the head is new: fc.weight [4, 2] in the file, [3, 2] here"));
  EXPECT_THAT(report.text(), HasSubstr("\nshape    fc.bias                                  [4] in the file, [3] here\n"));
}

TEST(InitWeights, SaysOnceThatAHeadOfManyTensorsIsNew) {
  nn::Parameters parameters = network(4);
  parameters.add({.name = "fc.more.weight", .value = at::ones({2, 2})});

  const InitReport report = load(weights(4), parameters, {.part = InitPart::kBackbone});

  EXPECT_THAT(report.notes, ElementsAre("the head is new"));
}

TEST(InitWeights, TakesTheBackboneAlone) {
  nn::Parameters parameters = network(4);

  const InitReport report = load(weights(4), parameters, {.part = InitPart::kBackbone});

  EXPECT_EQ(element(parameters, "layer0.weight"), 3);
  EXPECT_EQ(element(parameters, "fc.bias", 2), 2);
  EXPECT_THAT(report.names(TensorFate::kKept), ElementsAre("fc.weight", "fc.bias"));
  EXPECT_THAT(report.sentence(), HasSubstr("w.pth: backbone, 20/20 tensors; the head is new"));
}

TEST(InitWeights, AddsABackgroundToImageNetsHead) {
  nn::Parameters parameters = network(1001);

  const InitReport report = load(weights(1000), parameters);

  EXPECT_EQ(element(parameters, "fc.bias", 0), 0);
  EXPECT_EQ(element(parameters, "fc.bias", 1000), 999) << "output 999 of the file";
  EXPECT_EQ(element(parameters, "fc.weight", 2), 0);
  EXPECT_EQ(element(parameters, "fc.weight", 2001), 1999);
  EXPECT_THAT(report.names(TensorFate::kShifted), ElementsAre("fc.weight", "fc.bias"));
  EXPECT_THAT(report.sentence(), HasSubstr("22/22 tensors; 1,000 outputs in the file, 1,001 here with the background: its output i is output i + 1 here"));
}

TEST(InitWeights, LeavesOutTheBackgroundOfTensorFlowsHead) {
  nn::Parameters parameters = network(1000);

  const InitReport report = load(weights(1001), parameters);

  EXPECT_EQ(element(parameters, "fc.bias", 0), 1);
  EXPECT_EQ(element(parameters, "fc.bias", 999), 1000);
  EXPECT_THAT(report.sentence(), HasSubstr("its output i + 1 is output i here"));
}

TEST(InitWeights, LeavesAHeadOfWhichOnlyAPartFits) {
  for (const std::string missing : {"fc.weight", "fc.bias"}) {
    SCOPED_TRACE(missing);
    nn::Parameters parameters = network(4);
    Tensors tensors = weights(4);
    tensors.erase(missing);

    const InitReport report = load(tensors, parameters, {.allows_partial = true});

    EXPECT_EQ(element(parameters, "fc.weight", 3), 2) << "as drawn";
    EXPECT_EQ(element(parameters, "fc.bias", 3), 2);
    EXPECT_EQ(element(parameters, "layer0.weight"), 3);
    EXPECT_THAT(report.notes, ElementsAre("the head is new: the file has no " + missing));
  }
}

TEST(InitWeights, TakesTheLayersOfAHeadThatFit) {
  nn::Parameters parameters = network(3);
  parameters.add({.name = "fc.boxes.weight", .value = at::ones({2, 2})});
  Tensors tensors = weights(4);
  tensors["fc.boxes.weight"] = at::full({2, 2}, 5.F);

  const InitReport report = load(tensors, parameters);

  EXPECT_EQ(element(parameters, "fc.boxes.weight"), 5);
  EXPECT_EQ(element(parameters, "fc.weight", 3), 2) << "as drawn";
  EXPECT_THAT(report.notes, ElementsAre("a part of the head is new: fc.weight [4, 2] in the file, [3, 2] here"));
}

TEST(InitWeights, TakesNoHeadOfWhichOnlyAPartHasABackground) {
  nn::Parameters parameters = network(1001);
  Tensors tensors = weights(1000);
  tensors["fc.bias"] = at::zeros({1001});

  const InitReport report = load(tensors, parameters);

  EXPECT_EQ(element(parameters, "fc.bias", 5), 2);
  EXPECT_EQ(element(parameters, "fc.weight", 5), 2);
  EXPECT_THAT(report.notes, ElementsAre("the head is new"));
}

TEST(InitWeights, ShowsNamesOfTheFileAsOneShortLine) {
  nn::Parameters parameters = network(4);
  Tensors tensors = weights(4);
  tensors["\x1b[31m\n" + std::string(900, 'x')] = at::zeros({1});

  const InitReport report = load(tensors, parameters);

  EXPECT_THAT(report.text(), HasSubstr("unused   \\x1b[31m\\nxxx"));
  EXPECT_THAT(report.text(), testing::Not(HasSubstr(std::string(200, 'x'))));
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_LT(report.warnings[0].size(), 500U);
}

TEST(InitWeights, RefusesAFileWithLessThanNineTenthsOfTheBackbone) {
  nn::Parameters parameters = network(4);
  Tensors tensors = weights(4);
  tensors.erase("layer3.weight");
  tensors["layer4.weight"] = at::zeros({3, 2});
  tensors["layer5.weight"] = at::zeros({4});
  tensors["se.weight"] = at::zeros({1});

  const auto error = test::error_of([&] { load(tensors, parameters); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), HasSubstr("only 17 of the backbone's 20 tensors are in "));
  EXPECT_THAT(error->what(),
              HasSubstr("1 missing (layer3.weight); 2 of another shape (layer4.weight: [3, 2] in the file, [2, 2] here, layer5.weight: [4] in the "
                        "file, [2, 2] here); 1 only in the file (se.weight)"));
  EXPECT_EQ(element(parameters, "layer0.weight"), 1) << "nothing was copied";
}

TEST(InitWeights, LoadsAPartWhenThatIsAllowed) {
  nn::Parameters parameters = network(4);
  Tensors tensors = weights(4);
  for (int i = 0; i < 10; ++i) tensors.erase(fmt::format("layer{}.weight", i));

  const InitReport report = load(tensors, parameters, {.allows_partial = true});

  EXPECT_EQ(element(parameters, "layer0.weight"), 1);
  EXPECT_EQ(element(parameters, "layer10.weight"), 3);
  EXPECT_THAT(report.sentence(), HasSubstr("12/22 tensors"));
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_THAT(report.warnings[0], HasSubstr("does not fit whole: 10 missing (layer0.weight, "));
}

TEST(InitWeights, SaysWhichSettingsTorchvisionsWeightsExpect) {
  nn::Parameters parameters = network(4);

  const InitReport report =
      load(weights(4), parameters, {.recipe = {{"model.padding", "same"}, {"model.stem", "imagenet"}, {"data.std", "[1, 1, 1]"}, {"optim.lr", "1"}}});

  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_THAT(report.warnings[0], HasSubstr("the same: --set model.padding=symmetric --set 'data.std=[58.395, 57.12, 57.375]'"));
}

TEST(WeightFile, SaysThatAFileIsOfNoKnownForm) {
  const TemporaryFolder folder;
  const fs::path text = folder.put("w.pth", "version https://git-lfs.github.com/spec/v1\n");

  const auto error = test::error_of([&] { WeightFile{text}; });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), HasSubstr("is no file of weights: neither safetensors nor a zip archive of torch.save"));
  EXPECT_EQ(test::code_of([&] { WeightFile{folder / "nothing"}; }), ErrorCode::kMissing);
}

TEST(WeightFile, KnowsSafetensorsWhateverItsLengthBeginsWith) {
  const TemporaryFolder folder;
  std::string header = R"({"fc.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  header.resize(0x80, ' ');  // the first byte of the file is then that of a pickle
  const std::string content = std::string("\x80\0\0\0\0\0\0\0", 8) + header + std::string(4, '\0');

  EXPECT_TRUE(WeightFile(folder.put("w.safetensors", content)).rows().contains("fc.bias"));
}

TEST(WeightFile, LooksIntoTheDictOfATrainingCheckpoint) {
  const WeightFile file(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/torch/training.pth");

  EXPECT_THAT(file.title(), testing::EndsWith("training.pth (state_dict)"));
  EXPECT_EQ(file.rows().size(), 5U);  // without the count of batches
  EXPECT_EQ(file.rows().at("conv1.weight").read().sizes(), at::IntArrayRef({3, 2, 1, 1}));
}

TEST(WeightFile, TakesTheNamedDictAlsoBesideATensor) {
  EXPECT_THAT(WeightFile(fs::path(FOVEA_SOURCE_DIR) / "tests/goldens/torch/measured.pth").title(), testing::EndsWith("measured.pth (state_dict)"));
}

}  // namespace
}  // namespace fovea::train
