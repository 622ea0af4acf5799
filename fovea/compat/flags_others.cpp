// resnet_ctl_imagenet_main.py, the converters and habana_model_runner.py: spec 2.5, 2.11, 3.7, 4.7, 5.
#include "fovea/compat/flags_shared.h"

#include <array>

namespace fovea::compat {

namespace {

using enum Kind;
using enum Fate;

constexpr std::string_view kKerasOnly = "a switch of how TensorFlow runs the same computation";

constexpr std::array kResnetCtlOwn{
    Flag{"train_epochs", "te", kInteger, "1", kMapped, "`--epochs`"},
    Flag{"export_dir", "ed", kText, "", kNoted, "the reference's loop exports nothing; `fovea export` does"},
    Flag{"log_steps", "", kInteger, "100", kMapped, "`--log-every`"},
    Flag{"distribution_strategy", "ds", kText, "mirrored", kRefused,
         "one process; the strategies that one device has are accepted, and False, which YAML makes of off",
         "off|default|one_device|mirrored|parameter_server|multi_worker_mirrored|collective|tpu|hpu|False", "False|off|default|one_device"},
    Flag{"fp16_implementation", "", kText, "keras", kNoted, "there is no fp16", "keras|graph_rewrite"},
    Flag{"run_eagerly", "", kBoolean, "false", kNoted, kKerasOnly},
    Flag{"enable_xla", "", kBoolean, "false", kNoted, kKerasOnly},
    Flag{"training_dataset_cache", "", kBoolean, "false", kNoted, "the reference does not pass it on; the operating system keeps files in memory"},
    Flag{"enable_eager", "", kBoolean, "false", kNoted, kKerasOnly},
    Flag{"skip_eval", "", kBoolean, "false", kMapped, "`--eval-every none`"},
    Flag{"set_learning_phase_to_train", "", kBoolean, "true", kNoted, kKerasOnly},
    Flag{"explicit_gpu_placement", "", kBoolean, "false", kNoted, kGpuOnly},
    Flag{"use_trivial_model", "", kBoolean, "false", kRefused, "a network of one layer to measure the input: `fovea bench input` does that"},
    Flag{"report_accuracy_metrics", "", kBoolean, "true", kNoted, "the accuracy is always reported"},
    Flag{"use_tensor_lr", "", kBoolean, "true", kNoted, kKerasOnly},
    Flag{"enable_tensorboard", "", kBoolean, "false", kNoted, "TensorBoard's files are always written"},
    Flag{"train_steps", "", kInteger, "", kMapped, "`--steps`, at most one epoch, whatever train_epochs says (D-10)"},
    Flag{"profile_steps", "", kText, "", kMapped, "`--profile`"},
    Flag{"batchnorm_spatial_persistent", "", kBoolean, "true", kNoted, kGpuOnly},
    Flag{"enable_get_next_as_optional", "", kBoolean, "false", kNoted, kKerasOnly},
    Flag{"enable_checkpoint_and_export", "", kBoolean, "false", kMapped, "`--save-every 1epoch --keep 10`; without it one checkpoint, at the end"},
    Flag{"tpu", "", kText, "", kRefused, "there is no TPU here"},
    Flag{"steps_per_loop", "", kInteger, "500", kNoted, "there is no inner loop; `--log_steps` says how often a line is printed"},
    Flag{"use_tf_while_loop", "", kBoolean, "true", kNoted, kKerasOnly},
    Flag{"use_tf_function", "", kBoolean, "true", kNoted, kKerasOnly},
    Flag{"single_l2_loss_op", "", kBoolean, "false", kNoted, "another order of the same sum"},
    Flag{"data_loader_image_type", "dlit", kText, "fp32", kNoted,
         "the reference's layers compute in float32 all the same; the environment's TF_ENABLE_BF16_CONVERSION=1 is what makes it bfloat16", "fp32|bf16|fp16"},
};

constexpr auto kResnetCtl = joined(kSharedFlags, kResnetCtlOwn);

constexpr std::string_view kCloud = "nothing is uploaded";
constexpr std::array kPreprocess{
    Flag{"raw_data_dir", "", kText, "", kMapped, "SOURCE of `fovea data convert imagenet`; must be given: Fovea downloads nothing"},
    Flag{"local_scratch_dir", "", kText, "", kMapped, "OUTPUT of `fovea data convert imagenet`; must be given"},
    Flag{"gcs_upload", "", kBoolean, "true", kNoted, kCloud},
    Flag{"project", "", kText, "", kNoted, kCloud},
    Flag{"gcs_output_path", "", kText, "", kNoted, kCloud},
    Flag{"imagenet_username", "", kText, "", kRefused, "Fovea downloads nothing; give the unpacked pictures as --raw_data_dir"},
    Flag{"imagenet_access_key", "", kText, "", kRefused, "Fovea downloads nothing; give the unpacked pictures as --raw_data_dir"},
};

constexpr std::array kCreateCoco{
    Flag{"image_dir", "", kText, "", kMapped, "SOURCE of `fovea data convert coco`; must be given"},
    Flag{"object_annotations_file", "", kText, "", kMapped, "`--annotations`; must be given: captions have no boxes (D-19)"},
    Flag{"caption_annotations_file", "", kText, "", kNoted,
         "nothing in Fovea reads captions, they are not written; without `--object_annotations_file` refused (D-19)"},
    Flag{"image_info_file", "", kText, "", kNoted, "the pictures are those that the object annotations list"},
    Flag{"output_file_prefix", "", kText, "/tmp/train", kMapped, "OUTPUT and `--split`: FOLDER/train or FOLDER/val, other names are refused"},
    Flag{"num_shards", "", kInteger, "32", kMapped,
         "`--train-shards` or `--val-shards`, not above the number of pictures; without it at most 256 and 32, of 64 pictures or more"},
    Flag{"ignore_images_without_bbox", "", kBoolean, "false", kMapped, "training: without it `--keep-images-without-boxes`; validation keeps all pictures"},
    Flag{"include_masks", "", kBoolean, "false", kNoted, "masks are not written; nothing in Fovea reads them"},
    Flag{"logtostderr", "", kBoolean, "false", kNoted, "messages go to standard error always"},
};

constexpr std::array kRunner{
    Flag{"model", "", kText, "", kMapped,
         "resnet_estimator: as imagenet_main.py; resnet_keras: as resnet_ctl_imagenet_main.py; ssd_resnet34: as ssd.py; others are refused",
         "bert|resnet_estimator|resnet_keras|maskrcnn|ssd_resnet34"},
    Flag{"hb_config", "", kText, "", kMapped, "the YAML file: its parameters are read as flags of that program"},
};

}  // namespace

std::span<const Flag> resnet_ctl_flags() { return kResnetCtl; }
std::span<const Flag> preprocess_imagenet_flags() { return kPreprocess; }
std::span<const Flag> create_coco_flags() { return kCreateCoco; }
std::span<const Flag> habana_model_runner_flags() { return kRunner; }

}  // namespace fovea::compat
