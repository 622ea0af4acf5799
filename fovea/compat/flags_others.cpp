// resnet_ctl_imagenet_main.py, preprocess_imagenet.py and habana_model_runner.py: spec 2.5, 2.11, 5.
#include "fovea/compat/program.h"

#include <array>

namespace fovea::compat {

namespace {

using enum Kind;
using enum Fate;

constexpr std::string_view kBigQuery = "only BigQuery's logger reads it";
constexpr std::string_view kGpuOnly = "a switch of TensorFlow's GPU code";
constexpr std::string_view kKerasOnly = "a switch of how TensorFlow runs the same computation";

constexpr std::array kResnetCtl{
    Flag{"data_dir", "dd", kText, "/tmp", kMapped, "`--data`"},
    Flag{"model_dir", "md", kText, "/tmp", kMapped, "`--run-dir`; for /tmp itself a folder in it, because a run has its folder for itself"},
    Flag{"clean", "", kBoolean, "false", kRefused, "Fovea deletes nothing; remove the folder yourself"},
    Flag{"train_epochs", "te", kInteger, "1", kMapped, "`--epochs`"},
    Flag{"epochs_between_evals", "ebe", kInteger, "1", kMapped, "`--eval-every`"},
    Flag{"batch_size", "bs", kInteger, "32", kMapped, "`--batch-size`"},
    Flag{"num_gpus", "ng", kInteger, "1", kRefused, "one device for each process; `fovea compat --device cuda` takes a GPU", "", "0|-1"},
    Flag{"export_dir", "ed", kText, "", kNoted, "the reference's loop exports nothing; `fovea export` does"},
    Flag{"dtype", "dt", kText, "fp32", kMapped, "`--precision`; fp16 is refused", "fp32|bf16|fp16"},
    Flag{"loss_scale", "ls", kText, "", kNoted, "float32 and bfloat16 have the same range of exponents, so the loss needs no scale"},
    Flag{"use_synthetic_data", "synth", kBoolean, "false", kMapped, "`--data synthetic`"},
    Flag{"all_reduce_alg", "ara", kText, "", kNoted, "nothing is reduced between processes"},
    Flag{"num_packs", "", kInteger, "1", kNoted, "nothing is reduced between processes"},
    Flag{"tf_gpu_thread_mode", "gt_mode", kText, "", kNoted, kGpuOnly},
    Flag{"per_gpu_thread_count", "pgtc", kInteger, "0", kNoted, kGpuOnly},
    Flag{"datasets_num_private_threads", "", kInteger, "", kMapped, "`--threads`"},
    Flag{"tf_data_experimental_slack", "", kBoolean, "false", kNoted, "the loader always prepares the next batches"},
    Flag{"data_format", "df", kText, "", kNoted, "channels last inside, whatever is asked for; results do not depend on it", "channels_first|channels_last"},
    Flag{"benchmark_logger_type", "", kText, "BaseBenchmarkLogger", kRefused,
         "the run's metrics.jsonl and env.json have what the file logger writes; no BigQuery",
         "BaseBenchmarkLogger|BenchmarkFileLogger|BenchmarkBigQueryLogger", "BenchmarkFileLogger"},
    Flag{"benchmark_test_id", "bti", kText, "", kNoted, kBigQuery},
    Flag{"log_steps", "", kInteger, "100", kMapped, "`--log-every`"},
    Flag{"benchmark_log_dir", "bld", kText, "", kNoted, "metrics.jsonl stands in the run folder"},
    Flag{"gcp_project", "gp", kText, "", kNoted, kBigQuery},
    Flag{"bigquery_data_set", "bds", kText, "test_benchmark", kNoted, kBigQuery},
    Flag{"bigquery_run_table", "brt", kText, "benchmark_run", kNoted, kBigQuery},
    Flag{"bigquery_run_status_table", "brst", kText, "benchmark_run_status", kNoted, kBigQuery},
    Flag{"bigquery_metric_table", "bmt", kText, "benchmark_metric", kNoted, kBigQuery},
    Flag{"worker_hosts", "", kText, "", kRefused, "one process, on this machine"},
    Flag{"task_index", "", kInteger, "-1", kRefused, "one process, on this machine", "", "0"},
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
    Flag{"experimental_preloading", "", kBoolean, "false", kNoted, "the loader always prepares the next batches while the network computes"},
};

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

constexpr std::array kRunner{
    Flag{"model", "", kText, "", kMapped, "resnet_estimator: as imagenet_main.py; resnet_keras: as resnet_ctl_imagenet_main.py; others are refused",
         "bert|resnet_estimator|resnet_keras|maskrcnn|ssd_resnet34"},
    Flag{"hb_config", "", kText, "", kMapped, "the YAML file: its parameters are read as flags of that program"},
};

}  // namespace

std::span<const Flag> resnet_ctl_flags() { return kResnetCtl; }
std::span<const Flag> preprocess_imagenet_flags() { return kPreprocess; }
std::span<const Flag> habana_model_runner_flags() { return kRunner; }

}  // namespace fovea::compat
