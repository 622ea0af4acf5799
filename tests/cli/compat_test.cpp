#include "fovea/base/strings.h"
#include "fovea/cli/child.h"
#include "fovea/cli/recover.h"
#include "fovea/compat/ssd.h"
#include "fovea/compat/training.h"
#include "fovea/recipe/builtin.h"
#include "fovea/recipe/keys.h"

#include "tests/cli/support.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/checkpoint_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace fovea::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

ChildEnd shell(const std::string& script, const std::vector<std::string>& environment = {}) { return run_child("/bin/sh", {"-c", script}, environment); }

// A run folder to recover in; the log's lines are kept.
class Recover : public train::RunDirectory {
 protected:
  int run_all(const std::function<ChildEnd()>& run) { return run_until_done(run_, run, log_); }

  std::vector<std::string> lines_;
  Log log_{[this](LogLevel, std::string_view line) { lines_.emplace_back(line); }};
};

}  // namespace

TEST(CompatCommand, ListsThePrograms) {
  const Outcome outcome = run({"compat"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("demo_resnet_hvd.sh"), HasSubstr("habana_model_runner.py"), HasSubstr("fovea compat --dry-run demo_resnet -d bf16")));
}

TEST(CompatCommand, ShowsTheFlagsOfAProgram) {
  EXPECT_THAT(run({"compat", "demo_resnet", "-d", "bf16", "--help"}).out, StartsWith("demo_resnet: "));
  EXPECT_THAT(run({"compat", "imagenet_main.py", "--helpfull"}).out, HasSubstr("-bs, --batch_size  integer (default 32)\n"));
  EXPECT_THAT(run({"compat", "--help"}).out, AllOf(HasSubstr("--dry-run"), HasSubstr("\npreprocess_imagenet.py  ")));
}

TEST(CompatCommand, ShowsFlagsAtTheWidthOfTheTerminal) {
  for (const std::string& line : split(run({"compat", "demo_keras_resnet", "--help"}).out, '\n')) EXPECT_LE(line.size(), 100) << line;
  EXPECT_THAT(run({"compat", "demo_keras_resnet", "--help"}).out, HasSubstr("\n      accepted, no meaning: there is no inner loop; "));
}

TEST(CompatCommand, PrintsTheCommandAndKeepsNotesApart) {
  for (const Arguments& arguments :
       {Arguments{"compat", "--dry-run", "demo_resnet", "-d", "bf16", "-k"}, Arguments{"compat", "demo_resnet", "-d", "bf16", "-k", "--dry-run"}}) {
    const Outcome outcome = run(arguments, {"HOME=/home/user1"});

    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, AllOf(StartsWith("fovea train resnet50-sgd "), EndsWith("\n")));
    EXPECT_THAT(outcome.err, AllOf(StartsWith("note: --no-experimental-preloading: "), HasSubstr("\nnote: /home/user1/tmp/resnet is not emptied")));
  }
}

TEST(CompatCommand, TakesAWholeLineOfAScript) {
  const Outcome outcome = run({"compat", "-n", "OMP_NUM_THREADS=2", "python3", "../models/imagenet_main.py", "--data_dir=/d", "--model_dir=/m"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("OMP_NUM_THREADS=2 fovea train resnet50-sgd --data /d --run-dir /m "));
  EXPECT_THAT(run({"compat", "python3", "nothing.py"}).err, HasSubstr("there is no program \"nothing\""));
}

TEST(CompatCommand, SaysThatAPrintedCommandDoesNotRecover) {
  EXPECT_THAT(run({"compat", "-n", "demo_resnet", "-d", "bf16", "-m", "/m", "-r"}).err, StartsWith("note: --recover: this runs once; "));
  EXPECT_EQ(run({"compat", "-n", "demo_resnet", "-d", "bf16", "-m", "/m"}).err, "");
}

TEST(CompatCommand, LeavesTheShortFormsToTheProgram) {
  // -n is demo_resnet's --no-eval, not a dry run; before the program it is ours
  const Outcome outcome = run({"compat", "-n", "--device", "cuda:1", "demo_resnet", "-d", "bf16", "-n"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr(" --eval-every none "), EndsWith(" --device cuda:1\n")));
}

TEST(CompatCommand, RefusesWithWhatToTry) {
  const Outcome unknown_program = run({"compat", "demo_resnt"});
  const Outcome unknown_flag = run({"compat", "demo_resnet", "--batchsize", "4"});
  const Outcome own_flag = run({"compat", "--dryrun", "demo_resnet"});

  EXPECT_EQ(unknown_program.code, 2);
  EXPECT_EQ(unknown_program.err, "error: there is no program \"demo_resnt\"; did you mean \"demo_resnet\"?\ntry: fovea compat\n");
  EXPECT_EQ(unknown_flag.code, 2);
  EXPECT_EQ(unknown_flag.err, "error: demo_resnet: the flag --batchsize is not known; did you mean \"--batch-size\"?\ntry: fovea compat demo_resnet --help\n");
  EXPECT_EQ(own_flag.code, 2);
  EXPECT_THAT(own_flag.err, HasSubstr("the flag --dryrun is not known; did you mean \"--dry-run\"?"));
  EXPECT_EQ(run({"compat", "habana_model_runner.py", "--model", "resnet_keras", "--hb_config", "nowhere.yaml"}).code, 66);
}

TEST(CompatCommand, OffersProgramsAndTheirFlags) {
  EXPECT_EQ(run({"completion", "words", "compat", "imagenet"}).out, "imagenet_main.py\n");
  EXPECT_EQ(run({"completion", "words", "compat", "python3", "x/imagenet_main.py", "--train_o"}).out, "--train_offset\n");
  EXPECT_EQ(run({"completion", "words", "compat", "--dry-run", "demo_resnet", "-d", "bf16", "--e"}).out,
            "--epochs\n--eval-steps\n--epochs-between-evals\n--enable-lars-optimizer\n");
}

// What compat takes for the values of a family of recipes are those of the built-in ones.
TEST(CompatCommand, KnowsTheRecipes) {
  for (const auto& [family, sizes] : std::vector<std::pair<compat::Family, std::vector<int64_t>>>{{compat::Family::kSgd, {50, 101, 152}},
                                                                                                  {compat::Family::kLars, {50, 101, 152}},
                                                                                                  {compat::Family::kResnext, {50, 101, 152}},
                                                                                                  {compat::Family::kKeras, {50}}}) {
    for (const int64_t size : sizes) {
      const std::string name = compat::recipe_of(family, size);
      SCOPED_TRACE(name);
      ASSERT_NE(recipe::find_builtin(name), nullptr);
      const recipe::Recipe recipe = recipe::load_recipe({.recipe = name});
      for (const auto& [key, value] : compat::keys_of(compat::rates_of(family))) EXPECT_EQ(recipe::value_text(recipe, *recipe::find_key(key)), value) << key;
      EXPECT_THAT(normal_name(recipe.model.name), StartsWith(fmt::format("{}{}", family == compat::Family::kResnext ? "resnext" : "resnet", size)));
      if (family == compat::Family::kLars) {
        EXPECT_EQ(recipe.optim.decay_epochs, compat::kLarsEpochs);
      }
    }
  }
}

TEST(CompatCommand, KnowsTheRecipeOfSsd) {
  const recipe::Recipe recipe = recipe::load_recipe({.recipe = "ssd-resnet34"});

  for (const auto& [key, value] : compat::keys_of(compat::SsdRates{})) EXPECT_EQ(recipe::value_text(recipe, *recipe::find_key(key)), value) << key;
}

TEST(CompatProcess, EndsWithTheCodeOfTheCommand) {
  const test::TemporaryFolder folder;

  // the data is missing; wrong values that only the command itself finds
  EXPECT_EQ(run_shell(FOVEA_PROGRAM " compat demo_resnet -d fp32 -a " + (folder / "nowhere").string() + " -m " + (folder / "run").string()).code, 66);
  EXPECT_EQ(run_shell(FOVEA_PROGRAM " compat demo_resnet -d fp32 --stop_threshold 7 -a x -m " + (folder / "run").string()).code, 2);
  EXPECT_EQ(run_shell(FOVEA_PROGRAM " compat resnet_ctl_imagenet_main.py --profile_steps=53,50 --data_dir=x --model_dir=" + (folder / "run").string()).code, 2);
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(Child, GivesTheExitCode) {
  EXPECT_EQ(shell("exit 0").code, 0);
  EXPECT_EQ(shell("exit 75").code, 75);
  EXPECT_FALSE(shell("exit 75").was_signalled);
}

TEST(Child, Gives128AndTheSignal) { EXPECT_EQ(shell("kill -KILL $$").code, 128 + SIGKILL); }

TEST(Child, HasTheEnvironmentThatItIsGiven) { EXPECT_EQ(shell("test \"$COLOUR\" = 'dark red' && test -z \"$HOME\"", {"COLOUR=dark red"}).code, 0); }

TEST(Child, GetsTheSignalsOfItsParent) {
  const ChildEnd end = shell("trap 'exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.01; done", {"PATH=/usr/bin:/bin"});

  EXPECT_EQ(end.code, 7);
  EXPECT_TRUE(end.was_signalled);
}

TEST(Child, IsNamedWhenItCannotBeStarted) {
  try {
    (void)run_child("/nowhere/program", {}, {});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMissing);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/program cannot be started: No such file or directory"));
  }
}

TEST_F(Recover, RunsAgainUntilTheTrainingIsDone) {
  int calls = 0;

  const int code = run_all([&] {
    ++calls;
    save(100 * calls);
    return ChildEnd{.code = calls < 5 ? 137 : 0};
  });

  EXPECT_EQ(code, 0);
  EXPECT_EQ(calls, 5);
  EXPECT_THAT(lines_.front(), HasSubstr("exit code 137; the newest checkpoint is of step 100; the same command again"));
}

TEST_F(Recover, GivesUpAfterThreeFailuresWithoutProgress) {
  int calls = 0;

  const int code = run_all([&] {
    if (++calls <= 2) save(calls);
    return ChildEnd{.code = 74};
  });

  EXPECT_EQ(code, 74);
  EXPECT_EQ(calls, 4);  // the second made step 2; it and two more did not get further
  EXPECT_THAT(lines_.back(), HasSubstr("the third failure in a row without a newer checkpoint; the newest checkpoint is of step 2"));
}

TEST_F(Recover, DoesNotRepeatWhatRepeatsItself) {
  for (const int code : {2, 65, 66, 69, 73, 78, 80}) {
    SCOPED_TRACE(code);
    int calls = 0;

    EXPECT_EQ(run_all([&] { return ++calls, ChildEnd{.code = code}; }), code);
    EXPECT_EQ(calls, 1);
  }
}

TEST_F(Recover, EndsWhenItWasAskedTo) {
  int calls = 0;

  EXPECT_EQ(run_all([&] { return ++calls, ChildEnd{.code = 75, .was_signalled = true}; }), 75);
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(lines_, IsEmpty());
}

}  // namespace fovea::cli
