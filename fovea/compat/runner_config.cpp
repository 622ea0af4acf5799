#include "fovea/compat/runner_config.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/compat/arguments.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace fovea::compat {

namespace {

constexpr size_t kMaxBytes = size_t{1} << 20;  // chosen: hundreds of times the largest that was shipped
constexpr size_t kMaxDepth = 8;                // chosen: the shipped files have 3; the parser recurses
constexpr int kDefaultWorkers = 8;             // spec 5: what the reference means to take

struct Value {
  std::string text;
  bool is_plain = false;  // without quotes: may be null or a boolean
};

struct Leaf {
  std::string section;  // the first key of the path
  std::string key;      // the last one
  std::vector<Value> values;
  bool is_list = false;
  int line = 0;
};

bool is_null(const Value& value) { return value.is_plain && (value.text.empty() || value.text == "~" || normal_name(value.text) == "null"); }

// YAML 1.1, which the reference's reader takes.
std::optional<bool> as_boolean(const Value& value) {
  if (!value.is_plain) return std::nullopt;
  const std::string lower = normal_name(value.text);
  if (lower == "true" || lower == "yes" || lower == "on") return true;
  if (lower == "false" || lower == "no" || lower == "off") return false;
  return std::nullopt;
}

// Collects the leaves of one document from the parser's events. No tree is built, so that aliases cannot multiply and depth cannot grow.
class Collector final : public YAML::EventHandler {
 public:
  explicit Collector(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] std::vector<Leaf> take() { return std::move(leaves_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) wrong(mark, "a second document begins here; expected one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (levels_.empty()) return;  // an empty file
    scalar(mark, "", anchor, {.text = "", .is_plain = true});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { wrong(mark, "an alias (*name) is not possible here"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    scalar(mark, tag, anchor, {.text = value, .is_plain = tag != "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    if (levels_.size() < 2 || levels_.back().is_list || !levels_.back().key) wrong(mark, "a list is not possible here");
    leaves_.push_back({.section = *levels_.front().key, .key = *levels_.back().key, .values = {}, .is_list = true, .line = mark.line + 1});
    levels_.push_back({.is_list = true});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    if (!levels_.empty() && (levels_.back().is_list || !levels_.back().key)) wrong(mark, "keys are not possible here");
    if (levels_.size() == kMaxDepth) wrong(mark, fmt::format("more than {} levels", kMaxDepth));
    levels_.push_back({});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    bool is_list = false;
    std::optional<std::string> key = std::nullopt;  // that waits for its value
    std::map<std::string, int> lines = {};          // of the keys met
  };

  [[noreturn]] void wrong(const YAML::Mark& mark, const std::string& message) const {
    fail(ErrorCode::kConfig, Advice{"docs/migrating.md has the form of the file"}, "{}:{}: {}", file_, mark.line + 1, message);
  }

  void refuse_extras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor) wrong(mark, "an anchor (&name) is not possible here");
    if (!tag.empty() && tag != "?" && tag != "!") wrong(mark, fmt::format("a tag ({}) is not possible here", tag));
  }

  void close() {
    levels_.pop_back();
    if (!levels_.empty()) levels_.back().key.reset();
  }

  void scalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Value value) {
    refuse_extras(mark, tag, anchor);
    if (levels_.empty()) wrong(mark, fmt::format("expected \"model:\", \"env_variables:\" and \"parameters:\", found \"{}\"", value.text));
    Level& level = levels_.back();
    if (level.is_list) {
      leaves_.back().values.push_back(std::move(value));
    } else if (!level.key) {
      take_key(mark, value.text);
    } else {
      leaves_.push_back({.section = *levels_.front().key, .key = *level.key, .values = {std::move(value)}, .is_list = false, .line = mark.line + 1});
      level.key.reset();
    }
  }

  void take_key(const YAML::Mark& mark, const std::string& key) {
    static const std::vector<std::string> sections{"model", "env_variables", "parameters"};
    Level& level = levels_.back();
    if (levels_.size() == 1 && std::ranges::find(sections, key) == sections.end())
      wrong(mark, fmt::format("{} is not known{}", key, suggestion(key, sections)));
    if (const auto [first, is_new] = level.lines.try_emplace(key, mark.line + 1); !is_new) {
      wrong(mark, fmt::format("{} is given a second time; the first is in line {}", key, first->second));
    }
    level.key = key;
  }

  std::string file_;
  std::vector<Leaf> leaves_;
  std::vector<Level> levels_;
  int documents_ = 0;
};

std::vector<Leaf> read_leaves(std::string_view text, const std::string& file) {
  if (text.size() > kMaxBytes) fail(ErrorCode::kConfig, "{}: {} is too much for such a file", file, format_bytes(static_cast<double>(text.size())));
  std::istringstream stream{std::string(text)};
  Collector collector(file);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(collector)) {
    }
  } catch (const YAML::Exception& error) {
    fail(ErrorCode::kConfig, "{}:{}: not YAML: {}", file, error.mark.line + 1, error.msg);
  }
  return collector.take();
}

// "~/x", "$NAME/x", "${NAME}/x"; unset variables stay as they are.
std::string expanded(const std::string& text, const std::vector<std::string>& environment) {
  std::string result;
  size_t at = 0;
  if (text == "~" || text.starts_with("~/")) {
    result = variable(environment, "HOME").value_or("~");
    at = 1;
  }
  while (at < text.size()) {
    if (text[at] != '$') {
      result += text[at++];
      continue;
    }
    const bool has_braces = at + 1 < text.size() && text[at + 1] == '{';
    const size_t begin = at + (has_braces ? 2 : 1);
    size_t end = begin;
    while (end < text.size() && is_name_char(text[end])) ++end;
    const bool is_closed = !has_braces || (end < text.size() && text[end] == '}');
    const std::optional<std::string> value = is_closed && end > begin ? variable(environment, text.substr(begin, end - begin)) : std::nullopt;
    const size_t next = end + (has_braces && is_closed ? 1 : 0);
    result += value ? *value : text.substr(at, next - at);
    at = next;
  }
  return result;
}

std::string value_text(const Value& value, const std::vector<std::string>& environment) {
  if (const std::optional<bool> boolean = as_boolean(value)) return *boolean ? "True" : "False";
  return expanded(value.text, environment);
}

int64_t horovod_workers(const std::vector<Leaf>& leaves, const std::string& file) {
  for (const Leaf& leaf : leaves) {
    if (leaf.key != "num_workers_per_hls" || leaf.is_list || is_null(leaf.values.front())) continue;
    const std::optional<int64_t> workers = parse_int(leaf.values.front().text);
    if (!workers || *workers < 1) {
      fail(ErrorCode::kConfig, "{}:{}: num_workers_per_hls: expected an integer of at least 1, found \"{}\"", file, leaf.line, leaf.values.front().text);
    }
    if (*workers > 1) return *workers;
  }
  return kDefaultWorkers;
}

void add_parameter(const Leaf& leaf, const std::vector<Leaf>& all, const std::string& file, const std::vector<std::string>& environment, RunnerConfig& config) {
  if (leaf.is_list) {
    std::vector<std::string> items;
    for (const Value& value : leaf.values) items.push_back(value_text(value, environment));
    if (leaf.key == "store_true") {
      for (const std::string& item : items) config.arguments.push_back("--" + item);
    } else if (!items.empty()) {
      config.arguments.push_back(fmt::format("--{}={}", leaf.key, join(items, ",")));
    }
    return;
  }
  const Value& value = leaf.values.front();
  if (is_null(value) || leaf.key == "num_workers_per_hls") return;
  if (leaf.key == "use_horovod" && as_boolean(value) == false) return;
  const bool is_horovod = leaf.key == "use_horovod" && as_boolean(value) == true;
  config.arguments.push_back(fmt::format("--{}={}", leaf.key, is_horovod ? fmt::format("{}", horovod_workers(all, file)) : value_text(value, environment)));
}

}  // namespace

RunnerConfig read_runner_config(std::string_view text, const std::string& file, const std::vector<std::string>& environment) {
  const std::vector<Leaf> leaves = read_leaves(text, file);
  RunnerConfig config;
  for (const Leaf& leaf : leaves) {
    const auto wrong = [&](std::string_view message) { fail(ErrorCode::kConfig, "{}:{}: {}: {}", file, leaf.line, leaf.key, message); };
    if (leaf.section == "parameters" && leaf.key != leaf.section) {
      add_parameter(leaf, leaves, file, environment, config);
    } else if (leaf.section == "env_variables" && leaf.key != leaf.section) {
      if (leaf.is_list) wrong("a list is not possible here");
      if (!std::ranges::all_of(leaf.key, is_name_char) || leaf.key.empty()) wrong("expected the name of an environment variable");
      if (!is_null(leaf.values.front())) config.environment.push_back(fmt::format("{}={}", leaf.key, expanded(leaf.values.front().text, environment)));
    } else if (leaf.section == "model") {
      if (leaf.key != leaf.section || is_null(leaf.values.front())) wrong("expected one name");
      config.model = leaf.values.front().text;
    } else if (!is_null(leaf.values.front())) {
      wrong(fmt::format("expected keys below it, found \"{}\"", leaf.values.front().text));
    }
  }
  if (config.model.empty()) fail(ErrorCode::kConfig, "{}: there is no \"model:\" in it", file);
  return config;
}

}  // namespace fovea::compat
