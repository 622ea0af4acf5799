// What the Tab key offers: the words that the program gives, and bash with the script that asks for them.
#include "fovea/base/strings.h"

#include "tests/cli/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  std::erase(lines, "");
  return lines;
}

/// The words for a command line; the last is the one at the cursor.
std::vector<std::string> words(Arguments line) {
  line.insert(line.begin(), {"completion", "words"});
  const Outcome outcome = run(line);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return lines_of(outcome.out);
}

TEST(Completion, BeginsWithTheCommands) {
  EXPECT_THAT(words({""}), IsSupersetOf({"train", "eval", "doctor", "--version"}));
  EXPECT_THAT(words({"ev"}), ElementsAre("eval"));
  EXPECT_THAT(words({"nothing", ""}), IsEmpty());
}

TEST(Completion, EveryCommandAnswersAndDoesNothingElse) {
  for (const Command& command : commands()) {
    SCOPED_TRACE(command.name);
    EXPECT_THAT(words({std::string(command.name), "--h"}), Contains("--help"));
  }
}

TEST(Completion, KnowsSubcommandsAndTheirFlags) {
  EXPECT_THAT(words({"data", "ch"}), ElementsAre("check"));
  EXPECT_THAT(words({"checkpoint", "diff", "--p"}), ElementsAre("--part"));
  EXPECT_THAT(words({"bench", ""}), ElementsAre("input", "step"));
  EXPECT_THAT(words({"bench", "step", "--bat"}), ElementsAre("--batch"));
  EXPECT_THAT(words({"completion", ""}), ElementsAre("bash"));
}

TEST(Completion, KnowsRecipesNetworksAndKeys) {
  EXPECT_THAT(words({"train", "tiny"}), ElementsAre("tiny-resnet18", "tiny-ssd18"));
  EXPECT_THAT(words({"model", "resnet5"}), ElementsAre("resnet50"));
  EXPECT_THAT(words({"train", "tiny-resnet18", "--set", "optim.mom"}), ElementsAre("optim.momentum="));
  EXPECT_THAT(words({"train", "--set", "model.stem="}), ElementsAre("model.stem=imagenet", "model.stem=keras", "model.stem=small"));
  EXPECT_THAT(words({"train", "--set", "model.name=resnext5"}), ElementsAre("model.name=resnext50_32x4d"));
  EXPECT_THAT(words({"train", "--set", "data.flip="}), ElementsAre("data.flip=true", "data.flip=false"));
  EXPECT_THAT(words({"recipes", "explain", "optim.l"}), Contains("optim.lr"));
}

TEST(Completion, KnowsTheChoicesOfFlags) {
  EXPECT_THAT(words({"eval", "run", "--weights", ""}), ElementsAre("raw", "ema"));
  EXPECT_THAT(words({"eval", "run", "--weights=e"}), ElementsAre("--weights=ema"));
  EXPECT_THAT(words({"train", "--precision", "b"}), ElementsAre("bfloat16"));
  EXPECT_THAT(words({"train", "--device", ""}), ElementsAre("cpu", "cuda"));
  EXPECT_THAT(words({"train", "--tb-tags", "t"}), ElementsAre("tf"));
}

TEST(Completion, LeavesPathsToTheShell) {
  EXPECT_THAT(words({"train", "tiny-resnet18", "--data", ""}), IsEmpty());
  EXPECT_THAT(words({"eval", ""}), IsEmpty());
}

TEST(Completion, OneRecipeIsEnough) { EXPECT_THAT(words({"train", "tiny-resnet18", "resnet"}), IsEmpty()); }

TEST(Completion, WordsStayOutOfTheHelp) { EXPECT_THAT(run({"completion", "--help"}).out, Not(testing::HasSubstr("words"))); }

/// bash with the script loaded, as a Tab behind `line` would call it; gives `complete -p` or what bash would offer.
class Bash : public testing::Test {
 protected:
  void SetUp() override {
    if (run_shell("command -v bash").code != 0) GTEST_SKIP() << "no bash";
  }
  static Outcome bash(const std::string& commands) {
    const std::string folder = fs::path(FOVEA_PROGRAM).parent_path().string();
    return run_shell("PATH='" + folder + ":'$PATH bash --norc -c 'set -eu; source <(fovea completion bash); " + commands + "'");
  }
  static std::vector<std::string> offered(const std::string& line) {
    return lines_of(bash("COMP_WORDBREAKS=\" =:\"; COMP_LINE=\"" + line + "\"; COMP_POINT=${#COMP_LINE}; _fovea; printf \"%s\\n\" \"${COMPREPLY[@]}\"").out);
  }
};

TEST_F(Bash, RegistersTheFunction) { EXPECT_EQ(bash("complete -p fovea").out, "complete -o default -F _fovea fovea\n"); }

TEST_F(Bash, OffersWhatTheProgramKnows) {
  EXPECT_THAT(offered("fovea ev"), ElementsAre("eval"));
  EXPECT_THAT(offered("fovea data "), IsSupersetOf({"check", "convert", "demo", "show"}));
  EXPECT_THAT(offered("fovea train tiny-resnet18 --prec"), ElementsAre("--precision"));
}

TEST_F(Bash, OffersOnlyWhatStandsBehindAnEqualsSign) {
  EXPECT_THAT(offered("fovea train tiny-resnet18 --set model.stem=k"), ElementsAre("keras"));
  EXPECT_THAT(offered("fovea eval run --weights=e"), ElementsAre("ema"));
}

TEST_F(Bash, OffersNothingForAPath) { EXPECT_THAT(offered("fovea train tiny-resnet18 --data demo/"), IsEmpty()); }

}  // namespace
}  // namespace fovea::cli
