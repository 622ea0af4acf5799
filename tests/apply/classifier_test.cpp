#include "fovea/apply/classifier.h"

#include "fovea/apply/trained_model.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_store.h"

#include "tests/data/pictures.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <future>

namespace fovea::apply {

namespace {

using test::code_of;
using test::message_of;

/// A run with checkpoints of an untrained ResNet-18 for three classes and pictures of 16 pixels, and a folder for pictures.
class ClassifierTest : public testing::Test {
 protected:
  const std::vector<std::string> classes_{"bird", "cat", "dog"};

  /// bias  logits of the classes, whatever the picture shows; empty: the picture decides
  fs::path save(int64_t step, const std::vector<double>& bias) {
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
         .classes = classes_,
         .recipe = {
             {"model.name", "resnet18"}, {"model.stem", "small"}, {"data.image_size", "16"}, {"data.eval_resize", "16"}, {"train.precision", "float32"}}});
    return train::write_checkpoint(run_, contents);
  }

  fs::path picture(int kind) { return folder_.put(std::to_string(kind) + ".jpg", data::jpeg(kind)); }

  test::TemporaryFolder folder_;
  fs::path run_ = folder_ / "run";
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
  save(1, {0, std::log(6), std::log(3)});  // softmax: 1, 6 and 3 of 10
  const Classifier classifier(run_);

  const std::vector<Guess> guesses = classifier.classify(picture(1));

  EXPECT_THAT(names(guesses), testing::ElementsAre("cat", "dog", "bird"));
  EXPECT_THAT(probabilities(guesses), testing::Pointwise(testing::DoubleNear(1e-6), {0.6, 0.3, 0.1}));
  EXPECT_EQ(guesses.front().class_id, 1);
  EXPECT_THAT(classifier.class_names(), testing::ElementsAreArray(classes_));
}

TEST_F(ClassifierTest, GivesAtMostTopGuesses) {
  save(1, {0, 2, 1});
  const Classifier classifier(run_);

  EXPECT_THAT(names(classifier.classify(picture(1), 2)), testing::ElementsAre("cat", "dog"));
  EXPECT_EQ(classifier.classify(picture(1), 1000).size(), 3);
  EXPECT_EQ(code_of([&] { (void)classifier.classify(picture(1), 0); }), ErrorCode::kUsage);
}

TEST_F(ClassifierTest, GivesTheSameForAFileForItsBytesAndAmongOthers) {
  save(1, {});
  const Classifier classifier(run_);
  std::vector<fs::path> files;
  for (int kind = 0; kind < 40; ++kind) files.push_back(picture(kind));  // more than one pass takes

  const std::vector<Prediction> together = classifier.classify_each(files);

  ASSERT_EQ(together.size(), files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    SCOPED_TRACE(files[i]);
    const std::vector<double> alone = probabilities(classifier.classify(files[i]));
    EXPECT_EQ(together[i].file, files[i]);
    EXPECT_EQ(alone, probabilities(classifier.classify(read_bytes(files[i]))));
    EXPECT_THAT(probabilities(together[i].guesses), testing::Pointwise(testing::DoubleNear(1e-5), alone));  // a larger batch adds in another order
  }
  EXPECT_NE(probabilities(together[0].guesses), probabilities(together[1].guesses));
}

TEST_F(ClassifierTest, MayBeUsedByThreadsAtOnce) {
  save(1, {});
  const Classifier classifier(run_);
  std::vector<fs::path> files;
  std::vector<std::vector<double>> expected;
  for (int kind = 0; kind < 4; ++kind) {
    files.push_back(picture(kind));
    expected.push_back(probabilities(classifier.classify(files.back())));
  }

  std::vector<std::future<std::vector<double>>> results;
  for (size_t i = 0; i < 12; ++i) results.push_back(std::async(std::launch::async, [&, i] { return probabilities(classifier.classify(files[i % 4])); }));

  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].get(), expected[i % 4]) << i;
}

TEST_F(ClassifierTest, NamesTheFileThatIsNoPictureOrIsNotThere) {
  save(1, {});
  const Classifier classifier(run_);
  const fs::path text = folder_.put("text.jpg", "not a picture"), good = picture(1);
  const fs::path cut = folder_.put("cut.jpg", data::jpeg(1).substr(0, 200));

  EXPECT_EQ(message_of([&] { (void)classifier.classify(text); }), text.string() + ": not a JPEG or PNG picture");
  EXPECT_EQ(code_of([&] { (void)classifier.classify(text); }), ErrorCode::kData);
  EXPECT_EQ(code_of([&] { (void)classifier.classify(cut); }), ErrorCode::kData);
  EXPECT_EQ(code_of([&] { (void)classifier.classify(folder_ / "none.jpg"); }), ErrorCode::kMissing);
  EXPECT_EQ(code_of([&] { (void)classifier.classify(std::span<const std::byte>()); }), ErrorCode::kData);

  const std::vector<Prediction> all = classifier.classify_each(std::vector{text, good, folder_ / "none.jpg"});
  ASSERT_EQ(all.size(), 3);
  EXPECT_EQ(all[0].problem, "not a JPEG or PNG picture");
  EXPECT_TRUE(all[0].guesses.empty());
  EXPECT_EQ(all[1].problem, "");
  EXPECT_EQ(probabilities(all[1].guesses).size(), 3);
  EXPECT_THAT(all[2].problem, testing::HasSubstr("none.jpg"));
}

TEST_F(ClassifierTest, TakesTheBestCheckpointOrTheOneThatIsNamed) {
  const fs::path first = save(1, {2, 1, 0});
  save(2, {0, 1, 2});
  train::mark_best(run_, 1);

  EXPECT_EQ(Classifier(run_).classify(picture(1)).front().name, "bird");
  EXPECT_EQ(Classifier(run_, {.pick = Pick::kLatest}).classify(picture(1)).front().name, "dog");
  EXPECT_EQ(Classifier(run_ / "checkpoints" / "latest").classify(picture(1)).front().name, "dog");
  EXPECT_EQ(Classifier(first).trained().step, 1);
}

TEST_F(ClassifierTest, WarnsOfADamagedCheckpointThatItPassesOver) {
  save(1, {2, 1, 0});
  const fs::path damaged = save(2, {0, 1, 2});
  fs::resize_file(damaged / "model.safetensors", 100);
  std::vector<std::string> lines;
  Log log([&](LogLevel level, std::string_view line) {
    if (level == LogLevel::kWarning) lines.emplace_back(line);
  });

  EXPECT_EQ(Classifier(run_, {.log = &log}).trained().step, 1);
  EXPECT_EQ(Classifier(run_).trained().step, 1);

  ASSERT_EQ(lines.size(), 1);
  EXPECT_THAT(lines.front(), testing::StartsWith(damaged.string() + " is damaged and passed over: "));
}

TEST_F(ClassifierTest, RefusesWhatItCannotLoad) {
  const fs::path checkpoint = save(1, {});

  EXPECT_EQ(code_of([&] { Classifier(folder_ / "nothing"); }), ErrorCode::kMissing);
  EXPECT_EQ(code_of([&] { Classifier{folder_.path()}; }), ErrorCode::kData);
  EXPECT_EQ(code_of([&] { Classifier(run_, {.weights = train::Weights::kEma}); }), ErrorCode::kConfig);
  EXPECT_EQ(code_of([&] { Classifier(run_, {.device = "tpu"}); }), ErrorCode::kUsage);
  fs::resize_file(checkpoint / "model.safetensors", 100);
  EXPECT_EQ(code_of([&] { Classifier{run_}; }), ErrorCode::kData);
}

}  // namespace

}  // namespace fovea::apply
