// Every example command of the reference's document, with what came of it (see the text above the table in docs/migrating.md for how it was tried).
#include "fovea/compat/reference_page.h"

#include <array>

namespace fovea::compat {

namespace {

constexpr std::string_view kRan = "ran";

constexpr std::array kExamples{
    Example{"`demo_resnet`: usage", "", "./demo_resnet", "-d bf16", kRan},
    Example{"`demo_resnet`: usage", "", "./demo_resnet", "-d fp32", kRan},
    Example{"`demo_resnet`: usage", "", "./demo_resnet", "-d fp32 -rs 101", kRan},
    Example{"`demo_resnet`: usage", "", "./demo_resnet", "-d bf16 -s 1000", kRan},
    Example{"`demo_resnet`: usage", "", "./demo_resnet", "-d bf16 -s 1000 -l 50", kRan},
    Example{"`demo_resnet`: usage", "", "./demo_resnet", "-d bf16 -e 9", kRan},
    Example{"`demo_resnet`: usage", "", "./demo_resnet", "-d fp32 -e 9 -b 128 -a /path/to/imagenet/tf_records/ -m /path/to/demo/ck_81_080_450_bs128", kRan},
    Example{"`demo_keras_resnet`: usage", "", "./demo_keras_resnet", "-d bf16", kRan},
    Example{"`demo_keras_resnet`: usage", "", "./demo_keras_resnet", "-d fp32", kRan},
    Example{"`demo_keras_resnet`: usage", "", "./demo_keras_resnet", "-d fp -rs 101",
            "ran as a ResNet-101 in float32; the reference refuses both flags (D-12)"},
    Example{"`demo_keras_resnet`: usage", "", "./demo_keras_resnet", "-d bf16 -s 1000", kRan},
    Example{"`demo_keras_resnet`: usage", "", "./demo_keras_resnet", "-d bf16 -s 1000 -l 50", "ran; `-l` has no meaning (D-12), a note says so"},
    Example{"`demo_keras_resnet`: usage", "", "./demo_keras_resnet", "-d bf16 -e 9", kRan},
    Example{"`demo_keras_resnet`: usage", "", "./demo_keras_resnet",
            "-d fp32 -e 9 -b 128 -a /path/to/imagenet/tf_records/ -m /path/to/demo/ck_81_080_450_bs128", kRan},
    Example{"The spelling of the usage texts (D-11)", "", "./demo_resnet", "-d bf16 --use-horovod", "ran; the reference's program takes only --use_horovod"},
    Example{"The spelling of the usage texts (D-11)", "", "./demo_keras_resnet", "-d bf16 --use-horovod", "ran; has no effect there either (D-29)"},
    Example{"One card", "", "./demo_resnet", "-rs 50 -d fp32 -b 128 -a /path/to/imagenet/tf_records/ -m /path/to/demo/ck_81_080_450_bs128", kRan},
    Example{"One card", "", "./demo_resnet", "-rs 50 -d bf16 -b 256 -a /path/to/imagenet/tf_records/ -m /path/to/demo/resnet50", kRan},
    Example{"One card", "", "./demo_resnet", "-rs 101 -d bf16 -b 256 -a /path/to/imagenet/tf_records/ -m /path/to/demo/resnet101", kRan},
    Example{"One card", "", "./demo_resnet", "-rs 101 --resnext -d bf16 -b 256 -a /path/to/imagenet/tf_records/ -m /path/to/demo/resnext101", kRan},
    Example{"Several cards", "IMAGENET_DIR=/path/to/imagenet/ RESNET_SIZE=50", "./demo_resnet_hvd.sh", "",
            "ran, one process (LARS, as the script's default is)"},
    Example{"Several cards", "IMAGENET_DIR=/path/to/imagenet/ RESNET_SIZE=101", "./demo_resnet_hvd.sh", "", "ran, one process"},
    Example{"Several cards", "IMAGENET_DIR=/path/to/imagenet/ RESNET_SIZE=101", "./demo_resnet_hvd.sh", "--resnext", "ran, one process"},
    Example{"Several cards", "IMAGENET_DIR=/path/to/imagenet/ USE_LARS_OPTIMIZER=0 TRAIN_EPOCHS=90", "./demo_resnet_hvd.sh", "",
            "ran, one process; what the document's SGD figures need (D-13)"},
    Example{"Data", "", "python3 preprocess_imagenet.py", "--raw_data_dir=/path/to/imagenet --local_scratch_dir=/path/to/imagenet/tf_records --nogcs_upload",
            "ran on a small set in the same layout"},
    Example{"YAML", "", "python3 ../../habana_model_runner.py", "--model resnet_estimator --hb_config resnet_estimator_default.yaml", kRan},
    Example{"YAML", "", "python3 ../../habana_model_runner.py", "--model resnet_keras --hb_config resnet_keras_default.yaml", kRan},
    Example{"SSD: data", "", "python3 create_coco_tf_record.py",
            "--image_dir=/path/to/coco/raw-data/train2017 --image_info_file=/path/to/coco/raw-data/annotations/instances_train2017.json "
            "--object_annotations_file=/path/to/coco/raw-data/annotations/instances_train2017.json --output_file_prefix=/path/to/coco/train --num_shards=256 "
            "--ignore_images_without_bbox",
            kRan},
    Example{"SSD: data", "", "python3 create_coco_tf_record.py",
            "--image_dir=/path/to/coco/raw-data/val2017 --image_info_file=/path/to/coco/raw-data/annotations/instances_val2017.json "
            "--object_annotations_file=/path/to/coco/raw-data/annotations/instances_val2017.json --output_file_prefix=/path/to/coco/val --num_shards=32",
            kRan},
    Example{"SSD", "", "python3 ssd.py", "-d bf16 -b 128 -e 64 --model_dir /path/to/ssd_r34_bf16 --save_summary_steps 10", kRan},
    Example{"SSD", "", "python3 ssd.py", "--mode eval --model_dir /path/to/ssd_r34_bf16", kRan},
    Example{"SSD", "", "python3 ssd.py", "--inference /path/to/picture.jpg --model_dir /path/to/ssd_r34_bf16", "ran, with right pixels (D-27)"},
    Example{"SSD", "", "python3 ssd.py", "--profile 50,53 --steps 100 -d bf16 -b 128 --model_dir /path/to/ssd_r34_profile",
            "ran, with the profile of its first step"},
    Example{"SSD", "", "python3 ssd.py", "-d bf16 -b 128 -e 64 --use_horovod=8 --save_checkpoints_epochs 64 --model_dir /path/to/ssd_r34_8",
            "ran as changed, one process: the document starts eight with `mpirun`, and `--use_horovod` alone"},
    Example{"SSD", "", "python3 demo_ssd.py", "-d bf16 -b 128 -e 64 --hvd_workers 8 --model_dir /path/to/ssd_r34_8", "ran, one process"},
    Example{"SSD", "", "python3 ssd.py", "-d fp32 -b 128 -e 64 --model_dir /path/to/ssd_r34_fp32 --save_summary_steps 10", kRan},
    Example{"SSD", "", "python3 ssd.py", "-d bf16 -b 240 -e 64 --model_dir /path/to/ssd_r34_240 --save_summary_steps 10", kRan},
    Example{"SSD", "", "python3 ../../habana_model_runner.py", "--model ssd_resnet34 --hb_config ssd_resnet34_default.yaml", kRan},
};

constexpr std::string_view kEstimatorConfig = R"(model: resnet_estimator
env_variables:
  LD_PRELOAD: /usr/lib/x86_64-linux-gnu/libjemalloc.so
  TF_ENABLE_BF16_CONVERSION: 1
  TF_PRELIMINARY_CLUSTER_SIZE: 150
parameters:
  batch_size: 128
  clean: False
  data_dir: /path/to/imagenet/tf_records
  data_format: channels_last
  disable_warmup: False
  display_steps: 1
  enable_lars: False
  epochs_between_evals: 1
  eval_only: False
  export_dir: True
  fine_tune: False
  hooks: LoggingTensorHook
  image_bytes_as_serving_input: False
  label_smoothing: 0.0
  mini_imagenet: False
  model_dir: /tmp
  resnet_size: 50
  resnet_version: 1
  return_before_eval: False
  save_checkpoint_steps: 10000
  train_epochs: 1
  use_horovod: False
  use_train_and_evaluate: False
  weight_decay: 0.0001
)";

constexpr std::string_view kKerasConfig = R"(model: resnet_keras
env_variables:
  LD_PRELOAD: /usr/lib/x86_64-linux-gnu/libjemalloc.so
  TF_ENABLE_BF16_CONVERSION: 1
  TF_PRELIMINARY_CLUSTER_SIZE: 20
  TF_PRELIMINARY_CLUSTER_THRESHOLD: 700
parameters:
  model_dir: /tmp
  data_dir: /path/to/imagenet/tf_records
  batch_size: 256
  data_format: channels_last
  train_epochs: 1
  experimental_preloading: 0
  log_steps: 50
  distribution_strategy: off
  num_gpus: 0
  steps_per_loop: 50
  enable_checkpoint_and_export: false
  train_steps: 20
  data_loader_image_type: bf16
)";

constexpr std::string_view kSsdConfig = R"(model: ssd_resnet34
env_variables:
  LD_PRELOAD: /usr/lib/x86_64-linux-gnu/libjemalloc.so
parameters:
  dtype: bf16
  batch_size: 128
  lr_warmup_epoch: 5
  base_lr: 0.003
  weight_decay: 0.0005
  k: 0
  model_dir: /tmp/ssd
  resnet_checkpoint: /path/to/ssd_r34-mlperf
  data_dir: /path/to/coco/tf_records
  eval_samples: 5000
  num_examples_per_epoch: 117266
  save_checkpoints_epochs: 5
  keep_ckpt_max: 20
)";

}  // namespace

std::span<const Example> examples() { return kExamples; }

std::string_view shipped_config(std::string_view name) {
  if (name == "resnet_estimator_default.yaml") return kEstimatorConfig;
  if (name == "resnet_keras_default.yaml") return kKerasConfig;
  if (name == "ssd_resnet34_default.yaml") return kSsdConfig;
  return {};
}

}  // namespace fovea::compat
