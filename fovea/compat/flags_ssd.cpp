// ssd.py and the older launcher demo_ssd.py: spec 3.12.
#include "fovea/compat/flags_shared.h"

#include <array>

namespace fovea::compat {

namespace {

using enum Kind;
using enum Fate;

constexpr std::string_view kOlderLauncher = "an older launcher's; the program does not read it";

constexpr std::array kTaken{
    Flag{"dtype", "d", kText, "bf16", kMapped, "`--precision`", "fp32|bf16"},
    Flag{"batch_size", "b", kInteger, "128", kMapped, "`--batch-size`; with workers the share of one"},
    Flag{"epochs", "e", kNumber, "50", kMapped, "`--epochs`, whole ones; the rates do not depend on it, they reach 1 % of the peak at epoch 55"},
    Flag{"mode", "", kText, "train", kMapped, "eval: `fovea eval RUN --all`, every checkpoint once, of a run or of a folder that the reference left",
         "train|eval"},
    Flag{"max_cpus", "", kInteger, "16", kNoted, "all cores that the process may use are used; `taskset` takes some away"},
    Flag{"num_parallel_calls", "", kInteger, "64", kNoted, "each loader thread prepares one picture at a time; `--threadpool_size` says how many there are"},
    Flag{"threadpool_size", "", kInteger, "0", kMapped, "`--threads`"},
    Flag{"use_horovod", "", kWorkers, "false", kMapped, "one process; a number, as the model runner gives it, is the number of workers"},
    Flag{"inference", "", kText, "", kMapped,
         "`fovea predict RUN PICTURE --latest --out RUN/inference`: boxes as a list, as JSON and drawn; goes before `--mode`"},
    Flag{"no_hpu", "", kSwitch, "", kNoted, kNoHpu},
    Flag{"distributed_bn", "", kSwitch, "", kMapped,
         "with workers: their pictures go through the network in one pass, so that batch norm sees all of them; the reference does nothing without Horovod"},
    Flag{"vis_dataloader", "", kSwitch, "", kNoted, "`fovea data show DIR --recipe ssd-resnet34` draws pictures and boxes as the network receives them"},
    Flag{"profile", "", kText, "0,0", kMapped, "`--profile`; 0,0: off. Steps count from the first of the run, the reference counts from where it continues"},
    Flag{"use_cocoeval_cc", "", kSwitch, "", kNoted, "the scores are computed in C++ all the same, equal to COCO's own to the last bit"},
    Flag{"use_fake_data", "f", kSwitch, "", kMapped,
         "`--data synthetic:boxes=8`: made-up pictures, as many as an epoch has, instead of one batch again and again"},
    Flag{"lr_warmup_epoch", "", kNumber, "7.0", kMapped, "`--set optim.warmup_epochs=`; not beyond the plateau, see `--k`"},
    Flag{"base_lr", "", kNumber, "3e-3", kMapped, "`--lr`, for 32 pictures"},
    Flag{"weight_decay", "", kNumber, "5e-4", kMapped, "`--set optim.weight_decay=`"},
    Flag{"k", "", kInteger, "0", kMapped, "`--set optim.plateau_epochs=` and `optim.decay_epochs=`: 15 and 55 times 1 + K / 10; more than -10"},
    Flag{"model_dir", "", kText, "/tmp/ssd", kMapped, "`--run-dir`"},
    Flag{"resnet_checkpoint", "", kText, "/data/ssd_r34-mlperf", kMapped, "`--init DIR:backbone`; an empty value trains from random weights"},
    Flag{"data_dir", "", kText, "/data/coco2017/ssd_tf_records", kMapped, "`--data`"},
    Flag{"eval_samples", "", kInteger, "5000", kNoted, "every validation picture is scored once (D-15)"},
    Flag{"num_examples_per_epoch", "", kInteger, "117266", kMapped,
         "up to 1e12; another number than the default: `--steps` and `--save-every` count with it; the rates follow the epochs that the data has"},
    Flag{"steps", "s", kInteger, "0", kMapped,
         "`--steps`, whatever the epochs say; 0: epochs. They are all steps of the run, the reference trains as many again when it continues"},
    Flag{"num_steps", "", kInteger, "0", kMapped, "as `--steps`; the document's name, the reference's program refuses it (D-18)"},
    Flag{"log_step_count_steps", "v", kInteger, "1", kMapped, "`--log-every`"},
    Flag{"save_checkpoints_epochs", "c", kNumber, "5.0", kMapped, "`--save-every`, at the whole epochs that it divides; one checkpoint more at the end"},
    Flag{"save_checkpoints_steps", "", kInteger, "", kMapped, "`--save-every`; stands in the document only, the reference's program refuses it (D-18)"},
    Flag{"keep_ckpt_max", "", kInteger, "20", kMapped, "`--keep`; 0: all; at least two are kept"},
    Flag{"save_summary_steps", "", kInteger, "1", kNoted, "TensorBoard's curves have a point for each line of the log"},
    Flag{"static", "", kSwitch, "", kRefused,
         "batches made beforehand repeat the same crops and colours; here the decoded pictures are what is kept, and each epoch cuts them anew"},
    Flag{"recipe_cache", "", kText, "/tmp/ssd_recipe_cache/", kNoted, "nothing is compiled at run time, and no folder is deleted"},
};

constexpr auto kSsd = joined(kTaken, std::array{
                                         Flag{"hvd_workers", "", kInteger, "1", kNoted, kOlderLauncher},
                                         Flag{"num_workers_per_hls", "", kInteger, "8", kNoted, kOlderLauncher},
                                         Flag{"kubernetes_run", "", kText, "False", kNoted, kOlderLauncher},
                                     });

constexpr auto kDemoSsd = joined(kTaken, std::array{
                                             Flag{"hvd_workers", "", kInteger, "1", kMapped, "the number of workers, as `--use_horovod=N`"},
                                             Flag{"num_workers_per_hls", "", kInteger, "8", kNoted, "one process, on this machine"},
                                             Flag{"kubernetes_run", "", kText, "False", kNoted, "one process, on this machine"},
                                         });

}  // namespace

std::span<const Flag> ssd_flags() { return kSsd; }
std::span<const Flag> demo_ssd_flags() { return kDemoSsd; }

}  // namespace fovea::compat
