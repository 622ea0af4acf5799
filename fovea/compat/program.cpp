#include "fovea/compat/program.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace fovea::compat {

std::span<const Program> programs() {
  static const std::array table{
      Program{"demo_resnet", "demo_resnet", "ResNet and ResNeXt on one card, by the estimator program", Style::kShell, demo_resnet_flags(), {}},
      Program{"demo_keras_resnet", "demo_keras_resnet", "ResNet-50 on one card, by the Keras program", Style::kShell, demo_keras_resnet_flags(), {}},
      Program{"demo_resnet_hvd", "demo_resnet_hvd.sh", "the estimator program on the cards of one or more servers", Style::kEnvironment,
              demo_resnet_hvd_flags(), demo_resnet_hvd_variables()},
      Program{"imagenet_main", "imagenet_main.py", "the estimator program itself", Style::kAbsl, imagenet_main_flags(), main_program_variables()},
      Program{"resnet_ctl_imagenet_main", "resnet_ctl_imagenet_main.py", "the Keras program itself", Style::kAbsl, resnet_ctl_flags(),
              main_program_variables()},
      Program{"ssd", "ssd.py", "SSD-ResNet34: training, evaluation, and boxes on one picture", Style::kShell, ssd_flags(), {}},
      Program{"demo_ssd", "demo_ssd.py", "the launcher of older releases: the same flags and a number of workers", Style::kShell, demo_ssd_flags(), {}},
      Program{"preprocess_imagenet", "preprocess_imagenet.py", "ImageNet's pictures to TFRecords", Style::kAbsl, preprocess_imagenet_flags(), {}},
      Program{"create_coco_tf_record", "create_coco_tf_record.py", "one split of COCO's pictures to TFRecords", Style::kAbsl, create_coco_flags(), {}},
      Program{"habana_model_runner",
              "habana_model_runner.py",
              "the estimator program, the Keras program or ssd.py with flags from a YAML file",
              Style::kAbsl,
              habana_model_runner_flags(),
              {}},
  };
  return table;
}

namespace {

std::string_view base_name(std::string_view name) {
  std::string_view base = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  for (const std::string_view suffix : {".py", ".sh"}) {
    if (base.ends_with(suffix)) base.remove_suffix(suffix.size());
  }
  return base;
}

}  // namespace

const Program* known_program(std::string_view name) {
  const std::string base = normal_name(base_name(name));
  const auto found = std::ranges::find(programs(), base, &Program::name);
  return found == programs().end() ? nullptr : &*found;
}

const Program& find_program(std::string_view name) {
  if (const Program* program = known_program(name)) return *program;
  const std::string_view base = base_name(name);
  if (base == "mpirun")
    fail(ErrorCode::kUsage, Advice{"the same without mpirun; --use_horovod=N takes the number of workers"},
         "mpirun: Fovea is one process; name the program itself");
  std::vector<std::string> known;
  for (const Program& program : programs()) known.emplace_back(program.file);
  fail(ErrorCode::kUsage, Advice{"fovea compat"}, "there is no program \"{}\"{}", base, suggestion(base, known));
}

}  // namespace fovea::compat
