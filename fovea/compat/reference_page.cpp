#include "fovea/compat/reference_page.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/compat/translate.h"

#include <algorithm>
#include <ranges>

namespace fovea::compat {

namespace {

constexpr std::string_view kIntroduction = R"(# From the reference's programs to Fovea

<!-- Written by `fovea compat reference`; a test compares it with the program. -->

"The reference" is a set of TensorFlow programs that train ResNets and SSD, whose recipes Fovea has. For ResNet: the launchers `demo_resnet`,
`demo_keras_resnet` and `demo_resnet_hvd.sh`, what they launch, `imagenet_main.py` (the estimator program) and `resnet_ctl_imagenet_main.py` (the
Keras program), and `preprocess_imagenet.py`; for SSD-ResNet34: `ssd.py`, its older launcher `demo_ssd.py`, and `create_coco_tf_record.py`; for both
`habana_model_runner.py`. "The document" is their manual. Their command lines run as they are, behind `fovea compat`:

```bash
fovea compat demo_resnet -d bf16 -s 1000              # runs what it stands for
fovea compat --dry-run demo_resnet -d bf16 -s 1000    # prints the command, to be copied, and runs nothing
fovea compat demo_resnet --help                       # every flag with what becomes of it
fovea compat --device cuda demo_resnet -d bf16        # on a GPU; the processor is the default
fovea compat NO_EVAL=1 IMAGENET_DIR=/path/to/imagenet ./demo_resnet_hvd.sh    # a whole line of a script, with its variables
fovea compat python3 ../imagenet_main.py --enable_lars                        # or its interpreter
fovea compat ssd.py -d bf16 -b 128 -e 64              # the detector; --mode eval and --inference PICTURE too
```

The commands go to standard output, notes to standard error, so that `fovea compat --dry-run ... > run.sh` is a script. Every flag of every
program is in the tables below: mapped, accepted with a note why it has no meaning here, or refused with the reason. An unknown flag ends with
exit code 2 and the nearest known one.

- **Exit code**: that of the command that was run, 128 + N when signal N ended it. The reference's model runner loses it.
- **Signals** are passed on: Ctrl-C and SIGTERM save the run, which then exits with 75, and the same command continues it.
- **`--recover`** runs the same command again after a crash, an I/O error, or an interruption that nobody asked this process for. It ends when
  the training does, after three failures in a row without a newer checkpoint, and at once after what would only repeat itself: wrong
  command line, data, recipe, device or output (2, 65, 66, 69, 73, 78), and divergence (80). A command from `--dry-run` runs once.
- **Nothing is deleted.** Where the reference empties its default folder, a run of the same settings continues, and a folder with anything else
  in it is refused. The reference continues with other settings too, such as more epochs: for that take the command from `--dry-run` and
  add `--resume-with-changes`.
- **Several workers** are one process: W workers of B pictures become a batch of W x B in passes of B. Updates, rates and schedule are the
  same; batch norm sees B pictures at a time, as each worker did. Under `mpirun` it refuses.
- **Hyphens and underscores are equal** in flags, so that both spellings of `--use-horovod` work (D-11).

## Flags

The last column names the flag or key of `fovea train` that takes the value; `fovea train --help-all` explains those.
)";

constexpr std::string_view kDifferences = R"(
## What is done differently, and how to get the reference's way

D-1 and the like are the disagreements between the reference's document and its code; [numerics](numerics.md) has those of the computation in full.

| | reference | here | the reference's way |
|---|---|---|---|
| D-1 | the document says label smoothing 0.1 with SGD, the program uses 0 | 0, as the program | is the default |
| D-2 | the document says base rate 0.1 on several servers | 0.1 above 16 workers, as the program | is the default |
| D-3 | `--disable_warmup` has no effect | none either; a note says so | `--warmup_epochs=0` does what it says |
| D-4 | LARS above 8,191 pictures: rates by one worker's batch | by the global batch, as the document says | `--set optim.lars_bands=false` |
| D-5 | LARS decays weights twice | once | `--set optim.lars_double_decay=true` |
| D-6 | the document says crops of 8 to 100 % of the area | 10 to 100 % in effect, side uniform, as the program | is the default of these recipes |
| D-9 | the document says 0.128 and 3 epochs of warm-up for Keras | 0.1 and 5, as the program | is the default of `resnet50-keras` |
| D-10 | the document says that steps do not count with several epochs; the Keras program then trains one epoch | one epoch, as the program | is the default; `fovea train --steps` without the limit |
| D-11 | the document spells `--use-horovod`, the launcher takes `--use_horovod` | both | none needed |
| D-12 | the document gives `demo_keras_resnet` `-rs 101` and evaluation batches as `-l`; it refuses the one and loops by the other | `-rs` is the network, `-l` has no meaning | `--set train.eval_images=` is what the document means by `-l` |
| D-13 | the document's figures are of SGD and 90 epochs; its `demo_resnet_hvd.sh` commands train 38 with LARS | as the program | the document's: `USE_LARS_OPTIMIZER=0 TRAIN_EPOCHS=90` |
| D-15 | SSD: batches that are not full are left out, so that 4,992 of 5,000 validation pictures are scored | each one once | none |
| D-16 | SSD: the document says that the training time is printed, the program does not print it | the log and the report have it | none |
| D-17 | SSD: the document says summaries, the program writes loss and step rate | those under their names, and all other figures | is the default |
| D-18 | SSD: the document names `--num_steps` and `--save_checkpoints_steps`, the program has neither | both, as their names say | none needed |
| D-19 | records from captions alone have no boxes | refused with the reason | none |
| D-26 | SSD: a resumed run trains all of `--epochs` or `--steps` again on top of what is done, and `--profile` counts from there | the same command continues to `--epochs` or `--steps` in all; `--profile` counts from the first step of the run | the sum as `--epochs` or `--steps`, with `--resume-with-changes`; the sums in `--profile` |
| rates | SSD: a `--lr_warmup_epoch` beyond the plateau or a `--k` of -10 or less leaves out parts of the schedule | refused | none |
| curves | SSD: `--mode eval` writes `accuracy` (AP) and the twelve `COCO/AP`, ... for TensorBoard into `model_dir/eval` | a table, or JSON with `--json`; of a run also `eval/step-N/metrics.json` | evaluations of `fovea train --tb-tags tf` write them there |
| D-27 | SSD: `--inference` gives the network pixels without mean and deviation, blue first | as in training | none |
| evaluation | SSD: only by `--mode eval`, and the checkpoint of the best score is not known | the same | `fovea train` without `--eval-every none` evaluates and keeps the best |
| D-28 | 50,176 or 49,920 validation pictures are scored | each one once | none |
| D-29 | `demo_keras_resnet --use-horovod` is passed to nothing | no effect; a note says so | none needed |
| export | a SavedModel | an ONNX file | none |
| JPEG | decoded with the fast inverse transform | with the accurate one | `--set data.fast_idct=true` |

## Example commands of the documents

Every example command of the reference's document, the Fovea commands that it stands for, and what came of it; the one that the document begins with
`mpirun` without that, and with the number of workers. Each is run by `tests/cli/compat_examples_test.sh` on the processor, with paths to small sets:
pictures of 32 px, a batch of 4 and 2 steps; SSD always sees 300 px, with a batch of 1. Paths are shortened; `HOME` is `/home/user1`.
)";

constexpr std::string_view kConfigForm = R"(
## The YAML file of the model runner

```yaml
model: resnet_estimator        # must be what --model says
env_variables:                 # set for the command; TF_*, HABANA_* and LD_PRELOAD are left out, they are the framework's
  OMP_NUM_THREADS: 8
parameters:                    # flags of the program; maps in it are flattened, null is left out
  batch_size: 128
  data_dir: ~/imagenet/tf_records
  use_horovod: true            # --use_horovod=N with N of num_workers_per_hls, else 8
  num_workers_per_hls: 8
  store_true: [no_hpu]         # switches without a value
```

The files that the reference ships; of that for SSD what its program still takes, without six switches of the accelerator:
)";

std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string names(const Program& program, const Flag& flag, bool is_variable) {
  if (is_variable) return std::string(flag.name);
  const std::string_view prefix = program.style == Style::kAbsl ? "--no" : "";
  const bool negates = program.style == Style::kAbsl && (flag.kind == Kind::kBoolean || flag.kind == Kind::kWorkers);
  return fmt::format("{}--{}{}", flag.short_name.empty() ? "" : fmt::format("-{}, ", flag.short_name), flag.name,
                     negates ? fmt::format(", {}{}", prefix, flag.name) : "");
}

std::string_view type_name(const Flag& flag) {
  switch (flag.kind) {
    case Kind::kSwitch: return "switch";
    case Kind::kBoolean: return "boolean";
    case Kind::kInteger: return "integer";
    case Kind::kNumber: return "number";
    case Kind::kWorkers: return "boolean or count";
    case Kind::kText: break;
  }
  return "text";
}

std::string type_text(const Flag& flag) { return flag.choices.empty() ? std::string(type_name(flag)) : join(split(flag.choices, '|'), ", "); }

// "accepted: why", "refused: why"; what is mapped says so itself.
std::string fate_text(const Flag& flag) {
  switch (flag.fate) {
    case Fate::kMapped: return std::string(flag.text);
    case Fate::kNoted: return fmt::format("accepted, no meaning: {}", flag.text);
    case Fate::kRefused: break;
  }
  std::vector<std::string> harmless = split(flag.harmless, '|');
  harmless.insert(harmless.begin(), std::string(flag.standard));
  std::erase(harmless, "");
  return fmt::format("refused{}{}: {}", harmless.empty() ? "" : " unless ", join(harmless, ", "), flag.text);
}

std::string table(const Program& program, std::span<const Flag> flags, bool is_variable) {
  std::string text = fmt::format("\n| {} | type | default | what becomes of it |\n|---|---|---|---|\n", is_variable ? "variable" : "flag");
  for (const Flag& flag : flags) {
    const std::string standard = flag.standard.empty() ? "" : fmt::format("`{}`", flag.standard);
    text += fmt::format("| `{}` | {} | {} | {} |\n", names(program, flag, is_variable), type_text(flag), cell(standard), cell(fate_text(flag)));
  }
  return text;
}

Surroundings page_surroundings(std::string_view environment) {
  Surroundings surroundings;
  surroundings.environment = {"HOME=/home/user1"};
  for (const std::string& line : split(environment, ' ')) {
    if (!line.empty()) surroundings.environment.push_back(line);
  }
  surroundings.exists = [](const std::string&) { return true; };
  surroundings.read_file = [](const std::string& path) { return std::string(shipped_config(path)); };
  return surroundings;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result = split(text, ' ');
  std::erase(result, "");
  return result;
}

std::string typed_line(const Example& example) { return join(words(fmt::format("{} {} {}", example.environment, example.program, example.arguments)), " "); }

std::string example_rows() {
  std::string text;
  std::string_view heading;
  for (const Example& example : examples()) {
    if (example.heading != heading) text += fmt::format("\n### {}\n\n| command | stands for | outcome |\n|---|---|---|\n", example.heading);
    heading = example.heading;
    const std::string program = words(example.program).back();
    const Translation translation = translate(program, words(example.arguments), page_surroundings(example.environment));
    std::string commands;
    for (const Command& command : translation.commands) commands += fmt::format("{}`{}`", commands.empty() ? "" : ", then ", shell_line(command));
    text += fmt::format("| `{}` | {} | {} |\n", typed_line(example), cell(commands), cell(example.outcome));
  }
  return text;
}

}  // namespace

std::string flag_list(const Program& program) {
  std::string text = fmt::format("{}: {}\n\n", program.file, program.text);
  for (const Example& example : examples() | std::views::reverse) {  // the later ones say more
    if (known_program(words(example.program).back()) != &program) continue;
    text += fmt::format("For example: fovea compat {}\n\n", typed_line(example));
    break;
  }
  text += "Below each name stands what becomes of it: flags and keys of fovea train, or why it has no meaning here or is refused.\n";
  const auto add = [&](std::span<const Flag> flags, bool is_variable) {
    for (const Flag& flag : flags) {
      std::string fate = fate_text(flag);
      std::erase(fate, '`');
      const std::string standard = flag.standard.empty() ? "" : fmt::format(" (default {})", flag.standard);
      text += fmt::format("\n  {}  {}{}\n      {}\n", names(program, flag, is_variable), type_text(flag), standard, fate);
    }
  };
  add(program.flags, false);
  if (!program.variables.empty()) text += "\nEnvironment:\n";
  add(program.variables, true);
  return text;
}

std::string reference_page() {
  std::string page(kIntroduction);
  for (const Program& program : programs()) {
    page += fmt::format("\n### `{}`: {}\n", program.file, program.text);
    page += table(program, program.flags, false);
    if (!program.variables.empty()) page += table(program, program.variables, true);
  }
  page += kDifferences;
  page += example_rows();
  page += kConfigForm;
  for (const std::string_view name : {"resnet_estimator_default.yaml", "resnet_keras_default.yaml", "ssd_resnet34_default.yaml"}) {
    page += fmt::format("\n```yaml\n# {}\n{}```\n", name, shipped_config(name));
  }
  return page;
}

}  // namespace fovea::compat
