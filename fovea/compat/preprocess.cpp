// preprocess_imagenet.py (spec 2.5).
#include "fovea/base/error.h"
#include "fovea/compat/arguments.h"
#include "fovea/compat/training.h"

namespace fovea::compat {

Translation translate_preprocess_imagenet(const std::vector<std::string>& arguments, const Surroundings& /*surroundings*/) {
  const Program& program = find_program("preprocess_imagenet");
  Translation translation;
  const Given given = read_arguments(program, arguments, translation.notes);
  const auto needed = [&](std::string_view name, std::string_view why) {
    const std::optional<std::string> value = given.text(name);
    if (!value) fail(ErrorCode::kUsage, Advice{"fovea compat preprocess_imagenet.py --help"}, "preprocess_imagenet.py: --{} must be given{}", name, why);
    return *value;
  };
  const std::string source = needed("raw_data_dir", ": Fovea downloads nothing");
  const std::string output = needed("local_scratch_dir", "");
  if (!given.text("gcs_upload")) translation.notes.emplace_back("without --nogcs_upload the reference uploads the result; Fovea uploads nothing");
  translation.commands.push_back({.arguments = {"data", "convert", "imagenet", source, output}, .environment = {}});
  return translation;
}

}  // namespace fovea::compat
