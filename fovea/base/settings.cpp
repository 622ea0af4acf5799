#include "fovea/base/settings.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace fovea {

std::vector<SettingChange> changes(const Settings& before, const Settings& after) {
  std::set<std::string> keys;
  for (const auto& [key, text] : before) keys.insert(key);
  for (const auto& [key, text] : after) keys.insert(key);
  const auto text_in = [](const Settings& settings, const std::string& key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string("(absent)") : found->second;
  };
  std::vector<SettingChange> result;
  for (const std::string& key : keys) {
    SettingChange change{.key = key, .before = text_in(before, key), .after = text_in(after, key)};
    if (change.before != change.after) result.push_back(std::move(change));
  }
  return result;
}

std::string text_of(const SettingChange& change) { return fmt::format("{}: {} -> {}", change.key, change.before, change.after); }

}  // namespace fovea
