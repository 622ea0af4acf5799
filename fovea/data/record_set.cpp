#include "fovea/data/record_set.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <tuple>

namespace fovea::data {
namespace {

// spec 2.5 (preprocess_imagenet.py and its mini_imagenet flag); user-experience (c), "Files of a run"
constexpr std::array<std::string_view, 3> kTrainPrefixes{"img_train", "train", "imagenet_train_subset"};
constexpr std::array<std::string_view, 4> kValidationPrefixes{"img_val", "validation", "val", "imagenet_val_subset"};
constexpr std::array<std::string_view, 2> kSuffixes{"", ".tfrecord"};
constexpr int64_t kMaxShards = 1'000'000;  // chosen: a larger count in a name is not one of ours
constexpr size_t kMaxNamesInMessage = 8;   // chosen: fits a line or two

std::span<const std::string_view> prefixes(Split split) {
  if (split == Split::kTrain) return kTrainPrefixes;
  return kValidationPrefixes;
}

struct ShardKey {
  std::string prefix;
  int64_t count = 0;
  std::string suffix;
  auto operator<=>(const ShardKey&) const = default;
};

struct ShardName {
  ShardKey key;
  int64_t index = 0;
};

std::optional<int64_t> digits(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return parse_int(text);
}

std::optional<ShardName> parse_name(std::string_view name, Split split) {
  for (const std::string_view prefix : prefixes(split)) {
    if (!name.starts_with(prefix) || !name.substr(prefix.size()).starts_with('-')) continue;
    for (const std::string_view suffix : kSuffixes) {
      std::string_view middle = name.substr(prefix.size() + 1);
      if (!middle.ends_with(suffix)) continue;
      middle.remove_suffix(suffix.size());
      const size_t of = middle.find("-of-");
      if (of == std::string_view::npos) continue;
      const auto index = digits(middle.substr(0, of));
      const auto count = digits(middle.substr(of + 4));
      if (!index || !count || *count < 1 || *count > kMaxShards || *index >= *count) continue;
      return ShardName{.key = {.prefix = std::string(prefix), .count = *count, .suffix = std::string(suffix)}, .index = *index};
    }
  }
  return std::nullopt;
}

using Shards = std::map<int64_t, fs::path>;

RecordSet complete_set(const fs::path& folder, const ShardKey& key, Shards shards) {
  RecordSet set{.pattern = (folder / fmt::format("{}-*-of-{:05}{}", key.prefix, key.count, key.suffix)).string()};
  std::vector<std::string> missing;
  int64_t missing_count = 0;
  for (int64_t index = 0; index < key.count; ++index) {
    const auto found = shards.find(index);
    if (found != shards.end()) {
      set.files.push_back(std::move(found->second));
    } else if (++missing_count <= static_cast<int64_t>(kMaxNamesInMessage)) {
      missing.push_back(shard_name(key.prefix, index, key.count) + key.suffix);
    }
  }
  if (missing_count > 0) {
    if (missing_count > static_cast<int64_t>(missing.size()))
      missing.push_back(fmt::format("and {} more", missing_count - static_cast<int64_t>(missing.size())));
    fail(ErrorCode::kData, Advice{"copy the missing files there, or finish the conversion by running it again"}, "\"{}\": {} of {} files missing: {}",
         set.pattern, missing_count, key.count, join(missing, ", "));
  }
  return set;
}

void collect(const fs::path& folder, Split split, std::vector<RecordSet>& sets) {
  std::map<ShardKey, Shards> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, error)) {
    if (const auto name = parse_name(entry.path().filename().string(), split)) found[name->key][name->index] = entry.path();
  }
  if (error) fail(ErrorCode::kIo, Advice{"check its permissions"}, "cannot list folder \"{}\": {}", folder.string(), error.message());
  for (auto& [key, shards] : found) sets.push_back(complete_set(folder, key, std::move(shards)));
}

}  // namespace

std::string record_patterns(Split split) {
  std::vector<std::string> patterns;
  for (const std::string_view prefix : prefixes(split)) patterns.push_back(fmt::format("{}-*-of-*", prefix));
  return join(patterns, ", ");
}

std::vector<RecordSet> find_record_sets(const fs::path& folder, Split split) {
  std::vector<RecordSet> sets;
  collect(folder, split, sets);
  std::vector<fs::path> below;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory(error) && !entry.path().filename().string().starts_with('.')) below.push_back(entry.path());
  }
  std::sort(below.begin(), below.end());
  for (const fs::path& sub : below) collect(sub, split, sets);
  return sets;
}

std::string shard_name(std::string_view prefix, int64_t index, int64_t count) { return fmt::format("{}-{:05}-of-{:05}", prefix, index, count); }

}  // namespace fovea::data
