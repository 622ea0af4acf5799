#include "fovea/compat/runner_config.h"

#include "fovea/compat/reference_page.h"

#include "tests/compat/support.h"

namespace fovea::compat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RunnerConfig read(const std::string& text) { return read_runner_config(text, "a.yaml", {"HOME=/home/user1", "SETS=/sets"}); }

void expect_file_refused(const std::string& text, const std::string& message) {
  SCOPED_TRACE(text);
  expect_error([&] { (void)read(text); }, ErrorCode::kConfig, message);
}

}  // namespace

// The rules of spec 5.
TEST(RunnerConfig, WritesParametersAsFlags) {
  const RunnerConfig config =
      read("model: m\nparameters:\n  b: 128\n  rate: 0.1\n  yes_: yes\n  no_: False\n  quoted: 'no'\n  nothing: null\n  also: ~\n  empty:\n");

  EXPECT_EQ(config.model, "m");
  EXPECT_THAT(config.arguments, ElementsAre("--b=128", "--rate=0.1", "--yes_=True", "--no_=False", "--quoted=no"));
  EXPECT_THAT(config.environment, IsEmpty());
}

TEST(RunnerConfig, FlattensMapsAndJoinsLists) {
  EXPECT_THAT(read("model: m\nparameters:\n  a: {b: 1, c: {d: 2}}\n  hooks: [X, Y]\n  none: []\n  store_true: [clean, no_hpu]\n  e: 3\n").arguments,
              ElementsAre("--b=1", "--d=2", "--hooks=X,Y", "--clean", "--no_hpu", "--e=3"));
}

TEST(RunnerConfig, GivesHorovodTheNumberOfWorkers) {
  EXPECT_THAT(read("model: m\nparameters: {use_horovod: true, num_workers_per_hls: 4}\n").arguments, ElementsAre("--use_horovod=4"));
  EXPECT_THAT(read("model: m\nparameters: {use_horovod: true, num_workers_per_hls: 1}\n").arguments, ElementsAre("--use_horovod=8"));
  EXPECT_THAT(read("model: m\nparameters: {use_horovod: true}\n").arguments, ElementsAre("--use_horovod=8"));
  EXPECT_THAT(read("model: m\nparameters: {use_horovod: false, num_workers_per_hls: 4}\n").arguments, IsEmpty());
}

TEST(RunnerConfig, ExpandsPaths) {
  EXPECT_THAT(read("model: m\nparameters: {a: ~/x, b: $SETS/x, c: '${SETS}x', d: $UNSET/x, e: a~b$, f: '${SETS'}\nenv_variables: {P: $HOME/p}\n").arguments,
              ElementsAre("--a=/home/user1/x", "--b=/sets/x", "--c=/setsx", "--d=$UNSET/x", "--e=a~b$", "--f=${SETS"));
  EXPECT_THAT(read("model: m\nenv_variables: {P: $HOME/p, N: 1, Q: null}\n").environment, ElementsAre("P=/home/user1/p", "N=1"));
}

TEST(RunnerConfig, RefusesWithTheLine) {
  expect_file_refused("parameters: {a: 1}\n", "a.yaml: there is no \"model:\"");
  expect_file_refused("", "there is no \"model:\"");
  expect_file_refused("just text\n", "a.yaml:1: expected \"model:\"");
  expect_file_refused("model: m\nparamters: {a: 1}\n", "a.yaml:2: paramters is not known; did you mean \"parameters\"?");
  expect_file_refused("model: m\nparameters: 5\n", "a.yaml:2: parameters: expected keys below it, found \"5\"");
  expect_file_refused("model: {a: b}\n", "a.yaml:1: a: expected one name");
  expect_file_refused("model: m\nparameters:\n  a: 1\n  a: 2\n", "a.yaml:4: a is given a second time; the first is in line 3");
  expect_file_refused("model: m\nparameters:\n  a: &x 1\n", "a.yaml:3: an anchor");
  expect_file_refused("model: m\nparameters:\n  a: *x\n", "a.yaml:3");
  expect_file_refused("model: m\nparameters:\n  a: !!int 1\n", "a.yaml:3: a tag");
  expect_file_refused("model: m\nparameters:\n  a: [[1]]\n", "a.yaml:3: a list is not possible here");
  expect_file_refused("model: m\nparameters:\n  a: [b: 1]\n", "a.yaml:3: keys are not possible here");
  expect_file_refused("model: m\nparameters: [a]\n", "a.yaml:2: a list is not possible here");
  expect_file_refused("model: m\nenv_variables: {A B: 1}\n", "a.yaml:2: A B: expected the name of an environment variable");
  expect_file_refused("model: m\nenv_variables: {A: [1]}\n", "a.yaml:2: A: a list is not possible here");
  expect_file_refused("model: m\nparameters: {use_horovod: true, num_workers_per_hls: x}\n", "num_workers_per_hls: expected an integer");
  expect_file_refused("model: m\n---\nmodel: n\n", "a second document");
  expect_file_refused("model: m\nparameters: {a: 1]\n", "not YAML");
  expect_file_refused("model: m\nparameters:\n  a: " + std::string(2 << 20, 'x'), "is too much");
}

TEST(RunnerConfig, RefusesDeepNesting) {
  std::string text = "model: m\nparameters: ";
  for (int i = 0; i < 100000; ++i) text += "{a: ";

  expect_file_refused(text, "more than 8 levels");
}

TEST(RunnerConfig, RefusesOrReadsWhateverIsCutOrDamaged) {
  const std::string whole(shipped_config("resnet_estimator_default.yaml"));
  const auto reads_or_refuses = [](const std::string& text) {
    const auto code = test::code_of([&] { (void)read(text); });
    return !code || *code == ErrorCode::kConfig;
  };

  for (size_t size = 0; size < whole.size(); ++size) EXPECT_TRUE(reads_or_refuses(whole.substr(0, size))) << "cut to " << size;
  for (size_t i = 0; i < whole.size() * 8; ++i) {
    std::string damaged = whole;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    EXPECT_TRUE(reads_or_refuses(damaged)) << "bit " << i;
  }
}

}  // namespace fovea::compat
