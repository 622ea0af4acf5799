// Runs that start from weights of elsewhere, and checkpoints converted to and from files.
#include "fovea/train/convert_weights.h"

#include "tests/models/formula.h"
#include "tests/support/errors.h"
#include "tests/train/tiny_run.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>

namespace fovea::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A file of resnet18's tensors by the formula, without the projection in stage 1, as torchvision has it.
fs::path formula_file(const test::TemporaryFolder& folder, int64_t outputs, const std::string& name = "w.pth") {
  const auto model = model::make_model({.name = "resnet18", .stem = model::Stem::kSmall, .stage1_projection = false}, {.num_outputs = outputs});
  test::fill(model->parameters());
  CheckpointContents contents{.state = state_json({}, {.model = "resnet18", .num_outputs = outputs, .global_batch = 1})};
  for (const nn::Parameter& p : model->parameters().all()) contents.model.push_back({p.name, p.value});
  write_checkpoint_folder(folder / "formula", contents);
  export_weights(WeightFile(folder / "formula"), folder / name);
  return folder / name;
}

/// A run whose steps change nothing: no rate, and statistics that keep their value.
void hold_still(TinyRun& run) {
  run.setup.optim.lr = 0;
  run.setup.model.bn_momentum = 1;
  run.setup.train.steps = 1;
}

Tensor saved(const TinyRun& run, int64_t step, const std::string& name) {
  for (const NamedTensor& tensor : read_tensors(load_checkpoint(run.checkpoint(step)).file("model"))) {
    if (tensor.name == name) return tensor.value;
  }
  ADD_FAILURE() << name << " is not in the checkpoint";
  return {};
}

TEST(RunFromWeights, BeginsAtStepZeroWithThem) {
  TinyRun run;
  hold_still(run);
  run.setup.optim.ema = 0.5;
  run.setup.init = InitSource{.path = formula_file(run.folder, 2)};

  run.session();

  const std::vector<double> expected = test::draws("bn1.running_mean", 64);  // formula.h: 0.1 u
  EXPECT_NEAR(saved(run, 1, "bn1.running_mean")[5].item<double>(), 0.1 * expected[5], 1e-7);
  EXPECT_TRUE(run.bytes(1, "model") == run.bytes(1, "ema")) << "the averages begin at the weights that were read";
  EXPECT_TRUE(run.said("starting from ")) << "said in the log";
  EXPECT_THAT(read_text(run.dir() / "init.txt"), HasSubstr("w.pth: all, 102/102 tensors"));
  EXPECT_THAT(run.state(1).at("init").at("from").get<std::string>(), HasSubstr("w.pth:all"));
}

TEST(RunFromWeights, ContinuesWithoutReadingThemAgain) {
  TinyRun run;
  run.setup.train.steps = 2;
  run.setup.init = InitSource{.path = formula_file(run.folder, 2), .part = InitPart::kBackbone};
  run.session();
  fs::remove(run.folder / "w.pth");
  run.setup.train.steps = 3;
  run.setup.resume_with_changes = true;  // train.steps

  const TrainResult result = run.session();

  EXPECT_EQ(result.step, 3);
  EXPECT_TRUE(run.said("continuing step 2"));
  EXPECT_FALSE(run.said("starting from "));
}

TEST(RunFromWeights, NoticesOtherWeightsWhenItContinues) {
  TinyRun run;
  run.setup.train.steps = 1;
  run.setup.init = InitSource{.path = formula_file(run.folder, 2)};
  run.session();
  run.setup.init->part = InitPart::kBackbone;

  const std::string other_part = test::message_of([&] { run.session(); });

  EXPECT_THAT(other_part, HasSubstr("was begun with other settings:\n  --init: "));
  EXPECT_THAT(other_part, HasSubstr("w.pth:backbone"));
}

TEST(RunFromWeights, NoticesWeightsThatItDidNotBeginWith) {
  TinyRun run;
  run.setup.train.steps = 1;
  run.session();
  run.setup.init = InitSource{.path = formula_file(run.folder, 2)};

  EXPECT_THAT(test::message_of([&] { run.session(); }), HasSubstr("--init: (absent) -> "));
}

/// Continues a run that was begun with a file; change it before. returns  the first weights as the last checkpoint records them
io::Json continued_init(TinyRun& run, const std::function<void()>& change) {
  run.setup.train.steps = 1;
  run.setup.init = InitSource{.path = formula_file(run.folder, 2)};
  run.session();
  change();
  run.setup.train.steps = 2;
  run.setup.recipe.clear();
  run.setup.resume_with_changes = true;  // train.steps
  run.session();
  EXPECT_FALSE(run.said("--init")) << "no change";
  EXPECT_EQ(run.state(2).at("init").at("fingerprint"), run.state(1).at("init").at("fingerprint"));
  return run.state(2).at("init").at("from");
}

TEST(RunFromWeights, ContinuesWithoutTheOption) {
  TinyRun run;
  EXPECT_THAT(continued_init(run, [&] { run.setup.init.reset(); }).get<std::string>(), HasSubstr("w.pth:all"));
}

TEST(RunFromWeights, ContinuesWhenTheFileHasBecomeAnotherOne) {
  TinyRun run;
  EXPECT_THAT(continued_init(run, [&] { run.folder.put("w.pth", "trained further, or damaged"); }).get<std::string>(), HasSubstr("w.pth:all"));
}

TEST(RunFromWeights, ContinuesWhenTheFileWasMoved) {
  TinyRun run;
  const auto move = [&] {
    fs::rename(run.folder / "w.pth", run.folder / "moved.pth");
    run.setup.init->path = run.folder / "moved.pth";
  };
  EXPECT_THAT(continued_init(run, move).get<std::string>(), HasSubstr("moved.pth:all"));
}

TEST(RunFromWeights, IsDoneAlsoWithoutTheOption) {
  TinyRun run;
  run.setup.train.steps = 1;
  run.setup.init = InitSource{.path = formula_file(run.folder, 2)};
  run.session();
  run.setup.init.reset();

  EXPECT_THAT(run.session().message, HasSubstr("this run is finished"));
}

TEST(RunFromWeights, LeavesNoRunBehindWhenTheyDoNotFit) {
  TinyRun run;
  const fs::path file = run.folder.put("w.pth", "no weights at all");
  run.setup.init = InitSource{.path = file};

  EXPECT_EQ(test::code_of([&] { run.session(); }), ErrorCode::kData);
  EXPECT_FALSE(fs::exists(run.dir()));
}

TEST(RunFromWeights, TrainsTheHeadAloneWhenAsked) {
  TinyRun run;
  run.setup.train.steps = 1;
  run.setup.optim.freeze.clear();
  run.setup.optim.train_only = {"fc.*"};
  run.setup.init = InitSource{.path = formula_file(run.folder, 2)};

  run.session();

  std::vector<std::string> names;
  for (const NamedTensor& tensor : read_tensors(load_checkpoint(run.checkpoint(1)).file("optim"))) names.push_back(tensor.name);
  EXPECT_THAT(names, ElementsAre("momentum/fc.bias", "momentum/fc.weight"));
  EXPECT_NEAR(saved(run, 1, "bn1.bias")[3].item<double>(), 2 + 0.5 * test::draws("bn1.bias", 64)[3], 1e-6) << "frozen";
  EXPECT_GT(std::abs(saved(run, 1, "bn1.running_mean")[3].item<double>() - 0.1 * test::draws("bn1.running_mean", 64)[3]), 1e-4) << "statistics move";
  EXPECT_GT(std::abs(saved(run, 1, "fc.bias")[0].item<double>() - 0.1 * test::draws("fc.bias", 2)[0]), 1e-6);
}

TEST(RunFromWeights, RefusesPatternsThatLeaveNothingToTrain) {
  TinyRun run;
  run.setup.optim.freeze = {"fc.*"};
  run.setup.optim.train_only = {"fc.*"};

  EXPECT_EQ(test::message_of([&] { run.session(); }), "optim.freeze and optim.train_only together leave nothing to train");
}

TEST(ConvertWeights, KeepEveryNumberOnTheWayThroughBothForms) {
  const test::TemporaryFolder folder;
  const fs::path pth = formula_file(folder, 3);
  export_weights(WeightFile(folder / "formula"), folder / "w.safetensors");

  const WeightFile a(pth), b(folder / "w.safetensors");

  ASSERT_EQ(a.rows().size(), 102U);
  ASSERT_EQ(b.rows().size(), 102U);
  const WeightFile own(folder / "formula");
  for (const auto& [name, row] : own.rows()) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(a.rows().at(name).read().equal(row.read()));
    EXPECT_TRUE(b.rows().at(name).read().equal(row.read()));
  }
}

TEST(ConvertWeights, MakeACheckpointWithTheOutputsOfTheHead) {
  const test::TemporaryFolder folder;
  const ImportOptions options{.model = {.name = "resnet18", .stem = model::Stem::kSmall, .stage1_projection = false}, .classes = {"a", "b", "c"}};
  const fs::path file = formula_file(folder, 3);

  const InitReport report = import_weights(WeightFile(file), folder / "own", options);

  EXPECT_EQ(report.names(TensorFate::kLoaded).size(), 102U);
  EXPECT_TRUE(verify_checkpoint(folder / "own").empty());
  const Checkpoint own = load_checkpoint(folder / "own");
  EXPECT_EQ(own.state.at("num_outputs"), 3);
  EXPECT_EQ(own.state.at("classes"), (io::Json{"a", "b", "c"}));
  EXPECT_THAT(test::message_of([&] { import_weights(WeightFile(file), folder / "own", options); }), HasSubstr("exists already"));
  const ImportOptions two{.model = options.model, .classes = {"a", "b"}};
  EXPECT_THAT(test::message_of([&] { import_weights(WeightFile(file), folder / "two", two); }), HasSubstr("has 3 outputs, but the list has 2 class names"));
}

TEST(ConvertWeights, KnowTheirRecipeAndClassesInBothForms) {
  const test::TemporaryFolder folder;
  const Settings recipe{{"model.name", "resnet18"}, {"data.mean", "[1, 2, 3]"}};
  write_checkpoint_folder(folder / "own",
                          {.model = {{"fc.bias", at::zeros({2})}},
                           .state = state_json({}, {.model = "resnet18", .num_outputs = 2, .global_batch = 1, .classes = {"a", "b"}, .recipe = recipe})});

  for (const std::string name : {"w.pth", "w.safetensors"}) {
    SCOPED_TRACE(name);
    export_weights(WeightFile(folder / "own"), folder / name);
    const WeightFile file(folder / name);
    EXPECT_TRUE(file.is_ours());
    EXPECT_EQ(file.recipe(), recipe);
    EXPECT_THAT(file.classes(), ElementsAre("a", "b"));
  }
}

TEST(ConvertWeights, AreEvaluatedRawWhateverTheRecipeSays) {
  const test::TemporaryFolder folder;
  const ImportOptions options{.model = {.name = "resnet18", .stem = model::Stem::kSmall, .stage1_projection = false}, .recipe = {{"train.evaluate", "ema"}}};

  import_weights(WeightFile(formula_file(folder, 2)), folder / "own", options);

  EXPECT_EQ(load_checkpoint(folder / "own").state.at("recipe").at("train.evaluate"), "raw");
}

TEST(ConvertWeights, RefuseTheOtherWeightsThanTheNamedFileHolds) {
  const test::TemporaryFolder folder;
  formula_file(folder, 2);

  const auto error = test::error_of([&] { WeightFile(folder / "formula/model.safetensors", {.weights = Weights::kEma}); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
  EXPECT_THAT(error->what(), HasSubstr("holds the raw weights, but the ema ones are asked for"));
}

TEST(ConvertWeights, LeaveWhatIsThereAlone) {
  const test::TemporaryFolder folder;
  const fs::path file = formula_file(folder, 2);
  const WeightFile weights(folder / "formula");
  fs::create_symlink(folder / "nowhere", folder / "link.pth");

  EXPECT_EQ(test::code_of([&] { export_weights(weights, file); }), ErrorCode::kCannotCreate);
  EXPECT_EQ(test::code_of([&] { export_weights(weights, folder / "link.pth"); }), ErrorCode::kCannotCreate);
}

TEST(ConvertWeights, RefuseAnEndingThatSaysNothing) {
  const test::TemporaryFolder folder;
  formula_file(folder, 2);

  EXPECT_EQ(test::code_of([&] { export_weights(WeightFile(folder / "formula"), folder / "w.h5"); }), ErrorCode::kUsage);
}

}  // namespace
}  // namespace fovea::train
