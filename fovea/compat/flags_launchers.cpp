// The shell launchers: spec 2.11. The spelling is the code's; the documents' differences are D-11 to D-13.
#include "fovea/compat/program.h"

#include <array>

namespace fovea::compat {

namespace {

using enum Kind;
using enum Fate;

constexpr std::string_view kPreloading = "the loader always prepares the next batches while the network computes";
constexpr std::string_view kOneProcess =
    "one process: nothing is reduced between processes, so the flag only matters with LARS: a peak of 9.5 instead of 2.5, and always 38 epochs";
constexpr std::string_view kRunDir = "`--run-dir`; nothing is ever deleted: where the reference empties its default folder, the run in it continues";

constexpr std::array kDemoResnet{
    Flag{"dtype", "d", kText, "", kMapped, "`--precision float32` or `bfloat16`; must be given", "fp32|bf16"},
    Flag{"resnet-size", "rs", kInteger, "50; 101 with --resnext", kMapped, "the recipe, or `--model`", "18|34|50|101|152|200"},
    Flag{"batch-size", "b", kInteger, "256 (bf16), 128 (fp32)", kMapped, "`--batch-size`"},
    Flag{"epochs", "e", kInteger, "1", kMapped, "`--epochs`; LARS with `-o`: always 38"},
    Flag{"data-dir", "a", kText, "/data/tensorflow_datasets/imagenet/tf_records if it exists, else /software/data/tf/data/imagenet/tf_records", kMapped,
         "`--data`"},
    Flag{"model-dir", "m", kText, "$HOME/tmp/resnet", kMapped, kRunDir},
    Flag{"use_horovod", "o", kSwitch, "", kMapped, kOneProcess},
    Flag{"steps", "s", kInteger, "-1", kMapped, "`--steps`, when it is less than the epochs have"},
    Flag{"eval-steps", "l", kInteger, "-1", kMapped, "`--set train.eval_images=` with the pictures of so many batches"},
    Flag{"no-eval", "n", kSwitch, "", kMapped, "`--eval-every none`"},
    Flag{"display-steps", "v", kInteger, "1", kMapped, "`--log-every`"},
    Flag{"checkpoint-steps", "c", kInteger, "100", kMapped, "`--save-every`, with `--keep 5`; 0: only at the end"},
    Flag{"recover", "r", kSwitch, "", kMapped, "the command is run again after a crash; takes no argument and needs no `-s`"},
    Flag{"no-experimental-preloading", "k", kSwitch, "", kNoted, kPreloading},
    Flag{"use-train-and-evaluate", "", kSwitch, "", kMapped, "`--eval-every 10min`: the framework evaluates at most so often, at its checkpoints"},
    Flag{"epochs-between-evals", "", kInteger, "1", kMapped, "`--eval-every`"},
    Flag{"enable-lars-optimizer", "", kSwitch, "", kMapped, "the recipe `resnetN-lars`"},
    Flag{"stop_threshold", "", kNumber, "", kMapped, "`--stop-target`"},
    Flag{"resnext", "", kSwitch, "", kMapped, "the recipe `resnextN`"},
};

constexpr std::array kDemoKerasResnet{
    Flag{"dtype", "d", kText, "", kMapped, "`--precision float32` or `bfloat16`; must be given; fp, of the document's example, is fp32", "fp32|bf16|fp"},
    Flag{"batch-size", "b", kInteger, "256 (bf16), 128 (fp32)", kMapped, "`--batch-size`"},
    Flag{"epochs", "e", kInteger, "1", kMapped, "`--epochs`"},
    Flag{"data-dir", "a", kText, "/software/data/tf/data/imagenet/tf_records", kMapped, "`--data`"},
    Flag{"model-dir", "m", kText, "$HOME/tmp/resnet", kMapped, kRunDir},
    Flag{"use_horovod", "o", kSwitch, "", kNoted, "the reference takes it and passes it to nothing (D-29)"},
    Flag{"steps", "s", kInteger, "-1", kMapped, "`--steps`, at most one epoch, whatever `-e` says (D-10)"},
    Flag{"no-eval", "n", kSwitch, "", kMapped, "`--eval-every none`"},
    Flag{"display-steps", "v", kInteger, "50", kMapped, "`--log-every`"},
    Flag{"steps-per-loop", "l", kInteger, "50", kNoted,
         "there is no inner loop; the document's example means evaluation batches by -l (D-12), for that: `--set train.eval_images=` with their pictures"},
    Flag{"enable-checkpoint", "c", kSwitch, "", kMapped, "`--save-every 1epoch --keep 10`; without it one checkpoint, at the end"},
    Flag{"recover", "r", kSwitch, "", kMapped, "the command is run again after a crash; takes no argument and needs no `-s`"},
    Flag{"no-experimental-preloading", "k", kSwitch, "", kNoted, kPreloading},
    Flag{"resnet-size", "rs", kInteger, "50", kMapped, "`--model`; stands in the document's example only, the reference's program refuses it (D-12)",
         "18|34|50|101|152|200"},
};

constexpr std::array kHvd{Flag{"resnext", "", kSwitch, "", kMapped, "the recipe `resnextN`, and USE_LARS_OPTIMIZER=0"}};

constexpr std::string_view kMpi = "one process: no message passing";
constexpr std::array kHvdVariables{
    Flag{"IMAGENET_DIR", "", kText, "", kMapped, "`--data`; must be given"},
    Flag{"RESNET_SIZE", "", kInteger, "50; 101 with --resnext", kMapped, "the recipe, or `--model`", "18|34|50|101|152|200"},
    Flag{"USE_LARS_OPTIMIZER", "", kInteger, "1; 0 with --resnext", kMapped, "1: the recipe `resnetN-lars`", "0|1"},
    Flag{"BATCH_SIZE", "", kInteger, "256", kMapped, "per card; `--batch-size` is that times the cards, in passes of this size"},
    Flag{"TRAIN_EPOCHS", "", kInteger, "40", kMapped, "`--epochs`; LARS: always 38, with USE_MLPERF 36"},
    Flag{"TRAIN_STEPS", "", kInteger, "-1", kMapped, "`--steps`, when it is less than the epochs have"},
    Flag{"NO_EVAL", "", kInteger, "0", kMapped, "1: `--eval-every none`", "0|1"},
    Flag{"NUM_WORKERS_PER_HLS", "", kInteger, "8", kMapped, "cards of a server; with the servers: cards, and `--eval-every` in epochs"},
    Flag{"MULTI_HLS_IPS", "", kText, "", kMapped, "servers, separated by commas; only their number counts"},
    Flag{"STOP_THRESHOLD", "", kNumber, "0.759 with USE_MLPERF", kMapped, "`--stop-target`"},
    Flag{"USE_MLPERF", "", kInteger, "0", kMapped,
         "1: batch 256, 8 cards, LARS, 36 epochs after 2 without evaluation, then one every 4 (`--set train.eval_offset=2epochs`)", "0|1"},
    Flag{"HLS_TYPE", "", kText, "HLS1", kNoted, "the type of a server, for its collective library"},
    Flag{"MPI_TPC_INCLUDE", "", kText, "enp3s0", kNoted, kMpi},
    Flag{"MPI_MAP_BY", "", kText, "socket", kNoted, kMpi},
    Flag{"MPI_MAP_BY_PE", "", kText, "", kNoted, kMpi},
    Flag{"TF_RECIPE_CACHE_PATH", "", kText, "", kNoted, "nothing is compiled at run time"},
};

}  // namespace

std::span<const Flag> demo_resnet_flags() { return kDemoResnet; }
std::span<const Flag> demo_keras_resnet_flags() { return kDemoKerasResnet; }
std::span<const Flag> demo_resnet_hvd_flags() { return kHvd; }
std::span<const Flag> demo_resnet_hvd_variables() { return kHvdVariables; }

}  // namespace fovea::compat
