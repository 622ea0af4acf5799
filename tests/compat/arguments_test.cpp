#include "fovea/compat/arguments.h"

#include "tests/compat/support.h"

#include <algorithm>

namespace fovea::compat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Program& launcher() { return find_program("demo_resnet"); }
const Program& estimator() { return find_program("imagenet_main"); }

Given read(const Program& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> notes;
  return read_arguments(program, arguments, notes);
}

}  // namespace

TEST(CompatPrograms, AreFoundAsPeopleTypeThem) {
  for (const std::string_view name : {"demo_resnet_hvd.sh", "./demo_resnet_hvd.sh", "a/b/demo_resnet_hvd", "demo-resnet-hvd.sh"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(find_program(name).name, "demo_resnet_hvd");
  }
}

TEST(CompatPrograms, NamesTheNearestOfAnUnknownOne) {
  expect_error([] { (void)find_program("demo_resnt"); }, ErrorCode::kUsage, "did you mean \"demo_resnet\"?");
}

TEST(CompatPrograms, AsksForTheProgramItself) {
  expect_error([] { (void)find_program("mpirun"); }, ErrorCode::kUsage, "name the program itself");
}

TEST(CompatTables, HaveEachNameOnce) {
  for (const Program& program : programs()) {
    std::vector<std::string_view> names;
    for (const Flag& flag : program.flags) {
      names.push_back(flag.name);
      if (!flag.short_name.empty()) names.push_back(flag.short_name);
      EXPECT_FALSE(flag.text.empty()) << program.name << ": " << flag.name;
    }
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end()) << program.name;
  }
}

// The number of flags in spec 2.11, so that none is lost. The Keras launcher has one more for the document's -rs (D-12).
TEST(CompatTables, HaveEveryFlagOfTheSpecification) {
  EXPECT_EQ(find_program("demo_resnet").flags.size(), 19U);
  EXPECT_EQ(find_program("demo_keras_resnet").flags.size(), 13U + 1U);
  EXPECT_EQ(find_program("demo_resnet_hvd").variables.size(), 16U);
  EXPECT_EQ(find_program("imagenet_main").flags.size(), 65U);
  EXPECT_EQ(find_program("resnet_ctl_imagenet_main").flags.size(), 54U);
  EXPECT_EQ(find_program("preprocess_imagenet").flags.size(), 7U);
  EXPECT_EQ(find_program("ssd").flags.size(), 34U + 2U);                   // spec 3.12, and two that the document names (D-18)
  EXPECT_EQ(find_program("demo_ssd").flags.size(), 34U + 2U);              // the same
  EXPECT_EQ(find_program("create_coco_tf_record").flags.size(), 8U + 1U);  // spec 3.7 and 4.7, and --logtostderr, which every program of this form takes
}

TEST(CompatArguments, ReadsShellFlags) {
  const Given given = read(launcher(), {"-rs", "101", "--batch-size", "64", "--data-dir=/d", "-n"});

  EXPECT_EQ(given.integer("resnet-size"), 101);
  EXPECT_EQ(given.integer("batch-size"), 64);
  EXPECT_EQ(given.text("data-dir"), "/d");
  EXPECT_TRUE(given.is_on("no-eval"));
  EXPECT_FALSE(given.is_on("recover"));
}

TEST(CompatArguments, TakesHyphensForUnderscores) {
  EXPECT_TRUE(read(launcher(), {"--use-horovod"}).is_on("use_horovod"));
  EXPECT_TRUE(read(launcher(), {"--use_horovod"}).is_on("use_horovod"));
  EXPECT_EQ(read(estimator(), {"--batch-size", "8"}).integer("batch_size"), 8);
}

TEST(CompatArguments, ReadsAbslFlags) {
  const Given given = read(estimator(), {"--batch_size=8", "-dd", "/d", "--md", "/m", "-train_epochs", "3", "--disable_eval", "--eval_only=False",
                                         "--nofine_tune", "--use_cosine_lr=t", "--use_horovod=8"});

  EXPECT_EQ(given.integer("batch_size"), 8);
  EXPECT_EQ(given.text("data_dir"), "/d");
  EXPECT_EQ(given.text("model_dir"), "/m");
  EXPECT_EQ(given.integer("train_epochs"), 3);
  EXPECT_TRUE(given.is_on("disable_eval"));
  EXPECT_FALSE(given.is_on("eval_only"));
  EXPECT_FALSE(given.is_on("fine_tune"));
  EXPECT_TRUE(given.is_on("use_cosine_lr"));
  EXPECT_EQ(given.integer("use_horovod"), 8);
}

TEST(CompatArguments, TakesTheLastOfSeveralValues) { EXPECT_EQ(read(launcher(), {"-b", "64", "-b", "32"}).integer("batch-size"), 32); }

TEST(CompatArguments, NamesTheNearestOfAnUnknownFlag) {
  expect_error([] { (void)read(launcher(), {"--batchsize", "8"}); }, ErrorCode::kUsage, "the flag --batchsize is not known; did you mean \"--batch-size\"?");
  expect_error([] { (void)read(estimator(), {"--nomodel_dir"}); }, ErrorCode::kUsage, "the flag --nomodel_dir is not known");
  expect_error([] { (void)read(launcher(), {"--"}); }, ErrorCode::kUsage, "one too many");
}

TEST(CompatArguments, RefusesValuesOfTheWrongKind) {
  expect_error([] { (void)read(launcher(), {"-b", "many"}); }, ErrorCode::kUsage, "--batch-size: expected an integer, found \"many\"");
  expect_error([] { (void)read(launcher(), {"-d", "fp16"}); }, ErrorCode::kUsage, "--dtype: expected one of fp32, bf16, found \"fp16\"");
  expect_error([] { (void)read(launcher(), {"--no-eval=1"}); }, ErrorCode::kUsage, "--no-eval: expected no value");
  expect_error([] { (void)read(estimator(), {"--clean=maybe"}); }, ErrorCode::kUsage, "--clean: expected True or False, found \"maybe\"");
  expect_error([] { (void)read(estimator(), {"--momentum=x"}); }, ErrorCode::kUsage, "expected a number");
  expect_error([] { (void)read(estimator(), {"--batch_size"}); }, ErrorCode::kUsage, "--batch_size needs a value");
}

TEST(CompatArguments, RefusesSuperfluousArguments) {
  expect_error([] { (void)read(estimator(), {"--disable_eval", "False"}); }, ErrorCode::kUsage, "the argument \"False\" is one too many; a value of a switch");
  expect_error([] { (void)read(find_program("demo_resnet_hvd"), {"BATCH_SIZE=8"}); }, ErrorCode::kUsage, "it reads the environment");
}

TEST(CompatArguments, RefusesWithTheReasonUnlessNothingIsAskedFor) {
  expect_error([] { (void)read(estimator(), {"--clean"}); }, ErrorCode::kUsage, "--clean=true: Fovea deletes nothing");
  expect_error([] { (void)read(estimator(), {"--num_gpus=8"}); }, ErrorCode::kUsage, "one device");
  expect_error([] { (void)read(estimator(), {"-rv", "2"}); }, ErrorCode::kUsage, "pre-activation");
  EXPECT_NO_THROW((void)read(estimator(), {"--noclean", "--num_gpus=0", "--num_gpus=1", "-rv", "1", "-ds", "off"}));
}

TEST(CompatArguments, NotesWhatHasNoMeaningWhenItIsAskedFor) {
  std::vector<std::string> notes;

  (void)read_arguments(estimator(), {"--experimental_preloading", "--mini_imagenet=False", "--all_reduce_alg=nccl"}, notes);

  EXPECT_THAT(notes, ElementsAre(HasSubstr("--experimental_preloading: "), HasSubstr("--all_reduce_alg: ")));
}

TEST(CompatVariables, AreReadFromTheEnvironment) {
  const Program& program = find_program("demo_resnet_hvd");
  std::vector<std::string> notes;
  Given given;

  read_variables(program, {"BATCH_SIZE=64", "PATH=/bin", "NO_EVAL=", "HLS_TYPE=HLS2"}, given, notes);

  EXPECT_EQ(given.integer("BATCH_SIZE"), 64);
  EXPECT_EQ(given.integer("NO_EVAL"), std::nullopt);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("HLS_TYPE: ")));
}

TEST(CompatVariables, AreCheckedAsFlagsAre) {
  Given given;
  std::vector<std::string> notes;

  expect_error([&] { read_variables(find_program("demo_resnet_hvd"), {"BATCH_SIZE=lots"}, given, notes); }, ErrorCode::kUsage,
               "BATCH_SIZE: expected an integer, found \"lots\"");
  EXPECT_THAT(notes, IsEmpty());
}

}  // namespace fovea::compat
