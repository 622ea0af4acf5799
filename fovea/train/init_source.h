// Where the first weights of a run come from, as --init says it: FILE[:part].
#pragma once

#include "fovea/base/file.h"

#include <array>
#include <string>
#include <string_view>

namespace fovea::train {

enum class InitPart { kAll, kBackbone };
inline constexpr std::array<std::string_view, 2> kInitPartNames{"all", "backbone"};
constexpr const auto& enum_names(InitPart) { return kInitPartNames; }

struct InitSource {
  fs::path path;  ///< a file of weights (safetensors, PyTorch), a checkpoint (also TensorFlow's), or a run
  InitPart part = InitPart::kAll;
  bool allows_partial = false;  ///< also when fewer than 90 % of the backbone's tensors fit
};

/// "r50.pth", "r50.pth:backbone". A path that exists is meant whole, whatever colons it has.
/// throws kUsage for a part that is not known, with the nearest
InitSource init_source_from(const std::string& text);

/// An absolute path and the part: what a run folder records.
std::string init_text(const InitSource& source);

}  // namespace fovea::train
