// `fovea export` of a small run: the file is read back, applied, and compared with the checkpoint's own network.
#include "fovea/apply/trained_model.h"
#include "fovea/base/file.h"
#include "fovea/cli/version.h"
#include "fovea/io/json.h"

#include "tests/cli/support.h"
#include "tests/support/onnx_evaluator.h"
#include "tests/support/onnx_reader.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace fovea::cli {
namespace {

using testing::HasSubstr;

constexpr int64_t kSide = 32;

/// Three steps on made-up pictures, evaluated at the end, with averaged weights; made once for all tests.
class Export : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_.emplace();
    const Outcome outcome = run({"train",        "tiny-resnet18",
                                 "--data",       "synthetic:classes=3,train=24,val=8,size=32",
                                 "--run-dir",    run_dir(),
                                 "--steps",      "3",
                                 "--batch-size", "8",
                                 "--precision",  "float32",
                                 "--set",        "data.image_size=32",
                                 "--set",        "data.mean=[100, 110, 120]",
                                 "--set",        "data.std=[50, 60, 70]",
                                 "--set",        "optim.ema=0.5",
                                 "--set",        "train.evaluate=ema"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string run_dir() { return (*folder_ / "run").string(); }
  static std::string file(const std::string& name) { return (*folder_ / name).string(); }

  static test::ReadOnnx exported(const std::string& name, const Arguments& more = {}) {
    Arguments arguments{"export", run_dir(), "-o", file(name), "--force"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return test::read_onnx(read_text(file(name)));
  }

  /// [N, 3, side, side], whole levels
  static Tensor levels() { return at::arange(2 * 3 * kSide * kSide, at::kFloat).mul(37).remainder(256).view({2, 3, kSide, kSide}); }

  static Tensor expected_logits(train::Weights weights) {
    std::ostringstream out, err;
    Console console{.out = out, .err = err};
    Log log = console_log(console);
    const apply::TrainedModel trained = apply::load_trained(run_dir(), {.weights = weights}, log);
    const data::Batch batch{.images = levels().permute({0, 2, 3, 1}).to(at::kByte).contiguous()};
    const at::NoGradGuard no_gradient;
    return trained.model->forward(train::network_input(batch, trained.options), {}).logits;
  }

  static double difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

  static inline std::optional<test::TemporaryFolder> folder_;
};

constexpr double kLimit = 1e-4;  // of logits of about 1

TEST_F(Export, GivesTheLogitsOfTheNetworkForLevels) {
  const test::ReadOnnx file = exported("levels.onnx");

  EXPECT_EQ(file.ir_version, 8);
  EXPECT_EQ(file.opset, 17);
  EXPECT_LE(difference(test::OnnxEvaluator(file.model.graph)(levels()).at("logits"), expected_logits(train::Weights::kEma)), kLimit);
}

TEST_F(Export, LeavesMeanAndDeviationToTheCallerWhenAsked) {
  const test::ReadOnnx file = exported("normalised.onnx", {"--input", "normalised", "--softmax"});
  const auto constants = [&](const std::string& key) {
    return at::tensor(io::parse_json(file.model.metadata.at(key), key).get<std::vector<float>>()).view({1, 3, 1, 1});
  };

  const auto outputs = test::OnnxEvaluator(file.model.graph)((levels() - constants("mean")) / constants("std"));

  EXPECT_EQ(file.model.metadata.at("input"), "normalised");
  EXPECT_LE(difference(outputs.at("probabilities"), expected_logits(train::Weights::kEma).softmax(1)), kLimit);
}

TEST_F(Export, TakesTheWeightsThatAreNamed) {
  const test::ReadOnnx file = exported("raw.onnx", {"--weights", "raw"});

  EXPECT_EQ(file.model.metadata.at("weights"), "raw");
  EXPECT_EQ(file.model.metadata.count("top1"), 0U);  // measured of the averaged ones only
  EXPECT_LE(difference(test::OnnxEvaluator(file.model.graph)(levels()).at("logits"), expected_logits(train::Weights::kRaw)), kLimit);
  EXPECT_GT(difference(expected_logits(train::Weights::kRaw), expected_logits(train::Weights::kEma)), 100 * kLimit);
}

TEST_F(Export, SaysWhereItComesFromAndWhatItTakes) {
  const io::OnnxModel model = exported("facts.onnx").model;

  const auto top1 = io::read_json(fs::path(run_dir()) / "eval/step-00000003/metrics.json").at("top1").get<double>();
  EXPECT_EQ(model.producer, "fovea");
  EXPECT_EQ(model.producer_version, kVersion);
  const std::map<std::string, std::string> expected{{"fovea_version", std::string(kVersion)},
                                                    {"model", "resnet18"},
                                                    {"recipe", "tiny-resnet18"},
                                                    {"step", "3"},
                                                    {"weights", "ema"},
                                                    {"top1", fmt::format("{}", top1)},
                                                    {"classes", R"(["class 0","class 1","class 2"])"},
                                                    {"input", "levels"},
                                                    {"channel_order", "RGB"},
                                                    {"value_range", "[0, 255]"},
                                                    {"image_size", "32"},
                                                    {"eval_crop", "centre"},
                                                    {"eval_resize", "64"},
                                                    {"filter", "bilinear"},
                                                    {"pixels", "uint8"},
                                                    {"mean", "[100, 110, 120]"},
                                                    {"std", "[50, 60, 70]"}};
  EXPECT_EQ(model.metadata, expected);
}

TEST_F(Export, TakesACheckpointThatStandsAlone) {
  const fs::path alone = *folder_ / "alone";
  fs::copy(fs::path(run_dir()) / "checkpoints/step-00000003", alone, fs::copy_options::recursive);

  const Outcome outcome = run({"export", alone.string(), "-o", file("alone.onnx")});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("resnet18 of alone, ema weights, opset 17\ninput images [N, 3, 32, 32] float32, RGB levels 0..255; output logits [N, 3]\n"));
  const auto metadata = test::read_onnx(read_text(file("alone.onnx"))).model.metadata;
  EXPECT_EQ(metadata.count("recipe"), 0U);
  EXPECT_EQ(metadata.count("top1"), 0U);
}

TEST_F(Export, ReplacesNothingUnasked) {
  const fs::path notes = folder_->put("notes.onnx", "mine");

  const Outcome outcome = run({"export", run_dir(), "-o", notes.string()});

  EXPECT_EQ(outcome.code, 73);
  EXPECT_EQ(outcome.err, fmt::format("error: \"{}\" exists\ntry: another name, or --force to replace it\n", notes.string()));
  EXPECT_EQ(read_text(notes), "mine");
}

TEST_F(Export, RefusesAPlaceThatCannotBeWritten) {
  const Outcome outcome = run({"export", run_dir(), "-o", file("nowhere/model.onnx")});

  EXPECT_EQ(outcome.code, 73);
  EXPECT_EQ(outcome.err, fmt::format("error: there is no folder \"{}\"\ntry: make it first, or write elsewhere\n", file("nowhere")));
}

TEST_F(Export, RefusesAnotherEndingThanItsFormats) {
  const Outcome outcome = run({"export", run_dir(), "-o", file("model.txt")});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("does not end in .onnx"));
  EXPECT_FALSE(fs::exists(file("model.txt")));
}

TEST_F(Export, NeedsAFileToWrite) {
  const Outcome outcome = run({"export", run_dir()});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: fovea export: --out is required\ntry: fovea export --help\n");
}

}  // namespace
}  // namespace fovea::cli
