// imagenet_main.py, the estimator program: spec 2.11.
#include "fovea/compat/flags_shared.h"

#include <array>

namespace fovea::compat {

namespace {

using enum Kind;
using enum Fate;

constexpr std::array kOwn{
    Flag{"train_epochs", "te", kInteger, "10", kMapped, "`--epochs`"},
    Flag{"stop_threshold", "st", kNumber, "", kMapped, "`--stop-target`"},
    Flag{"hooks", "hk", kText, "LoggingTensorHook", kMapped, "ProfilerHook: `--profile 10,10`, its first timeline; what the others print is always logged"},
    Flag{"export_dir", "ed", kText, "", kMapped, "`fovea export` to EXPORT_DIR.onnx, after the training"},
    Flag{"distribution_strategy", "ds", kText, "default", kRefused,
         "one process; the strategies that one device has are accepted, and False, which YAML makes of off",
         "off|default|one_device|mirrored|parameter_server|multi_worker_mirrored|collective|tpu|hpu|False", "False|off|one_device|mirrored"},
    Flag{"display_steps", "dis", kInteger, "1", kMapped, "`--log-every`"},
    Flag{"save_checkpoint_steps", "cs", kInteger, "", kMapped, "`--save-every`, with `--keep 5`; without it one checkpoint, at the end"},
    Flag{"no_hpu", "", kBoolean, "false", kNoted, kNoHpu},
    Flag{"inter_op_parallelism_threads", "inter", kInteger, "0", kNoted, "operations run one after the other, each on all threads"},
    Flag{"intra_op_parallelism_threads", "intra", kInteger, "0", kMapped, "`--compute-threads`"},
    Flag{"max_train_steps", "mts", kInteger, "", kMapped, "`--steps`, when it is less than the epochs have"},
    Flag{"max_eval_steps", "mes", kInteger, "", kMapped, "`--set train.eval_images=` with the pictures of so many batches"},
    Flag{"data_loader_image_type", "dlit", kText, "fp32", kMapped, "bf16: `--precision bfloat16`; fp16 is refused", "fp32|bf16|fp16"},
    Flag{"fp16_implementation", "", kText, "casting", kNoted, "there is no fp16", "casting|graph_rewrite"},
    Flag{"log_steps", "", kInteger, "100", kNoted, "of the benchmark logger; every line of the log has images/s"},
    Flag{"train_offset", "", kInteger, "0", kMapped, "`--set train.eval_offset=`, and so many epochs more"},
    Flag{"is_mlperf_enabled", "mlperf_enable", kBoolean, "false", kNoted, "no MLPerf log lines; the flag changes nothing else on one card"},
    Flag{"resnet_version", "rv", kInteger, "1", kRefused, "version 2 (pre-activation) is not in Fovea", "1|2"},
    Flag{"return_before_eval", "rbv", kBoolean, "false", kMapped, "`--eval-every none`"},
    Flag{"disable_eval", "", kBoolean, "false", kMapped, "`--eval-every none`"},
    Flag{"fine_tune", "ft", kBoolean, "false", kMapped,
         "only the dense layer is trained, at base rate 0.1 and without warm-up: `--set optim.train_only=[fc.*]`"},
    Flag{"pretrained_model_checkpoint_path", "pmcp", kText, "", kNoted, "the reference does not read it"},
    Flag{"eval_only", "", kBoolean, "false", kMapped, "`fovea eval RUN --latest`"},
    Flag{"image_bytes_as_serving_input", "", kBoolean, "false", kRefused, "an exported network takes pixels; `fovea predict` takes JPEG files"},
    Flag{"use_train_and_evaluate", "", kBoolean, "false", kMapped, "`--eval-every 10min`: the framework evaluates at most so often, at its checkpoints"},
    Flag{"enable_lars", "", kBoolean, "false", kMapped, "the recipe `resnetN-lars`"},
    Flag{"label_smoothing", "", kNumber, "0.0", kMapped, "`--set train.label_smoothing=`"},
    Flag{"epochs_for_lars", "", kNumber, "38", kMapped, "LARS: `--set optim.decay_epochs=`"},
    Flag{"warmup_epochs", "", kNumber, "3", kMapped, "`--set optim.warmup_epochs=`"},
    Flag{"start_learning_rate", "", kNumber, "9.5", kMapped, "LARS: `--lr`, the peak"},
    Flag{"weight_decay", "", kNumber, "1e-4", kMapped, "`--set optim.weight_decay=`"},
    Flag{"disable_warmup", "", kBoolean, "false", kNoted, "the reference does not read it (D-3); `--warmup_epochs=0` does what it says"},
    Flag{"use_cosine_lr", "", kBoolean, "false", kMapped, "`--set optim.schedule=cosine`, base rate 0.256"},
    Flag{"momentum", "", kNumber, "0.9", kMapped, "`--set optim.momentum=`"},
    Flag{"model_type", "", kText, "resnet", kMapped, "resnext: the recipe `resnextN`", "resnet|resnext"},
    Flag{"resnet_size", "rs", kInteger, "50", kMapped, "the recipe, or `--model`", "18|34|50|101|152|200"},
    Flag{"use_horovod", "hvd", kWorkers, "false", kMapped, "one process; a number, as the model runner gives it, is the number of workers"},
    Flag{"mini_imagenet", "", kBoolean, "false", kNoted, "the names of the small set are recognised; `--data` may hold only one set"},
};

constexpr auto kImagenetMain = joined(kSharedFlags, kOwn);

constexpr std::array kVariables{
    Flag{"TF_ENABLE_BF16_CONVERSION", "", kText, "0", kMapped, "1: `--precision bfloat16`"},
};

}  // namespace

std::span<const Flag> imagenet_main_flags() { return kImagenetMain; }
std::span<const Flag> main_program_variables() { return kVariables; }

}  // namespace fovea::compat
