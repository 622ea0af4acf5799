// ssd.py, demo_ssd.py and create_coco_tf_record.py as Fovea commands.
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

// The expected commands follow from spec 3.6 to 3.12.
TEST(Ssd, HasTheProgramsOwnDefaults) {
  const Translation translation = translated("ssd.py");

  EXPECT_EQ(
      shell_script(translation),
      "fovea train ssd-resnet34 --data /data/coco2017/ssd_tf_records --run-dir /tmp/ssd --init /data/ssd_r34-mlperf:backbone --batch-size 128 --epochs 50 "
      "--precision bfloat16 --eval-every none --log-every 1steps --save-every 5epochs --keep 20 --tb-tags tf\n");
  EXPECT_THAT(translation.notes, IsEmpty());
  EXPECT_EQ(translation.run_dir, "/tmp/ssd");
}

TEST(Ssd, TakesShortAndLongFlags) {
  EXPECT_EQ(script("ssd.py -d fp32 -b 240 -e 64 -v 10 -c 64 --data_dir /d --model_dir /m --resnet_checkpoint /w/"),
            "fovea train ssd-resnet34 --data /d --run-dir /m --init /w:backbone --batch-size 240 --epochs 64 --precision float32 --eval-every none "
            "--log-every 10steps --save-every 64epochs --keep 20 --tb-tags tf\n");
  EXPECT_THAT(script("ssd.py --batch-size=32 --epochs 1"), HasSubstr(" --batch-size 32 --epochs 1 "));
}

TEST(Ssd, TakesWholeEpochs) {
  const Translation translation = translated("ssd.py -e 12.7");

  EXPECT_THAT(shell_script(translation), HasSubstr(" --epochs 12 "));
  EXPECT_THAT(translation.notes, ElementsAre("--epochs=12.7: 12, as the reference takes whole ones"));
}

TEST(Ssd, HasTheRatesOfItsFlags) {
  EXPECT_THAT(script("ssd.py --base_lr 3e-3 --lr_warmup_epoch 7 --weight_decay 0.0005 --k 0"), AllOf(Not(HasSubstr("--lr")), Not(HasSubstr("--set"))));
  EXPECT_THAT(script("ssd.py --base_lr 2.5e-3 --lr_warmup_epoch 5 --weight_decay 1e-4"),
              HasSubstr(" --lr 0.0025 --set optim.warmup_epochs=5 --set optim.weight_decay=0.0001 --eval-every"));
  // spec 3.6: 15 (1 + 0.1 k) and 55 (1 + 0.1 k)
  EXPECT_THAT(script("ssd.py --k 1"), HasSubstr(" --set optim.plateau_epochs=16.5 --set optim.decay_epochs=60.5 "));
  EXPECT_THAT(script("ssd.py --k -2"), HasSubstr(" --set optim.plateau_epochs=12 --set optim.decay_epochs=44 "));
}

TEST(Ssd, RunsExactlyTheSteps) {
  EXPECT_THAT(script("ssd.py -s 100 -e 64"), AllOf(HasSubstr(" --steps 100 --precision"), HasSubstr(" --save-every 100steps "), Not(HasSubstr("--epochs"))));
  EXPECT_THAT(script("ssd.py --num_steps 100"), HasSubstr(" --steps 100 "));
  EXPECT_THAT(script("ssd.py -s 0 -e 3"), HasSubstr(" --epochs 3 "));
  EXPECT_EQ(script("ssd.py -s 100 -e 0.5"), script("ssd.py -s 100"));  // spec 3.12: epochs ignored
}

TEST(Ssd, SavesAfterTheEpochsThatTheReferenceSavesAfter) {
  EXPECT_THAT(script("ssd.py -c 2.5 -e 64"), HasSubstr(" --save-every 5epochs "));  // 5 is the first multiple of 2.5
  EXPECT_THAT(script("ssd.py -c 0.5"), HasSubstr(" --save-every 1epoch "));
  EXPECT_THAT(script("ssd.py -c 0.7 -e 6"), HasSubstr(" --save-every 6epochs "));  // 7 is not reached
  EXPECT_THAT(script("ssd.py --save_checkpoints_steps 500"), HasSubstr(" --save-every 500steps "));
  EXPECT_THAT(script("ssd.py --keep_ckpt_max 3"), HasSubstr(" --keep 3 "));
  EXPECT_THAT(script("ssd.py --keep_ckpt_max 0"), HasSubstr(" --keep 1000000 "));
  EXPECT_THAT(script("ssd.py --keep_ckpt_max 1"), HasSubstr(" --keep 2 "));
  EXPECT_THAT(translated("ssd.py --keep_ckpt_max 1").notes, ElementsAre(HasSubstr("two are kept")));
}

TEST(Ssd, CountsEpochsWithTheGivenNumberOfPictures) {
  const Translation translation = translated("ssd.py --num_examples_per_epoch 1000 -b 128 -e 10");

  // ceil(1000 / 128) = 8 steps
  EXPECT_THAT(shell_script(translation), AllOf(HasSubstr(" --steps 80 "), HasSubstr(" --save-every 40steps "), Not(HasSubstr("--epochs"))));
  EXPECT_THAT(translation.notes, ElementsAre(HasSubstr("as long as the reference's, 10 epochs of 8 steps; the rates follow the epochs of the data")));
  EXPECT_THAT(script("ssd.py --num_examples_per_epoch 117266"), HasSubstr(" --epochs 50 "));
  // the most of both: 10^12 steps times 10^6
  EXPECT_THAT(script("ssd.py --num_examples_per_epoch 1000000000000 -b 1 -e 1000000"), HasSubstr(" --steps 1000000000000000000 "));
}

TEST(Ssd, MakesUpPictures) {
  EXPECT_THAT(script("ssd.py -f"), HasSubstr(" --data synthetic:boxes=8,train=117266 "));
  EXPECT_THAT(script("ssd.py --use_fake_data --num_examples_per_epoch 640 -e 2"),
              AllOf(HasSubstr(" --data synthetic:boxes=8,train=640 "), HasSubstr(" --epochs 2 ")));
}

TEST(Ssd, TakesTheWeightsOfTheBackbone) {
  Surroundings without = surroundings();
  without.exists = [](const std::string&) { return false; };

  EXPECT_THAT(translate("ssd", {}, without).notes, ElementsAre(HasSubstr("there is no /data/ssd_r34-mlperf")));
  without.exists = [](const std::string& path) { return path == "/w/model.ckpt-28152.index"; };
  EXPECT_THAT(translate("ssd", {"--resnet_checkpoint", "/w/model.ckpt-28152"}, without).notes, IsEmpty());
  const Translation empty = translated("ssd.py --resnet_checkpoint=");
  EXPECT_THAT(shell_script(empty), AllOf(Not(HasSubstr("--init")), HasSubstr(" --set 'optim.freeze=[]' ")));
  EXPECT_THAT(empty.notes, ElementsAre(HasSubstr("random weights")));
}

TEST(Ssd, IsOneProcessForSeveralWorkers) {
  const Translation translation = translated("ssd.py --use_horovod=8 -b 128");

  EXPECT_THAT(shell_script(translation), HasSubstr(" --batch-size 1024 --set train.micro_batch=128 --set train.eval_batch=128 "));
  EXPECT_THAT(translation.notes, ElementsAre(HasSubstr("in 8 passes")));
  EXPECT_THAT(translated("ssd.py --use_horovod").notes, ElementsAre(HasSubstr("--use_horovod=8 stands for 8 of them")));
  // spec 3.10: batch norm over the pictures of all workers
  EXPECT_THAT(script("ssd.py --use_horovod=8 --distributed_bn"),
              AllOf(HasSubstr(" --batch-size 1024 --set train.eval_batch=128 "), Not(HasSubstr("micro_batch"))));
  EXPECT_THAT(translated("ssd.py --use_horovod=8 --distributed_bn").notes, ElementsAre(HasSubstr("in one pass")));
  EXPECT_THAT(translated("ssd.py --distributed_bn").notes, ElementsAre(HasSubstr("nothing to share")));
}

TEST(Ssd, TakesTheRestOfItsFlags) {
  EXPECT_THAT(script("ssd.py --profile 50,53 --threadpool_size 4"), EndsWith(" --threads 4 --tb-tags tf --profile 50,53\n"));
  EXPECT_THAT(script("ssd.py --profile 0,0 --threadpool_size 0"), EndsWith(" --keep 20 --tb-tags tf\n"));
}

TEST(Ssd, SaysWhatHasNoMeaning) {
  const std::string usual = script("ssd.py");
  for (const std::string line : {"--max_cpus 16", "--num_parallel_calls 64", "--no_hpu", "--vis_dataloader", "--use_cocoeval_cc", "--eval_samples 5000",
                                 "--save_summary_steps 10", "--recipe_cache /tmp/x", "--hvd_workers 8", "--num_workers_per_hls 8", "--kubernetes_run True"}) {
    SCOPED_TRACE(line);
    const Translation translation = translated("ssd.py " + line);

    EXPECT_EQ(shell_script(translation), usual);
    EXPECT_THAT(translation.notes, ElementsAre(StartsWith(line.substr(0, line.find(' ')) + ": ")));
  }
}

TEST(Ssd, Evaluates) {
  const Translation translation = translated("ssd.py --mode eval --model_dir /m --data_dir /d -b 64");

  EXPECT_EQ(shell_script(translation), "fovea eval /m --all --data /d --batch 64\n");
  EXPECT_THAT(translation.notes, ElementsAre(HasSubstr("D-15")));
  EXPECT_EQ(translation.run_dir, "");
  EXPECT_THAT(script("ssd.py --mode eval -f --num_examples_per_epoch 640"), HasSubstr(" --data synthetic:boxes=8,train=640 "));
}

TEST(Ssd, AsksOfATrainingsFlagsNothingWithoutATraining) {
  for (const std::string flags : {"-e 0", "-e 12.7 --use_horovod", "--log_step_count_steps 0", "-s -1", "--k -10", "--keep_ckpt_max 1"}) {
    SCOPED_TRACE(flags);
    const Translation evaluation = translated("ssd.py --mode eval " + flags), inference = translated("ssd.py --inference a.jpg " + flags);

    EXPECT_EQ(shell_script(evaluation), script("ssd.py --mode eval"));
    EXPECT_THAT(evaluation.notes, ElementsAre(HasSubstr("--mode eval: ")));
    EXPECT_EQ(shell_script(inference), script("ssd.py --inference a.jpg"));
    EXPECT_THAT(inference.notes, ElementsAre(HasSubstr("--inference: ")));
  }
  expect_refused("ssd.py --mode eval -b 0", "the batch size: expected at least 1");
}

TEST(Ssd, FindsObjectsOnOnePicture) {
  const Translation translation = translated("ssd.py --inference a.jpg --mode eval --model_dir /m");

  EXPECT_EQ(shell_script(translation), "fovea predict /m a.jpg --latest --out /m/inference --force\n");
  EXPECT_THAT(translation.notes, ElementsAre(HasSubstr("drawn in /m/inference")));
}

TEST(Ssd, RefusesWhatMeansNothing) {
  expect_refused("ssd.py --static", "--static=true: batches made beforehand repeat the same crops and colours; here the decoded pictures");
  expect_refused("ssd.py -d fp16", "expected one of fp32, bf16");
  expect_refused("ssd.py --mode infer", "expected one of train, eval");
  expect_refused("ssd.py -e 0.5", "--epochs: expected 1 to 1000000, found 0.5");
  expect_refused("ssd.py -b 0", "the batch size: expected at least 1");
  expect_refused("ssd.py -s -1", "--steps: expected at least 0");
  expect_refused("ssd.py -c 0", "--save_checkpoints_epochs: expected a number above 0");
  expect_refused("ssd.py -v 0", "--log_step_count_steps: expected at least 1");
  expect_refused("ssd.py --num_examples_per_epoch 0", "--num_examples_per_epoch: expected 1 to 1000000000000, found 0");
  expect_refused("ssd.py --num_examples_per_epoch 9223372036854775807", "--num_examples_per_epoch: expected 1 to 1000000000000");
  expect_refused("ssd.py --k -6", "--lr_warmup_epoch: expected 0 to 6, where the decay begins with --k=-6; found 7");
  expect_refused("ssd.py --lr_warmup_epoch 16", "--lr_warmup_epoch: expected 0 to 15, where the decay begins with --k=0; found 16");
  expect_refused("ssd.py --lr_warmup_epoch -1", "--lr_warmup_epoch: expected 0 to 15");
  expect_refused("ssd.py --k -10 --lr_warmup_epoch 0", "--k: expected more than -10");
  expect_refused("ssd.py --keep_ckpt_max -1", "--keep_ckpt_max: expected at least 0");
  expect_refused("ssd.py --save_checkpoints_steps 0", "--save_checkpoints_steps: expected at least 1");
  expect_refused("ssd.py --threadpool_size -1", "--threadpool_size: expected at least 0");
  expect_refused("ssd.py --modeldir x", "the flag --modeldir is not known; did you mean \"--model_dir\"?");
  expect_refused("ssd.py", "this was started 8 times", "OMPI_COMM_WORLD_SIZE=8");
}

TEST(Ssd, PassesTheDeviceOn) {
  Surroundings on_gpu = surroundings();
  on_gpu.device = "cuda:1";

  for (const std::vector<std::string>& arguments : {std::vector<std::string>{}, {"--mode", "eval"}, {"--inference", "a.jpg"}})
    EXPECT_THAT(shell_script(translate("ssd", arguments, on_gpu)), EndsWith(" --device cuda:1\n"));
}

TEST(DemoSsd, TakesANumberOfWorkers) {
  EXPECT_EQ(script("demo_ssd"), script("ssd.py"));
  EXPECT_EQ(script("demo_ssd.py --hvd_workers 8"), script("ssd.py --use_horovod=8"));
  EXPECT_EQ(script("demo_ssd.py --use_horovod=8"), script("ssd.py --use_horovod=8"));
  EXPECT_THAT(translated("demo_ssd --num_workers_per_hls 8 --kubernetes_run False").notes, ElementsAre(HasSubstr("one process"), HasSubstr("one process")));
  expect_refused("demo_ssd --hvd_workers 0", "--hvd_workers: expected at least 1, found 0");
  expect_refused("demo_ssd --hvd_workers 99999999", "up to 1048576 pictures a step");
}

TEST(CreateCocoTfRecord, StandsForTheConversionOfOneSplit) {
  const Translation train = translated(
      "create_coco_tf_record.py --image_dir=/c/train2017 --object_annotations_file=/c/i.json --output_file_prefix=/o/train --num_shards=256 "
      "--ignore_images_without_bbox");

  EXPECT_EQ(shell_script(train), "fovea data convert coco /c/train2017 /o --annotations /c/i.json --split train --train-shards 256\n");
  EXPECT_THAT(train.notes, IsEmpty());
  EXPECT_EQ(script("create_coco_tf_record.py --image_dir=/c/val2017 --object_annotations_file=/c/i.json --output_file_prefix=val"),
            "fovea data convert coco /c/val2017 . --annotations /c/i.json --split val\n");
  // spec 3.7: the flag's default is off
  EXPECT_EQ(script("create_coco_tf_record.py --image_dir=/c --object_annotations_file=/c/i.json"),
            "fovea data convert coco /c /tmp --annotations /c/i.json --split train --keep-images-without-boxes\n");
}

TEST(CreateCocoTfRecord, SaysWhatIsNotWritten) {
  const std::string line = "create_coco_tf_record.py --image_dir=/c --object_annotations_file=/i.json --output_file_prefix=/o/val ";

  EXPECT_THAT(translated(line + "--include_masks").notes, ElementsAre(HasSubstr("masks are not written")));
  EXPECT_THAT(translated(line + "--caption_annotations_file=/c.json").notes, ElementsAre(HasSubstr("captions, they are not written")));
  EXPECT_THAT(translated(line + "--image_info_file=/i.json").notes, ElementsAre(HasSubstr("that the object annotations list")));
  EXPECT_THAT(translated(line + "--ignore_images_without_bbox").notes, ElementsAre(HasSubstr("validation keeps them")));
  EXPECT_THAT(translated(line + "--logtostderr --noinclude_masks").notes, ElementsAre(HasSubstr("--logtostderr: ")));
}

TEST(CreateCocoTfRecord, RefusesCaptionsAlone) {
  const auto convert = [] {
    (void)translated("create_coco_tf_record.py --image_dir=/c --caption_annotations_file=/a/captions_train2017.json --output_file_prefix=/o/train");
  };

  expect_error(convert, ErrorCode::kUsage, "records without a box: nothing to learn from, and nothing to score against (D-19)");
  EXPECT_THAT(test::error_of(convert)->advice(), HasSubstr("--object_annotations_file=/a/instances_train2017.json"));
}

TEST(CreateCocoTfRecord, RefusesWhatMeansNothing) {
  expect_refused("create_coco_tf_record.py --object_annotations_file=/i.json", "--image_dir must be given");
  expect_refused("create_coco_tf_record.py --image_dir=/c", "--object_annotations_file must be given: it has the boxes");
  expect_refused("create_coco_tf_record.py --image_dir=/c --object_annotations_file=/i.json --output_file_prefix=/o/coco",
                 "expected FOLDER/train or FOLDER/val");
  expect_refused("create_coco_tf_record.py --image_dir=/c --object_annotations_file=/i.json --num_shards=0", "--num_shards: expected at least 1");
}

TEST(ModelRunner, RunsSsd) {
  const Translation translation =
      translated("habana_model_runner.py --model ssd_resnet34 --hb_config a.yaml", "", std::string(shipped_config("ssd_resnet34_default.yaml")));

  EXPECT_EQ(shell_script(translation),
            "fovea train ssd-resnet34 --data /path/to/coco/tf_records --run-dir /tmp/ssd --init /path/to/ssd_r34-mlperf:backbone --batch-size 128 --epochs 50 "
            "--precision bfloat16 --set optim.warmup_epochs=5 --eval-every none --log-every 1steps --save-every 5epochs --keep 20 --tb-tags tf\n");
  EXPECT_THAT(translation.notes, Contains(HasSubstr("a.yaml stands for: ssd.py --dtype=bf16 --batch_size=128 ")));
}

TEST(ModelRunner, GivesSsdSwitchesAndWorkers) {
  const Translation translation = translated("habana_model_runner.py --model ssd_resnet34 --hb_config a.yaml", "",
                                             "model: ssd_resnet34\nparameters: {use_horovod: true, num_workers_per_hls: 4, store_true: [use_fake_data]}\n");

  EXPECT_THAT(shell_script(translation),
              AllOf(HasSubstr(" --data synthetic:boxes=8,train=117266 "), HasSubstr(" --batch-size 512 --set train.micro_batch=128 ")));
}

}  // namespace fovea::compat
