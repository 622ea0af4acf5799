#include "fovea/compat/translate.h"

#include "fovea/base/strings.h"
#include "fovea/compat/reference_page.h"
#include "fovea/compat/training.h"

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

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> result = split(text, ' ');
  std::erase(result, "");
  return result;
}

// "demo_resnet -d bf16" with "A=1 B=2" around it.
Translation translated(const std::string& line, const std::string& environment = "", const std::string& file = "") {
  const std::vector<std::string> all = words(line);
  return translate(all.front(), {all.begin() + 1, all.end()}, surroundings(words(environment), file));
}

std::string script(const std::string& line, const std::string& environment = "") { return shell_script(translated(line, environment)); }

void expect_refused(const std::string& line, const std::string& text, const std::string& environment = "") {
  SCOPED_TRACE(line);
  expect_error([&] { (void)translated(line, environment); }, ErrorCode::kUsage, text);
}

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

  EXPECT_EQ(shell_script(one), fmt::format("fovea train resnet50-lars --data {} --run-dir /m --batch-size 256 --epochs 1 --precision bfloat16 "
                                           "--eval-every 1epoch --log-every 1steps --save-every 100steps --keep 5 --tb-tags tf\n",
                                           kData));
  EXPECT_THAT(one.notes, ElementsAre(HasSubstr("optim.lars_double_decay=true")));
  // the launcher's peaks do not depend on the batch
  EXPECT_THAT(script("demo_resnet -d bf16 --enable-lars-optimizer -o"), HasSubstr(" --lr 9.5 --set optim.lr_batch=0 "));
  EXPECT_THAT(script("demo_resnet -d bf16 --enable-lars-optimizer -b 128"), HasSubstr(" --lr 2.5 --set optim.lr_batch=0 "));
}

TEST(DemoResnet, HasTheRecipeOfResnext) {
  EXPECT_THAT(script("demo_resnet -d bf16 --resnext"), AllOf(StartsWith("fovea train resnext101 --data"), Not(HasSubstr("--set")), Not(HasSubstr("--lr"))));
  EXPECT_THAT(script("demo_resnet -d bf16 --resnext -rs 50"), StartsWith("fovea train resnext50 "));
  // spec 2.4: the cosine ends with the epochs, also where the steps end earlier
  EXPECT_THAT(script("demo_resnet -d bf16 --resnext -e 90 -s 100"), HasSubstr(" --steps 100 --set optim.decay_epochs=90 "));
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
            "--epochs 38 --precision bfloat16 --eval-every 8epochs --log-every 100steps --save-every 5005steps --keep 5 --tb-tags tf\n");
  EXPECT_THAT(translation.notes, Contains(HasSubstr("8 workers of 256 pictures: one process takes the 2048 pictures of a step in 8 passes")));
}

TEST(DemoResnetHvd, HasFortyEpochsWithoutLars) {
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d USE_LARS_OPTIMIZER=0"),
              AllOf(StartsWith("fovea train resnet50-sgd "), HasSubstr(" --epochs 40 "), Not(HasSubstr("--lr"))));
  EXPECT_THAT(script("demo_resnet_hvd.sh --resnext", "IMAGENET_DIR=/d"), AllOf(StartsWith("fovea train resnext101 "), HasSubstr(" --epochs 40 ")));
  EXPECT_THAT(script("demo_resnet_hvd.sh", "IMAGENET_DIR=/d TRAIN_EPOCHS=90"), HasSubstr(" --epochs 38 "));
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

TEST(ImagenetMain, HasTheProgramsOwnDefaults) {
  EXPECT_EQ(script("imagenet_main.py --data_dir=/d --model_dir=/m"),
            "fovea train resnet50-sgd --data /d --run-dir /m --batch-size 32 --epochs 10 --precision float32 --eval-every 1epoch --log-every 1steps "
            "--save-every 10epochs --tb-tags tf\n");
}

TEST(ImagenetMain, GivesARunAFolderOfItsOwn) {
  const Translation translation = translated("imagenet_main.py --data_dir=/d --model_dir=/tmp/");

  EXPECT_THAT(shell_script(translation), HasSubstr(" --run-dir /tmp/fovea-resnet50-sgd "));
  EXPECT_THAT(translation.notes, ElementsAre(HasSubstr("instead of /tmp")));
}

TEST(ImagenetMain, SetsOnlyWhatDiffersFromTheRecipe) {
  EXPECT_THAT(script("imagenet_main.py --label_smoothing=0.0 --weight_decay=0.0001 --momentum=0.9 --warmup_epochs=3"), Not(HasSubstr("--set")));
  EXPECT_THAT(script("imagenet_main.py --label_smoothing=0.1 --weight_decay=5e-5 --momentum=0.8 --warmup_epochs=5"),
              HasSubstr(" --set optim.momentum=0.8 --set optim.weight_decay=5e-05 --set optim.warmup_epochs=5 --set train.label_smoothing=0.1 "));
}

TEST(ImagenetMain, HasTheRatesOfItsFlags) {
  EXPECT_THAT(script("imagenet_main.py --enable_lars"),
              AllOf(HasSubstr("resnet50-lars "), HasSubstr(" --set train.label_smoothing=0 --lr 9.5 --set optim.lr_batch=0 ")));
  EXPECT_THAT(script("imagenet_main.py --enable_lars --start_learning_rate=2.5 --epochs_for_lars=40"),
              HasSubstr(" --set train.label_smoothing=0 --set optim.decay_epochs=40 --lr 2.5 --set optim.lr_batch=0 "));
  EXPECT_THAT(script("imagenet_main.py --use_cosine_lr"), HasSubstr(" --set optim.schedule=cosine --lr 0.256 "));
  EXPECT_THAT(script("imagenet_main.py --fine_tune"), HasSubstr(" --lr 0.1 --set optim.warmup_epochs=0 --set 'optim.train_only=[fc.*]' "));
  // the flags that demo_resnet passes for ResNeXt (spec 2.2) give its recipe unchanged
  EXPECT_THAT(script("imagenet_main.py --model_type=resnext -rs 101 --use_cosine_lr --weight_decay=6.103515625e-05 --momentum=0.875 --label_smoothing=0.1 "
                     "--warmup_epochs=8"),
              AllOf(StartsWith("fovea train resnext101 "), Not(HasSubstr("--set")), Not(HasSubstr("--lr"))));
  EXPECT_THAT(script("imagenet_main.py --model_type=resnext"), HasSubstr(" --set optim.schedule=piecewise --lr 0.128 --set optim.momentum=0.9 "));
}

TEST(ImagenetMain, ComputesInBfloat16WhereTheReferenceDoes) {
  EXPECT_THAT(script("imagenet_main.py --data_loader_image_type=bf16"), HasSubstr("--precision bfloat16"));
  EXPECT_THAT(script("imagenet_main.py", "TF_ENABLE_BF16_CONVERSION=1"), HasSubstr("--precision bfloat16"));
  EXPECT_THAT(script("imagenet_main.py", "TF_ENABLE_BF16_CONVERSION=0"), HasSubstr("--precision float32"));
  expect_refused("imagenet_main.py --dtype=fp16", "Fovea computes in float32 or bfloat16");
}

TEST(ImagenetMain, TakesTheRestOfItsFlags) {
  EXPECT_THAT(script("imagenet_main.py --use_synthetic_data"), HasSubstr(" --data synthetic "));
  EXPECT_THAT(script("imagenet_main.py --disable_eval"), HasSubstr(" --eval-every none "));
  EXPECT_THAT(script("imagenet_main.py -rbv"), HasSubstr(" --eval-every none "));
  EXPECT_THAT(script("imagenet_main.py --train_offset=2 -te 36 -ebe 4"),
              HasSubstr(" --epochs 38 --precision float32 --eval-every 4epochs --set train.eval_offset=2epochs "));
  EXPECT_THAT(script("imagenet_main.py -mes 10 -bs 8"), HasSubstr(" --set train.eval_images=80 "));
  EXPECT_THAT(script("imagenet_main.py -cs 10000 -dis 7"), HasSubstr(" --log-every 7steps --save-every 10000steps --keep 5"));
  EXPECT_THAT(script("imagenet_main.py -inter 2 -intra 3 --datasets_num_private_threads=4"), HasSubstr(" --threads 4 --compute-threads 3"));
  EXPECT_THAT(script("imagenet_main.py --hooks=LoggingTensorHook,profilerhook"), HasSubstr(" --profile 10,10"));
  EXPECT_THAT(script("imagenet_main.py --hooks=ProfilerHook -mts 5"), Not(HasSubstr("--profile")));
  EXPECT_THAT(script("imagenet_main.py -md /m --export_dir=/e/"), EndsWith(" &&\nfovea export /m --latest -o /e.onnx --force\n"));
}

TEST(ImagenetMain, TakesANumberOfWorkers) {
  EXPECT_THAT(script("imagenet_main.py --use_horovod=8"), HasSubstr(" --batch-size 256 --set train.micro_batch=32 "));
  EXPECT_THAT(translated("imagenet_main.py -md /m --use_horovod").notes, ElementsAre(HasSubstr("one process")));
}

TEST(ImagenetMain, EvaluatesOnly) {
  EXPECT_EQ(script("imagenet_main.py --eval_only --data_dir=/d --model_dir=/m --batch_size=64 --export_dir=/e"),
            "fovea eval /m --latest --data /d --batch 64\n");
}

TEST(ImagenetMain, RefusesWhatMeansNothing) {
  expect_refused("imagenet_main.py --enable_lars --use_cosine_lr", "a schedule of its own");
  expect_refused("imagenet_main.py --enable_lars --model_type=resnext", "no such recipe");
  expect_refused("imagenet_main.py --hooks=ProfileHook", "did you mean \"ProfilerHook\"?");
  expect_refused("imagenet_main.py --distribution_strategy=tpu", "one process");
  expect_refused("imagenet_main.py --benchmark_logger_type=BenchmarkBigQueryLogger", "no BigQuery");
  expect_refused("imagenet_main.py --image_bytes_as_serving_input", "fovea predict");
}

TEST(ResnetCtl, HasTheProgramsOwnDefaults) {
  EXPECT_EQ(script("resnet_ctl_imagenet_main.py --data_dir=/d --model_dir=/m"),
            "fovea train resnet50-keras --data /d --run-dir /m --batch-size 32 --epochs 1 --precision float32 --eval-every 1epoch --log-every 100steps "
            "--save-every 1epoch --tb-tags tf\n");
}

TEST(ResnetCtl, TakesItsFlags) {
  EXPECT_THAT(script("resnet_ctl_imagenet_main.py --skip_eval --log_steps=5 --enable_checkpoint_and_export --profile_steps=50,53"),
              EndsWith(" --eval-every none --log-every 5steps --save-every 1epoch --keep 10 --tb-tags tf --profile 50,53\n"));
  EXPECT_THAT(script("resnet_ctl_imagenet_main.py --train_steps=20 -te 90"), HasSubstr(" --steps 20 "));
  // spec 1.7: the layers cast bf16 images back; only the rewrite makes it bfloat16
  EXPECT_THAT(script("resnet_ctl_imagenet_main.py -dlit bf16"), HasSubstr("--precision float32"));
  EXPECT_THAT(script("resnet_ctl_imagenet_main.py -dlit bf16", "TF_ENABLE_BF16_CONVERSION=1"), HasSubstr("--precision bfloat16"));
}

TEST(ResnetCtl, RefusesWhatMeansNothing) {
  expect_refused("resnet_ctl_imagenet_main.py --profile_steps=50", "expected two steps");
  expect_refused("resnet_ctl_imagenet_main.py --use_trivial_model", "fovea bench input");
  expect_refused("resnet_ctl_imagenet_main.py --tpu=node-1", "no TPU");
}

TEST(PreprocessImagenet, StandsForAConversion) {
  const Translation translation = translated("preprocess_imagenet.py --raw_data_dir=/raw --local_scratch_dir=/out --nogcs_upload");

  EXPECT_EQ(shell_script(translation), "fovea data convert imagenet /raw /out\n");
  EXPECT_THAT(translation.notes, ElementsAre(HasSubstr("nothing is uploaded")));
}

TEST(PreprocessImagenet, DownloadsAndUploadsNothing) {
  expect_refused("preprocess_imagenet.py --local_scratch_dir=/out", "--raw_data_dir must be given: Fovea downloads nothing");
  expect_refused("preprocess_imagenet.py --raw_data_dir=/raw", "--local_scratch_dir must be given");
  expect_refused("preprocess_imagenet.py --imagenet_username=me", "Fovea downloads nothing");
  EXPECT_THAT(translated("preprocess_imagenet.py --raw_data_dir=/raw --local_scratch_dir=/out").notes, ElementsAre(HasSubstr("Fovea uploads nothing")));
}

TEST(ModelRunner, RunsTheShippedFiles) {
  const std::string estimator(shipped_config("resnet_estimator_default.yaml")), keras(shipped_config("resnet_keras_default.yaml"));

  const Translation first = translated("habana_model_runner.py --model resnet_estimator --hb_config a.yaml", "", estimator);
  const Translation second = translated("habana_model_runner.py --model=resnet_keras --hb_config=b.yaml", "", keras);

  EXPECT_EQ(shell_script(first),
            "fovea train resnet50-sgd --data /path/to/imagenet/tf_records --run-dir /tmp/fovea-resnet50-sgd --batch-size 128 --epochs 1 --precision bfloat16 "
            "--eval-every 1epoch --log-every 1steps --save-every 10000steps --keep 5 --tb-tags tf &&\nfovea export /tmp/fovea-resnet50-sgd --latest -o "
            "True.onnx --force\n");
  EXPECT_THAT(first.notes, Contains(AllOf(HasSubstr("a.yaml stands for: imagenet_main.py --batch_size=128 --clean=False "), HasSubstr("--export_dir=True "))));
  EXPECT_THAT(first.notes, Contains(HasSubstr("the framework's: LD_PRELOAD, TF_PRELIMINARY_CLUSTER_SIZE")));
  EXPECT_EQ(
      shell_script(second),
      "fovea train resnet50-keras --data /path/to/imagenet/tf_records --run-dir /tmp/fovea-resnet50-keras --batch-size 256 --steps 20 --precision bfloat16 "
      "--eval-every 1epoch --log-every 50steps --save-every 1epoch --tb-tags tf\n");
}

TEST(ModelRunner, SetsTheFilesVariablesForTheCommand) {
  const Translation translation =
      translated("habana_model_runner.py --model resnet_keras --hb_config a.yaml", "",
                 "model: resnet_keras\nenv_variables: {OMP_NUM_THREADS: 1, NAME: a b, TF_X: 1}\nparameters: {model_dir: /m, data_dir: /d}\n");

  EXPECT_THAT(shell_line(translation.commands.front()), StartsWith("OMP_NUM_THREADS=1 NAME='a b' fovea train resnet50-keras "));
}

TEST(ModelRunner, RefusesOtherModelsAndFiles) {
  expect_refused("habana_model_runner.py --model ssd_resnet34 --hb_config a.yaml", "Fovea trains no other of the runner's models");
  expect_refused("habana_model_runner.py --model resnet_keras", "must both be given");
  expect_error([] { (void)translated("habana_model_runner.py --model resnet_keras --hb_config a.yaml", "", "model: resnet_estimator\n"); }, ErrorCode::kConfig,
               "a.yaml: its model is \"resnet_estimator\", but --model is \"resnet_keras\"");
  expect_error(
      [] { (void)translated("habana_model_runner.py --model resnet_keras --hb_config a.yaml", "", "model: resnet_keras\nparameters: {batchsize: 4}\n"); },
      ErrorCode::kConfig, "a.yaml: resnet_ctl_imagenet_main.py: the flag --batchsize is not known; did you mean \"--batch_size\"?");
}

TEST(Translate, RefusesToBeStartedSeveralTimes) {
  expect_refused("demo_resnet -d bf16", "this was started 8 times (OMPI_COMM_WORLD_SIZE), but Fovea is one process", "OMPI_COMM_WORLD_SIZE=8");
  EXPECT_NO_THROW((void)translated("demo_resnet -d bf16", "OMPI_COMM_WORLD_SIZE=1"));
}

TEST(Translate, PassesTheDeviceOn) {
  Surroundings on_gpu = surroundings();
  on_gpu.device = "cuda:1";

  EXPECT_THAT(shell_script(translate("demo_resnet", {"-d", "bf16"}, on_gpu)), EndsWith(" --device cuda:1\n"));
  EXPECT_THAT(shell_script(translate("imagenet_main", {"--eval_only"}, on_gpu)), EndsWith(" --device cuda:1\n"));
}

}  // namespace fovea::compat
