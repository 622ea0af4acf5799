// The programs of the reference whose command lines Fovea understands: one table of flags each, from which parsing, help and docs/migrating.md come.
#pragma once

#include <span>
#include <string_view>

namespace fovea::compat {

enum class Kind {
  kSwitch,   ///< shell: given or not
  kBoolean,  ///< absl: --x, --nox, --x=True
  kInteger,
  kNumber,
  kText,
  kWorkers,  ///< absl: as kBoolean, or a count of workers
};

enum class Fate {
  kMapped,   ///< becomes a part of the Fovea command
  kNoted,    ///< accepted; a note says why it has no meaning here
  kRefused,  ///< exit code 2 with the reason, unless the value asks for nothing: the default, or one of `harmless`
};

struct Flag {
  std::string_view name;        ///< without hyphens; '-' and '_' are equal when it is looked up
  std::string_view short_name;  ///< empty: none
  Kind kind = Kind::kText;
  std::string_view standard;  ///< the reference's default, as one would give it; empty: unset
  Fate fate = Fate::kMapped;
  std::string_view text;      ///< what it becomes, or why it has no meaning, or why it is refused
  std::string_view choices;   ///< "fp32|bf16": all that the reference takes; empty: anything of the kind
  std::string_view harmless;  ///< refused flags: further values that ask for nothing, "0|1"
};

enum class Style {
  kShell,        ///< -b 256, --batch-size 256
  kAbsl,         ///< --batch_size=256, -bs 256, --noflag
  kEnvironment,  ///< the flags are environment variables; only switches stand on the command line
};

struct Program {
  std::string_view name;  ///< "demo_resnet": without folder, .sh and .py
  std::string_view file;  ///< as it is called in the reference
  std::string_view text;  ///< one line
  Style style = Style::kShell;
  std::span<const Flag> flags;
  std::span<const Flag> variables;  ///< environment variables that it reads
};

/// In the order of docs/migrating.md.
std::span<const Program> programs();

/// `name` as people type it: "./demo_resnet", "imagenet_main", "path/imagenet_main.py". nullptr when there is none of it
const Program* known_program(std::string_view name);

/// The same; throws kUsage with the nearest name
const Program& find_program(std::string_view name);

// The tables, one source file each group.
std::span<const Flag> demo_resnet_flags();
std::span<const Flag> demo_keras_resnet_flags();
std::span<const Flag> demo_resnet_hvd_flags();
std::span<const Flag> demo_resnet_hvd_variables();
std::span<const Flag> imagenet_main_flags();
std::span<const Flag> resnet_ctl_flags();
std::span<const Flag> ssd_flags();
std::span<const Flag> demo_ssd_flags();
std::span<const Flag> preprocess_imagenet_flags();
std::span<const Flag> create_coco_flags();
std::span<const Flag> habana_model_runner_flags();
std::span<const Flag> main_program_variables();

}  // namespace fovea::compat
