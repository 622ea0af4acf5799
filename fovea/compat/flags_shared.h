// The flags that imagenet_main.py and resnet_ctl_imagenet_main.py share (spec 2.11), to be joined with their own, and texts of several tables.
#pragma once

#include "fovea/compat/program.h"

#include <algorithm>
#include <array>

namespace fovea::compat {

inline constexpr std::string_view kBigQuery = "only BigQuery's logger reads it";
inline constexpr std::string_view kGpuOnly = "a switch of TensorFlow's GPU code";
inline constexpr std::string_view kNoHpu = "the processor is the default; `fovea compat --device cuda` takes a GPU";
inline constexpr std::string_view kNoReduction = "nothing is reduced between processes";

inline constexpr std::array kSharedFlags{
    Flag{"data_dir", "dd", Kind::kText, "/tmp", Fate::kMapped, "`--data`"},
    Flag{"model_dir", "md", Kind::kText, "/tmp", Fate::kMapped, "`--run-dir`; for /tmp itself a folder in it, because a run has its folder for itself"},
    Flag{"clean", "", Kind::kBoolean, "false", Fate::kRefused, "Fovea deletes nothing; remove the folder yourself"},
    Flag{"epochs_between_evals", "ebe", Kind::kInteger, "1", Fate::kMapped, "`--eval-every`"},
    Flag{"batch_size", "bs", Kind::kInteger, "32", Fate::kMapped, "`--batch-size`; with workers the share of one"},
    Flag{"num_gpus", "ng", Kind::kInteger, "1", Fate::kRefused, "one device for each process; `fovea compat --device cuda` takes a GPU", "", "0|-1"},
    Flag{"use_synthetic_data", "synth", Kind::kBoolean, "false", Fate::kMapped, "`--data synthetic`"},
    Flag{"dtype", "dt", Kind::kText, "fp32", Fate::kMapped, "`--precision`; fp16 is refused", "fp32|bf16|fp16"},
    Flag{"loss_scale", "ls", Kind::kText, "", Fate::kNoted, "float32 and bfloat16 have the same range of exponents, so the loss needs no scale"},
    Flag{"all_reduce_alg", "ara", Kind::kText, "", Fate::kNoted, kNoReduction},
    Flag{"num_packs", "", Kind::kInteger, "1", Fate::kNoted, kNoReduction},
    Flag{"tf_gpu_thread_mode", "gt_mode", Kind::kText, "", Fate::kNoted, kGpuOnly},
    Flag{"per_gpu_thread_count", "pgtc", Kind::kInteger, "0", Fate::kNoted, kGpuOnly},
    Flag{"datasets_num_private_threads", "", Kind::kInteger, "", Fate::kMapped, "`--threads`"},
    Flag{"tf_data_experimental_slack", "", Kind::kBoolean, "false", Fate::kNoted, "the loader always prepares the next batches"},
    Flag{"data_format", "df", Kind::kText, "", Fate::kNoted, "channels last inside, whatever is asked for; results do not depend on it",
         "channels_first|channels_last"},
    Flag{"benchmark_logger_type", "", Kind::kText, "BaseBenchmarkLogger", Fate::kRefused,
         "the run's metrics.jsonl and env.json have what the file logger writes; no BigQuery",
         "BaseBenchmarkLogger|BenchmarkFileLogger|BenchmarkBigQueryLogger", "BenchmarkFileLogger"},
    Flag{"benchmark_test_id", "bti", Kind::kText, "", Fate::kNoted, kBigQuery},
    Flag{"benchmark_log_dir", "bld", Kind::kText, "", Fate::kNoted, "metrics.jsonl stands in the run folder"},
    Flag{"gcp_project", "gp", Kind::kText, "", Fate::kNoted, kBigQuery},
    Flag{"bigquery_data_set", "bds", Kind::kText, "test_benchmark", Fate::kNoted, kBigQuery},
    Flag{"bigquery_run_table", "brt", Kind::kText, "benchmark_run", Fate::kNoted, kBigQuery},
    Flag{"bigquery_run_status_table", "brst", Kind::kText, "benchmark_run_status", Fate::kNoted, kBigQuery},
    Flag{"bigquery_metric_table", "bmt", Kind::kText, "benchmark_metric", Fate::kNoted, kBigQuery},
    Flag{"worker_hosts", "", Kind::kText, "", Fate::kRefused, "one process, on this machine"},
    Flag{"task_index", "", Kind::kInteger, "-1", Fate::kRefused, "one process, on this machine", "", "0"},
    Flag{"experimental_preloading", "", Kind::kBoolean, "false", Fate::kNoted, "the loader always prepares the next batches while the network computes"},
};

/// `first`, then `second`.
template <size_t kFirst, size_t kSecond>
constexpr auto joined(const std::array<Flag, kFirst>& first, const std::array<Flag, kSecond>& second) {
  std::array<Flag, kFirst + kSecond> all{};
  std::ranges::copy(second, std::ranges::copy(first, all.begin()).out);
  return all;
}

}  // namespace fovea::compat
