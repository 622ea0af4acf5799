// demo_resnet, demo_keras_resnet and demo_resnet_hvd.sh as Fovea commands.
#include "tests/compat/support.h"

namespace fovea::compat {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kData = "/data/tensorflow_datasets/imagenet/tf_records";

}  // namespace

// The expected commands follow from spec 2.3 to 2.7 and 2.11: defaults of the launchers, rates of the programs.
TEST(DemoResnet, StandsForTheSgdRecipe) {
  EXPECT_EQ(
      script("demo_resnet -d bf16"),
      fmt::format("fovea train resnet50-sgd --data {} --run-dir /home/user1/tmp/resnet --batch-size 256 --epochs 1 --precision bfloat16 --eval-every 1epoch "
                  "--log-every 1steps --save-every 100steps --keep 5 --tb-tags tf\n",
                  kData));
  EXPECT_EQ(script("demo_resnet -d fp32 -rs 101 -a /d -m /m"),
            "fovea train resnet101-sgd --data /d --run-dir /m --batch-size 128 --epochs 1 --precision float32 --eval-every 1epoch --log-every 1steps "
            "--save-every 100steps --keep 5 --tb-tags tf\n");
}

TEST(DemoResnet, LooksForTheOtherDataFolder) {
  Surroundings without = surroundings();
  without.exists = [](const std::string&) { return false; };

  const Translation translation = translate("demo_resnet", {"-d", "bf16"}, without);

  EXPECT_THAT(translation.commands.front().arguments, Contains("/software/data/tf/data/imagenet/tf_records"));
}

TEST(DemoResnet, SaysThatNothingIsDeleted) {
  EXPECT_THAT(translated("demo_resnet -d bf16").notes, ElementsAre(HasSubstr("/home/user1/tmp/resnet is not emptied first")));
  EXPECT_THAT(translated("demo_resnet -d bf16 -m /m").notes, IsEmpty());
}

TEST(DemoResnet, NamesTheNetworkWhereItHasNoRecipe) {
  EXPECT_THAT(script("demo_resnet -d bf16 -rs 34"), StartsWith("fovea train resnet50-sgd --model resnet34 "));
  EXPECT_THAT(script("demo_resnet -d bf16 -rs 200 --enable-lars-optimizer"), StartsWith("fovea train resnet50-lars --model resnet200 "));
}

TEST(DemoResnet, EndsAtTheEarlierOfStepsAndEpochs) {
  // spec 2.4: 1,281,167 pictures; an epoch at batch 256 is 5,004 steps
  EXPECT_THAT(script("demo_resnet -d bf16 -s 1000"), AllOf(HasSubstr(" --steps 1000 "), Not(HasSubstr("--epochs"))));
  EXPECT_THAT(script("demo_resnet -d bf16 -s 5004"), AllOf(HasSubstr(" --epochs 1 "), Not(HasSubstr("--steps"))));
  EXPECT_THAT(script("demo_resnet -d bf16 -s 5004 -e 2"), HasSubstr(" --steps 5004 "));
  EXPECT_THAT(script("demo_resnet -d bf16 -s -1"), HasSubstr(" --epochs 1 "));
}

TEST(DemoResnet, TakesWhenToEvaluateDisplayAndSave) {
  EXPECT_THAT(script("demo_resnet -d bf16 -l 50"), HasSubstr(" --set train.eval_images=12800 "));  // 50 batches of 256
  EXPECT_THAT(script("demo_resnet -d bf16 -n"), HasSubstr(" --eval-every none "));
  EXPECT_THAT(script("demo_resnet -d bf16 --epochs-between-evals 4"), HasSubstr(" --eval-every 4epochs "));
  EXPECT_THAT(script("demo_resnet -d bf16 --use-train-and-evaluate"), HasSubstr(" --eval-every 10min "));
  EXPECT_THAT(script("demo_resnet -d bf16 --stop_threshold 0.7"), HasSubstr(" --stop-target 0.7 "));
  EXPECT_THAT(script("demo_resnet -d bf16 -v 20 -c 500"), HasSubstr(" --log-every 20steps --save-every 500steps --keep 5 --tb-tags tf\n"));
  EXPECT_THAT(script("demo_resnet -d bf16 -n -c 0 -e 3"), EndsWith(" --save-every 3epochs --tb-tags tf\n"));
}

TEST(DemoResnet, LeavesOutWhatNeedsEvaluations) {
  const Translation translation = translated("demo_resnet -d bf16 -m /m -n --stop_threshold 0.7 -l 5");

  EXPECT_THAT(shell_script(translation), AllOf(Not(HasSubstr("stop-target")), Not(HasSubstr("eval_images"))));
  EXPECT_THAT(translation.notes, Contains(HasSubstr("no accuracy to stop at")));
}

TEST(DemoResnet, HasTheRatesOfLars) {
  const Translation one = translated("demo_resnet -d bf16 --enable-lars-optimizer -m /m");

  EXPECT_EQ(shell_script(one),
            fmt::format("fovea train resnet50-lars --data {} --run-dir /m --batch-size 256 --epochs 1 --precision bfloat16 "
                        "--lr 2.5 --set optim.lr_batch=0 --eval-every 1epoch --log-every 1steps --save-every 100steps --keep 5 --tb-tags tf\n",
                        kData));
  EXPECT_THAT(one.notes, ElementsAre(HasSubstr("optim.lars_double_decay=true")));
  // the launcher's peaks do not depend on the batch
  EXPECT_THAT(script("demo_resnet -d bf16 --enable-lars-optimizer -o"), HasSubstr(" --lr 9.5 --set optim.lr_batch=0 "));
  EXPECT_THAT(script("demo_resnet -d bf16 --enable-lars-optimizer -b 128"), HasSubstr(" --lr 2.5 --set optim.lr_batch=0 "));
}

// spec 2.4: the launch with Horovod forces 38 epochs
TEST(DemoResnet, TrainsLarsOfSeveralWorkersFor38Epochs) {
  const Translation translation = translated("demo_resnet -d bf16 --enable-lars-optimizer -o -e 9");

  EXPECT_THAT(shell_script(translation), HasSubstr(" --epochs 38 "));
  EXPECT_THAT(translation.notes, Contains("--epochs=9 has no effect: LARS with --use_horovod takes 38"));
  EXPECT_THAT(script("demo_resnet -d bf16 --enable-lars-optimizer -o"), HasSubstr(" --epochs 38 "));
  EXPECT_THAT(script("demo_resnet -d bf16 --enable-lars-optimizer -o -s 100"), AllOf(HasSubstr(" --steps 100 "), Not(HasSubstr("--epochs"))));
  EXPECT_THAT(script("demo_resnet -d bf16 --enable-lars-optimizer -e 9"), HasSubstr(" --epochs 9 "));
  EXPECT_THAT(script("demo_resnet -d bf16 -o -e 9"), HasSubstr(" --epochs 9 "));
}

TEST(DemoResnet, HasTheRecipeOfResnext) {
  EXPECT_THAT(script("demo_resnet -d bf16 --resnext"), AllOf(StartsWith("fovea train resnext101 --data"), Not(HasSubstr("--set")), Not(HasSubstr("--lr"))));
  EXPECT_THAT(script("demo_resnet -d bf16 --resnext -rs 50"), StartsWith("fovea train resnext50 "));
  // spec 2.4: the cosine ends with the epochs, also where the steps end earlier
  EXPECT_THAT(script("demo_resnet -d bf16 --resnext -e 90"), HasSubstr(" --epochs 90 --precision bfloat16 --set optim.decay_epochs=90 "));
  EXPECT_THAT(script("demo_resnet -d bf16 --resnext -e 90 -s 100"), HasSubstr(" --steps 100 --precision bfloat16 --set optim.decay_epochs=90 "));
  EXPECT_THAT(script("demo_resnet -d bf16 --resnext -e 8 -s 100"), Not(HasSubstr("decay_epochs")));  // all of it is warm-up
}

TEST(DemoResnet, RecoversWhenAsked) {
  EXPECT_TRUE(translated("demo_resnet -d bf16 -s 10 -m /m --recover").recovers);
  EXPECT_FALSE(translated("demo_resnet -d bf16 -s 10 -m /m").recovers);
  EXPECT_EQ(translated("demo_resnet -d bf16 -s 10 -m /m -r").run_dir, "/m");
}

TEST(DemoResnet, RefusesWhatMeansNothing) {
  expect_refused("demo_resnet", "-d (--dtype) must be given");
  expect_refused("demo_resnet -d bf16 --resnext --enable-lars-optimizer", "no such recipe");
  expect_refused("demo_resnet -d bf16 --resnext -rs 34", "expected 50, 101 or 152");
  expect_refused("demo_resnet -d bf16 -b 0", "the batch size: expected at least 1, found 0");
  expect_refused("demo_resnet -d bf16 -e 0", "the number of epochs");
  expect_refused("demo_resnet -d bf16 -c -5", "--checkpoint-steps: expected at least 0");
  expect_refused("demo_resnet -d bf16 -v 0", "the display steps");
  expect_refused("demo_resnet -d bf16 -b 9999999", "up to 1048576 pictures a step");
}

TEST(DemoKerasResnet, StandsForTheKerasRecipe) {
  EXPECT_EQ(script("demo_keras_resnet -d bf16 -m /m"),
            "fovea train resnet50-keras --data /software/data/tf/data/imagenet/tf_records --run-dir /m --batch-size 256 --epochs 1 --precision bfloat16 "
            "--eval-every 1epoch --log-every 50steps --save-every 1epoch --tb-tags tf\n");
  EXPECT_THAT(script("demo_keras_resnet -d bf16 -m /m -c"), EndsWith(" --save-every 1epoch --keep 10 --tb-tags tf\n"));
}

TEST(DemoKerasResnet, TrainsOneEpochAtMostWithSteps) {
  const Translation translation = translated("demo_keras_resnet -d bf16 -m /m -e 90 -s 6000");

  EXPECT_THAT(shell_script(translation), HasSubstr(" --epochs 1 "));
  EXPECT_THAT(translation.notes, Contains(HasSubstr("D-10")));
  EXPECT_THAT(script("demo_keras_resnet -d bf16 -m /m -e 90 -s 100"), HasSubstr(" --steps 100 "));
}

TEST(DemoKerasResnet, TakesTheDocumentsSpellings) {
  const Translation translation = translated("demo_keras_resnet -d fp -rs 101 -l 50 --use-horovod -m /m");

  EXPECT_THAT(shell_script(translation), AllOf(StartsWith("fovea train resnet50-keras --model resnet101 "), HasSubstr(" --precision float32 ")));
  EXPECT_THAT(translation.notes, ElementsAre(HasSubstr("(D-12), for that: "), HasSubstr("D-29"), HasSubstr("-d fp: "), HasSubstr("-rs: ")));
}

TEST(DemoResnetHvd, TakesTheGlobalBatchInPasses) {
  const Translation translation = translated("demo_resnet_hvd.sh", "IMAGENET_DIR=/d");

  EXPECT_EQ(shell_script(translation),
            "fovea train resnet50-lars --data /d --run-dir /home/user1/tmp/resnet --batch-size 2048 --set train.micro_batch=256 --set train.eval_batch=256 "
            "--epochs 38 --precision bfloat16 --lr 9.5 --set optim.lr_batch=0 --eval-every 8epochs --log-every 100steps --save-every 5005steps --keep 5 "
            "--tb-tags tf\n");
  EXPECT_THAT(translation.notes, Contains(HasSubstr("8 workers of 256 pictures: one process takes the 2048 pictures of a step in 8 passes")));
}

TEST(DemoResnetHvd, HasFortyEpochsWithoutLars) {
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d USE_LARS_OPTIMIZER=0"),
              AllOf(StartsWith("fovea train resnet50-sgd "), HasSubstr(" --epochs 40 "), Not(HasSubstr("--lr"))));
  EXPECT_THAT(script("demo_resnet_hvd.sh --resnext", "IMAGENET_DIR=/d"), AllOf(StartsWith("fovea train resnext101 "), HasSubstr(" --epochs 40 ")));
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d TRAIN_EPOCHS=90"), HasSubstr(" --epochs 38 "));
  EXPECT_THAT(translated("demo_resnet_hvd.sh", "IMAGENET_DIR=/d TRAIN_EPOCHS=90").notes, Contains("TRAIN_EPOCHS=90 has no effect: LARS takes 38"));
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d TRAIN_EPOCHS=90 USE_LARS_OPTIMIZER=0"), HasSubstr(" --epochs 90 "));
}

TEST(DemoResnetHvd, CountsTheWorkersOfAllServers) {
  // D-2: rate 0.1 above 16 workers; evaluations every W epochs
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d USE_LARS_OPTIMIZER=0 MULTI_HLS_IPS=10.0.0.1,10.0.0.2"),
              AllOf(HasSubstr(" --batch-size 4096 "), HasSubstr(" --eval-every 16epochs "), Not(HasSubstr("--lr"))));
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d USE_LARS_OPTIMIZER=0 MULTI_HLS_IPS=a,b,c"), HasSubstr(" --lr 0.1 "));
  // D-4: from 8,192 pictures on the document's table holds for the global batch
  const Translation many = translated("demo_resnet_hvd.sh", "IMAGENET_DIR=/d MULTI_HLS_IPS=a,b,c,d");
  EXPECT_THAT(shell_script(many), Not(HasSubstr("--lr")));
  EXPECT_THAT(many.notes, Contains(HasSubstr("optim.lars_bands=false")));
}

TEST(DemoResnetHvd, HasTheMlperfRecipe) {
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d USE_MLPERF=1 BATCH_SIZE=32"),
              AllOf(HasSubstr(" --batch-size 2048 "), HasSubstr(" --epochs 38 "), HasSubstr(" --eval-every 4epochs --set train.eval_offset=2epochs "),
                    HasSubstr(" --stop-target 0.759 ")));
}

TEST(DemoResnetHvd, SaysWhichVariablesTheMlperfRecipeOverrides) {
  const Translation translation =
      translated("demo_resnet_hvd.sh", "IMAGENET_DIR=/d USE_MLPERF=1 BATCH_SIZE=32 NUM_WORKERS_PER_HLS=4 USE_LARS_OPTIMIZER=0 TRAIN_EPOCHS=36");

  EXPECT_THAT(translation.notes,
              AllOf(Contains("BATCH_SIZE=32 has no effect: USE_MLPERF=1 takes 256"), Contains("NUM_WORKERS_PER_HLS=4 has no effect: USE_MLPERF=1 takes 8"),
                    Contains("USE_LARS_OPTIMIZER=0 has no effect: USE_MLPERF=1 takes 1"), Not(Contains(HasSubstr("TRAIN_EPOCHS")))));
}

TEST(DemoResnetHvd, TakesFurtherVariables) {
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d NO_EVAL=1 TRAIN_STEPS=20 RESNET_SIZE=152 BATCH_SIZE=4 NUM_WORKERS_PER_HLS=1"),
              AllOf(StartsWith("fovea train resnet152-lars "), HasSubstr(" --batch-size 4 --steps 20 "), HasSubstr(" --eval-every none "),
                    Not(HasSubstr("micro_batch"))));
}

TEST(DemoResnetHvd, RefusesWhatMeansNothing) {
  expect_refused("demo_resnet_hvd.sh", "IMAGENET_DIR must be set");
  expect_refused("demo_resnet_hvd.sh -b 4", "the flag -b is not known", "IMAGENET_DIR=/d");
  expect_refused("demo_resnet_hvd.sh --resnext", "USE_LARS_OPTIMIZER=1", "IMAGENET_DIR=/d USE_LARS_OPTIMIZER=1");
  expect_refused("demo_resnet_hvd.sh", "NUM_WORKERS_PER_HLS: expected 1 to", "IMAGENET_DIR=/d NUM_WORKERS_PER_HLS=0");
}

}  // namespace fovea::compat
