#include "fovea/compat/translate.h"

#include "fovea/compat/reference_page.h"

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

}  // namespace

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
  EXPECT_THAT(script("imagenet_main.py --use_cosine_lr"), HasSubstr(" --set optim.schedule=cosine --lr 0.256 --set optim.decay_epochs=10 "));
  EXPECT_THAT(script("imagenet_main.py --fine_tune"), HasSubstr(" --lr 0.1 --set optim.warmup_epochs=0 --set 'optim.train_only=[fc.*]' "));
  // the flags that demo_resnet passes for ResNeXt (spec 2.2) give its recipe unchanged
  EXPECT_THAT(script("imagenet_main.py --model_type=resnext -rs 101 --use_cosine_lr --weight_decay=6.103515625e-05 --momentum=0.875 --label_smoothing=0.1 "
                     "--warmup_epochs=8 -te 8"),
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
  // spec 2.4: the offset makes the training longer, not the cosine
  EXPECT_THAT(script("imagenet_main.py --train_offset=2 -te 36 --use_cosine_lr"),
              AllOf(HasSubstr(" --epochs 38 "), HasSubstr(" --set optim.decay_epochs=36 ")));
  EXPECT_THAT(script("imagenet_main.py --train_offset=2 -te 36 --use_cosine_lr -mts 9"), AllOf(HasSubstr(" --steps 9 "), HasSubstr("optim.decay_epochs=36 ")));
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
  expect_refused("habana_model_runner.py --model maskrcnn --hb_config a.yaml", "Fovea trains no other of the runner's models");
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

TEST(Translate, PassesAssignmentsOn) {
  Surroundings assigned = surroundings();
  assigned.assigned = {"IMAGENET_DIR=/d", "HLS_TYPE=HLS2", "OMP_NUM_THREADS=2", "LD_PRELOAD=/x.so"};

  const Translation translation = translate("demo_resnet_hvd.sh", {}, assigned);

  EXPECT_THAT(shell_script(translation), StartsWith("OMP_NUM_THREADS=2 fovea train resnet50-lars --data /d "));
  EXPECT_THAT(translation.notes, AllOf(Contains(HasSubstr("HLS_TYPE: ")), Contains("not set, because they are the framework's: LD_PRELOAD")));
}

TEST(Translate, LetsTheFileWinOverAssignments) {
  Surroundings assigned = surroundings({}, "model: resnet_keras\nenv_variables: {OMP_NUM_THREADS: 1}\nparameters: {data_dir: $SET}\n");
  assigned.assigned = {"OMP_NUM_THREADS=2", "SET=/d"};

  // the last of two assignments counts for a shell
  EXPECT_THAT(shell_script(translate("habana_model_runner.py", {"--model=resnet_keras", "--hb_config=a.yaml"}, assigned)),
              StartsWith("OMP_NUM_THREADS=2 SET=/d OMP_NUM_THREADS=1 fovea train resnet50-keras --data /d "));
}

TEST(Translate, TakesWhatStandsBeforeTheProgram) {
  std::vector<std::string> line{"A=1", "B_2=x=y", "/usr/bin/python3.8", "../X.py", "C=3"};

  EXPECT_THAT(take_assignments(line), ElementsAre("A=1", "B_2=x=y"));
  EXPECT_THAT(line, ElementsAre("../X.py", "C=3"));
}

TEST(Translate, LeavesOtherWordsBeforeTheProgram) {
  for (const std::string word : {"mpirun", "=1", "./a=b", "pythonic", ""}) {
    std::vector<std::string> line{word, "X.py"};

    EXPECT_THAT(take_assignments(line), IsEmpty()) << word;
    EXPECT_THAT(line, ElementsAre(word, "X.py"));
  }
}

TEST(Translate, PassesTheDeviceOn) {
  Surroundings on_gpu = surroundings();
  on_gpu.device = "cuda:1";

  EXPECT_THAT(shell_script(translate("demo_resnet", {"-d", "bf16"}, on_gpu)), EndsWith(" --device cuda:1\n"));
  EXPECT_THAT(shell_script(translate("imagenet_main", {"--eval_only"}, on_gpu)), EndsWith(" --device cuda:1\n"));
}

}  // namespace fovea::compat
