#include "fovea/train/init_source.h"

#include "fovea/base/fields.h"

namespace fovea::train {

InitSource init_source_from(const std::string& text) {
  std::error_code ignored;  // what cannot be looked at does not exist for this purpose
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || fs::exists(text, ignored)) return {.path = text};
  const std::string path = text.substr(0, colon), part = text.substr(colon + 1);
  if (const auto known = FieldType<InitPart>::parse(part)) return {.path = path, .part = *known};
  if (part.find('/') != std::string::npos || !fs::exists(path, ignored)) return {.path = text};  // then the whole is what does not exist
  const std::vector<std::string> names(kInitPartNames.begin(), kInitPartNames.end());
  fail(ErrorCode::kUsage, Advice{fmt::format("--init {}:backbone", path)}, "--init: \"{}\" is no part of a network{}", part, suggestion(part, names));
}

std::string init_text(const InitSource& source) {
  const fs::path path = fs::absolute(source.path).lexically_normal();
  return fmt::format("{}:{}", (path.has_filename() ? path : path.parent_path()).string(), FieldType<InitPart>::print(source.part));
}

}  // namespace fovea::train
