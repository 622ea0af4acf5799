#include "fovea/report/config_text.h"

#include "fovea/base/strings.h"

namespace fovea::report {

namespace {

std::string scalar(std::string_view text) {
  if (!text.starts_with('"')) {
    const size_t comment = text.find(" #");
    return std::string(trim(text.substr(0, comment)));
  }
  std::string result;
  for (size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

}  // namespace

std::map<std::string, std::string, std::less<>> config_values(std::string_view yaml) {
  std::map<std::string, std::string, std::less<>> values;
  std::string section;
  for (const std::string& line : split(yaml, '\n')) {
    const std::string_view content = trim(line);
    const size_t colon = content.find(':');
    if (content.empty() || content.starts_with('#') || colon == std::string_view::npos) continue;
    const bool is_inside = line.starts_with(' ');
    const std::string key(trim(content.substr(0, colon)));
    const std::string value = scalar(trim(content.substr(colon + 1)));
    if (!is_inside) section = value.empty() || value.starts_with('#') ? key : "";
    if (is_inside || section.empty()) values[is_inside && !section.empty() ? section + "." + key : key] = value;
  }
  return values;
}

}  // namespace fovea::report
