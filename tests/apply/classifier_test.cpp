#include "fovea/apply/classifier.h"

#include "fovea/apply/trained_model.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_store.h"

#include "tests/data/pictures.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <future>

namespace fovea::apply {

namespace {

using test::code_of;
using test::message_of;

const std::vector<std::string> kClasses{"bird", "cat", "dog"};

/// bias  logits of the classes, whatever the picture shows; empty: the picture decides
fs::path save(const fs::path& run, int64_t step, const std::vector<double>& bias) {
  const auto network = model::make_model({.name = "resnet18", .stem = model::Stem::kSmall}, {.num_outputs = 3, .seed = 7});
  train::CheckpointContents contents{.step = step};
  for (const nn::Parameter& p : network->parameters().all()) contents.model.push_back({p.name, p.value.detach()});
  for (train::NamedTensor& row : contents.model) {
    if (bias.empty()) continue;
    if (row.name == "fc.weight") row.value.zero_();
    for (size_t i = 0; row.name == "fc.bias" && i < bias.size(); ++i) row.value[static_cast<int64_t>(i)] = bias[i];
  }
  contents.state = train::state_json(
      {.step = step},
      {.model = "resnet18",
       .num_outputs = 3,
       .classes = kClasses,
       .recipe = {{"model.name", "resnet18"}, {"model.stem", "small"}, {"data.image_size", "16"}, {"data.eval_resize", "16"}, {"train.precision", "float32"}}});
  return train::write_checkpoint(run, contents);
}

/// An untrained ResNet-18 for three classes and pictures of 16 pixels. Writing and reading one takes its time: made when first asked for, then shared.
class ClassifierTest : public testing::Test {
 protected:
  static const test::TemporaryFolder& folder() {
    static const test::TemporaryFolder shared;
    return shared;
  }
  static const fs::path& step_1() {
    static const fs::path checkpoint = save(folder() / "first", 1, {});
    return checkpoint;
  }
  static const fs::path& step_2() {
    static const fs::path checkpoint = save(folder() / "second", 2, {0, std::log(6), std::log(3)});  // softmax: 1, 6 and 3 of 10
    return checkpoint;
  }
  static const Classifier& by_picture() {
    static const Classifier classifier(step_1());
    return classifier;
  }
  static const Classifier& by_bias() {
    static const Classifier classifier(step_2());
    return classifier;
  }
  static fs::path picture(int kind) { return folder().put(std::to_string(kind) + ".jpg", data::jpeg(kind)); }

  /// A run with both checkpoints; returns their folder.
  static fs::path put_both(const fs::path& run) {
    fs::create_directories(run / "checkpoints");
    for (const fs::path& checkpoint : {step_1(), step_2()})
      fs::copy(checkpoint, run / "checkpoints" / checkpoint.filename(), fs::copy_options::recursive | fs::copy_options::create_hard_links);
    return run / "checkpoints";
  }
};

std::vector<std::string> names(const std::vector<Guess>& guesses) {
  std::vector<std::string> result;
  for (const Guess& guess : guesses) result.push_back(guess.name);
  return result;
}

std::vector<double> probabilities(const std::vector<Guess>& guesses) {
  std::vector<double> result;
  for (const Guess& guess : guesses) result.push_back(guess.probability);
  return result;
}

TEST_F(ClassifierTest, GivesSoftmaxOfTheLogitsTheLikeliestFirst) {
  const std::vector<Guess> guesses = by_bias().classify(picture(1));

  EXPECT_THAT(names(guesses), testing::ElementsAre("cat", "dog", "bird"));
  EXPECT_THAT(probabilities(guesses), testing::Pointwise(testing::DoubleNear(1e-6), {0.6, 0.3, 0.1}));
  EXPECT_EQ(guesses.front().class_id, 1);
  EXPECT_EQ(by_bias().class_names(), kClasses);
}

TEST_F(ClassifierTest, GivesAtMostTopGuesses) {
  EXPECT_THAT(names(by_bias().classify(picture(1), 2)), testing::ElementsAre("cat", "dog"));
  EXPECT_EQ(by_bias().classify(picture(1), 1000).size(), 3);
  EXPECT_EQ(code_of([&] { (void)by_bias().classify(picture(1), 0); }), ErrorCode::kUsage);
  EXPECT_EQ(code_of([&] { (void)by_bias().classify_each(std::vector{picture(1)}, 0); }), ErrorCode::kUsage);
}

TEST_F(ClassifierTest, GivesTheSameForAFileForItsBytesAndAmongOthers) {
  std::vector<fs::path> files;
  for (int kind = 0; kind < 34; ++kind) files.push_back(picture(kind));  // more than one pass takes

  const std::vector<Prediction> together = by_picture().classify_each(files);

  ASSERT_EQ(together.size(), files.size());
  for (const size_t i : {0, 1, 31, 32, 33}) {
    SCOPED_TRACE(files[i]);
    const std::vector<double> alone = probabilities(by_picture().classify(files[i]));
    EXPECT_EQ(together[i].file, files[i]);
    EXPECT_EQ(alone, probabilities(by_picture().classify(read_bytes(files[i]))));
    EXPECT_THAT(probabilities(together[i].guesses), testing::Pointwise(testing::DoubleNear(1e-5), alone));  // a larger batch adds in another order
  }
  EXPECT_NE(probabilities(together[0].guesses), probabilities(together[1].guesses));
}

TEST_F(ClassifierTest, MayBeUsedByThreadsAtOnce) {
  std::vector<fs::path> files;
  std::vector<std::vector<double>> expected;
  for (int kind = 0; kind < 4; ++kind) {
    files.push_back(picture(kind));
    expected.push_back(probabilities(by_picture().classify(files.back())));
  }

  std::vector<std::future<std::vector<double>>> results;
  for (size_t i = 0; i < 12; ++i) results.push_back(std::async(std::launch::async, [&, i] { return probabilities(by_picture().classify(files[i % 4])); }));

  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].get(), expected[i % 4]) << i;
}

TEST_F(ClassifierTest, NamesTheFileThatIsNoPictureOrIsNotThere) {
  const Classifier& classifier = by_picture();
  const fs::path text = folder().put("text.jpg", "not a picture"), good = picture(1), none = folder() / "none.jpg";
  const fs::path cut = folder().put("cut.jpg", data::jpeg(1).substr(0, 200));

  EXPECT_THAT(message_of([&] { (void)classifier.classify(text); }), testing::StartsWith(text.string() + ": not a JPEG or PNG picture"));
  EXPECT_EQ(code_of([&] { (void)classifier.classify(text); }), ErrorCode::kData);
  EXPECT_EQ(code_of([&] { (void)classifier.classify(cut); }), ErrorCode::kData);
  EXPECT_EQ(code_of([&] { (void)classifier.classify(none); }), ErrorCode::kMissing);
  EXPECT_EQ(code_of([&] { (void)classifier.classify(std::span<const std::byte>()); }), ErrorCode::kData);

  const std::vector<Prediction> all = classifier.classify_each(std::vector{text, good, none});
  ASSERT_EQ(all.size(), 3);
  EXPECT_THAT(all[0].problem, testing::StartsWith("not a JPEG or PNG picture"));
  EXPECT_TRUE(all[0].guesses.empty());
  EXPECT_EQ(all[1].problem, "");
  EXPECT_EQ(all[1].guesses.size(), 3);
  EXPECT_THAT(all[2].problem, testing::HasSubstr("none.jpg"));
}

TEST_F(ClassifierTest, TakesTheBestCheckpointOrTheOneThatIsNamed) {
  const test::TemporaryFolder run;
  const fs::path checkpoints = put_both(run.path());
  train::mark_best(run.path(), 1, "top1");
  Log nobody;

  EXPECT_EQ(Classifier(run.path()).trained().step, 1);
  EXPECT_EQ(train::checkpoint_folder(run.path(), train::Pick::kLatest, nobody), checkpoints / step_2().filename());
  EXPECT_EQ(train::checkpoint_folder(checkpoints / "best-top1", train::Pick::kLatest, nobody), checkpoints / step_1().filename());
  EXPECT_EQ(train::checkpoint_folder(step_2(), train::Pick::kBest, nobody), step_2());
}

TEST_F(ClassifierTest, WarnsOfADamagedCheckpointThatItPassesOver) {
  const test::TemporaryFolder run;
  const fs::path damaged = put_both(run.path()) / step_2().filename();
  fs::remove(damaged / "model.safetensors");
  std::vector<std::string> lines;
  Log log([&](LogLevel level, std::string_view line) {
    if (level == LogLevel::kWarning) lines.emplace_back(line);
  });

  EXPECT_EQ(Classifier(run.path(), {.log = &log}).trained().step, 1);

  ASSERT_EQ(lines.size(), 1);
  EXPECT_THAT(lines.front(), testing::StartsWith(damaged.string() + " is damaged and passed over: "));
  EXPECT_EQ(code_of([&] { Classifier{damaged}; }), ErrorCode::kData);
}

TEST_F(ClassifierTest, ThrowsErrorsOfOursForWhatTheSystemRefuses) {
  const test::TemporaryFolder run;
  make_directories(run / "checkpoints");
  run.put("checkpoints/best-top1", "step-00000001");
  fs::create_symlink("step-00000001", run / "checkpoints/step-00000001");  // to itself

  EXPECT_EQ(code_of([&] { Classifier{run.path()}; }), ErrorCode::kIo);
}

TEST_F(ClassifierTest, SaysHowToPassOverADamagedBestCheckpoint) {
  const test::TemporaryFolder run;
  const fs::path checkpoints = put_both(run.path());
  train::mark_best(run.path(), 1, "top1");
  fs::remove(checkpoints / step_1().filename() / "model.safetensors");

  const auto error = test::error_of([&] { Classifier{run.path()}; });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->advice(), testing::StartsWith("--latest, or "));
}

TEST_F(ClassifierTest, RefusesWhatItCannotLoad) {
  EXPECT_EQ(code_of([&] { Classifier{folder() / "nothing"}; }), ErrorCode::kMissing);
  EXPECT_EQ(code_of([&] { Classifier{folder().path()}; }), ErrorCode::kData);
  EXPECT_EQ(code_of([&] { Classifier(step_1(), {.weights = train::Weights::kEma}); }), ErrorCode::kConfig);
  EXPECT_EQ(code_of([&] { Classifier(step_1(), {.device = "tpu"}); }), ErrorCode::kUsage);
}

TEST_F(ClassifierTest, RefusesACheckpointWithoutANameForEveryOutput) {
  const test::TemporaryFolder run;
  const fs::path checkpoint = train::write_checkpoint(
      run.path(), {.step = 1, .model = {{"fc.bias", at::zeros({3})}}, .state = train::state_json({.step = 1}, {.num_outputs = 3, .classes = {"bird", "cat"}})});

  EXPECT_EQ(message_of([&] { Classifier{checkpoint}; }), checkpoint.string() + ": state.json names 2 classes for 3 outputs");
}

}  // namespace

}  // namespace fovea::apply
