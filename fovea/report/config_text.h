// The few values of config.yaml that the page needs, read from the text that our own recipe printer wrote.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace fovea::report {

/// "optim.lr" -> "0.1", "name" -> "resnet18-small". Understands what is written there: sections, scalars plain or in double quotes, comments.
/// Lines of any other form are passed over.
std::map<std::string, std::string, std::less<>> config_values(std::string_view yaml);

}  // namespace fovea::report
