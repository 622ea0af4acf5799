#include "fovea/io/tf_bundle_path.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <algorithm>

namespace fovea::io {
namespace {

constexpr std::string_view kState = "checkpoint", kIndex = ".index";
constexpr std::string_view kKey = "model_checkpoint_path", kAllKey = "all_model_checkpoint_paths";  // CheckpointState of checkpoint_state.proto, as text

bool is_file(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at does not exist for this purpose
  return fs::is_regular_file(path, ignored);
}

fs::path index_of(fs::path prefix) { return prefix += kIndex; }

/// A text of protobuf's text form: in quotes, with C's escapes.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || (text.front() != '"' && text.front() != '\'') || text.back() != text.front()) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string result;
  while (!text.empty()) {
    size_t used = 1;
    char next = text[0];
    if (next == '\\') {
      if (text.size() < 2) return std::nullopt;
      next = text[1];
      used = 2;
      if (next >= '0' && next <= '7') {  // the bytes of letters beyond ASCII: up to three octal digits
        const size_t end = std::min(text.find_first_not_of("01234567", 1), std::min(text.size(), size_t{4}));
        int value = 0;
        for (used = 1; used < end; ++used) value = 8 * value + (text[used] - '0');
        next = static_cast<char>(value);
      } else if (next != '\\' && next != '"' && next != '\'') {
        return std::nullopt;  // line breaks and the like: no name that anyone gives
      }
    }
    result += next;
    text.remove_prefix(used);
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') result += '\\';
    result += each;
  }
  return result + '"';
}

/// The names that the file "checkpoint" has under this key.
std::vector<std::string> names_in(const fs::path& state, std::string_view key) {
  constexpr int64_t kMaxBytes = int64_t{1} << 20;  // chosen: thousands of names
  std::vector<std::string> names;
  for (const std::string& line : split(read_text(state, kMaxBytes), '\n')) {
    std::string_view rest = trim(line);
    if (!rest.starts_with(key)) continue;
    rest = trim(rest.substr(key.size()));
    if (!rest.starts_with(':')) continue;
    if (auto name = unquoted(trim(rest.substr(1))); name && !name->empty()) names.push_back(std::move(*name));
  }
  return names;
}

/// What the file "checkpoint" calls the newest.
std::string newest_in(const fs::path& state) {
  if (const std::vector<std::string> names = names_in(state, kKey); !names.empty()) return names.front();
  fail(ErrorCode::kData, Advice{"name the checkpoint itself: DIR/model.ckpt-N"}, "\"{}\" names no checkpoint: it has no line {}: \"NAME\"", state.string(),
       kKey);
}

std::optional<TfBundlePath> named_in(const fs::path& state, const fs::path& named) {
  const fs::path folder = state.parent_path();
  if (const fs::path there = folder / named; is_file(index_of(there))) return TfBundlePath{.prefix = there};
  const fs::path beside = folder / named.filename();
  if (!is_file(index_of(beside))) return std::nullopt;
  return TfBundlePath{
      .prefix = beside,
      .remark = fmt::format("\"{}\" names \"{}\", which is not there; \"{}\" is taken, which lies beside it", state.string(), named.string(), beside.string())};
}

TfBundlePath from_state(const fs::path& state) {
  const fs::path named = newest_in(state);
  if (auto found = named_in(state, named)) return *std::move(found);
  fail(ErrorCode::kMissing, Advice{"copy its .index and .data files beside it, or name another checkpoint: DIR/model.ckpt-N"},
       "\"{}\" names \"{}\", which is neither there nor beside it", state.string(), named.string());
}

/// The prefix of one of the files of a checkpoint.
std::optional<fs::path> prefix_of(const fs::path& file) {
  const std::string ending = file.extension().string();
  if (ending != kIndex && ending != ".meta" && !matches_pattern(ending, ".data-*-of-*")) return std::nullopt;
  return fs::path(file).replace_extension();
}

/// N of "model.ckpt-N".
std::optional<int64_t> step_in_name(const fs::path& prefix) {
  const std::string name = prefix.filename().string();
  return parse_int(std::string_view(name).substr(name.rfind('-') + 1));  // npos + 1 is 0
}

}  // namespace

std::optional<TfBundlePath> find_tf_bundle(const fs::path& path) {
  if (is_file(path)) {
    if (path.filename() == kState) return from_state(path);
    if (const auto prefix = prefix_of(path)) return TfBundlePath{.prefix = *prefix};
    return std::nullopt;
  }
  std::error_code ignored;  // as above
  if (!fs::is_directory(path, ignored)) return is_file(index_of(path)) ? std::optional(TfBundlePath{.prefix = path}) : std::nullopt;
  if (is_file(path / kState)) return from_state(path / kState);
  const std::vector<fs::path> indices = glob((path / "*.index").string());
  if (indices.empty()) return std::nullopt;
  if (indices.size() == 1) return TfBundlePath{.prefix = *prefix_of(indices.front())};
  std::vector<std::string> names;
  for (const fs::path& index : indices) names.push_back(prefix_of(index)->filename().string());
  fail(ErrorCode::kData, Advice{fmt::format("name the one that you mean: {}", prefix_of(indices.back())->string())},
       "\"{}\" has {} checkpoints and no file \"{}\" that says which is the newest: {}", path.string(), indices.size(), kState, join_first(names));
}

TfBundleList listed_tf_bundles(const fs::path& path) {
  const fs::path state = path.filename() == kState && is_file(path) ? path : path / kState;
  if (!is_file(state)) return {};
  std::vector<std::string> names = names_in(state, kAllKey);
  if (names.empty()) names.push_back(newest_in(state));
  TfBundleList list;
  for (std::string& name : names) {
    if (step_in_name(name) == 0) continue;
    if (auto found = named_in(state, name)) {
      list.prefixes.push_back(std::move(found->prefix));
    } else {
      list.vanished.push_back(std::move(name));
    }
  }
  std::ranges::stable_sort(list.prefixes, {}, step_in_name);
  return list;
}

void name_tf_bundle(const fs::path& prefix) {
  const fs::path state = prefix.parent_path() / kState;
  const std::string name = in_quotes(prefix.filename().string());
  if (!fs::exists(state)) write_atomically(state, fmt::format("{}: {}\n{}: {}\n", kKey, name, kAllKey, name));
}

}  // namespace fovea::io
