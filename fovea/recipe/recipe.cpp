#include "fovea/recipe/recipe.h"

#include "fovea/recipe/builtin.h"
#include "fovea/recipe/keys.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <utility>

namespace fovea::recipe {

namespace {

constexpr int64_t kMaxBytes = int64_t{1} << 20;  // chosen: hundreds of times the largest recipe

// One value with its place. Top-level texts (name, description, recipe) have no dot in their key.
struct Entry {
  std::string key;
  std::string text;
  int line = 0;
};

// Collects the entries of one document from the parser's events. No tree is built, so that aliases cannot multiply and depth cannot grow.
class Collector final : public YAML::EventHandler {
 public:
  explicit Collector(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] std::vector<Entry> take() { return std::move(entries_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) wrong(mark, "a second document begins here; a recipe is one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_extras(mark, "", anchor);
    if (level_ == Level::kOutside) wrong(mark, "there is nothing in it; expected sections such as \"optim:\"");
    if (level_ == Level::kList || !has_key_) wrong(mark, "an empty value is not possible here");
    if (level_ == Level::kTop && is_section(key_)) {
      has_key_ = false;  // a section whose keys are all commented out
      return;
    }
    wrong(mark, fmt::format("{} has no value; write none to leave it unset", full_key()));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { wrong(mark, "an alias (*name) is not possible in a recipe; put texts with * into quotes"); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    refuse_extras(mark, tag, anchor);
    if (level_ == Level::kOutside) wrong(mark, fmt::format("expected sections such as \"optim:\", found \"{}\"", value));
    if (level_ == Level::kList) {
      if (value.find_first_of(",[]") != std::string::npos) wrong(mark, fmt::format("{}: a comma or bracket inside \"{}\" is not possible", full_key(), value));
      list_.push_back(value);
    } else if (!has_key_) {
      take_key(mark, value);
    } else {
      refuse_octal(mark, tag, value);
      add(value);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    if (level_ != Level::kSection || !has_key_) {
      wrong(mark, level_ == Level::kList ? fmt::format("{}: a list inside a list is not possible", full_key()) : "a list is not possible here");
    }
    if (const Key* key = find_key(full_key()); key != nullptr && !key->field->kind.starts_with("list")) {
      wrong(mark, fmt::format("{}: expected {}, found a list", full_key(), key->field->kind));
    }
    level_ = Level::kList;
    list_.clear();
  }
  void OnSequenceEnd() override {
    level_ = Level::kSection;
    add(fmt::format("[{}]", join(list_, ", ")));
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    if (level_ == Level::kOutside) {
      level_ = Level::kTop;
    } else if (level_ == Level::kTop && has_key_ && is_section(key_)) {
      level_ = Level::kSection;
      section_ = key_;
      has_key_ = false;
    } else {
      if (level_ == Level::kTop && !has_key_) wrong(mark, "expected the name of a section");
      if (level_ == Level::kList) wrong(mark, fmt::format("{}: the list is not closed, or there are keys in it", full_key()));
      wrong(mark, fmt::format("{}: expected a value, found keys below it", full_key()));
    }
  }
  void OnMapEnd() override {
    level_ = level_ == Level::kSection ? Level::kTop : Level::kOutside;
    has_key_ = false;
  }

 private:
  enum class Level { kOutside, kTop, kSection, kList };

  [[noreturn]] void wrong(const YAML::Mark& mark, const std::string& message) const {
    fail(ErrorCode::kConfig, Advice{"fovea recipes show resnet50-sgd prints a complete example"}, "{}:{}: {}", file_, mark.line + 1, message);
  }

  static bool is_section(std::string_view name) {
    for (const std::string& section : section_names()) {
      if (section == name) return true;
    }
    return false;
  }
  static bool is_top_text(std::string_view name) { return name == "name" || name == "description" || name == "recipe"; }

  [[nodiscard]] std::string full_key() const { return level_ == Level::kTop ? key_ : section_ + "." + key_; }

  void refuse_extras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor) wrong(mark, "an anchor (&name) is not possible in a recipe");
    if (!tag.empty() && tag != "?" && tag != "!") wrong(mark, fmt::format("a tag ({}) is not possible in a recipe", tag));
  }

  // 010 is eight to some YAML readers and ten to others
  void refuse_octal(const YAML::Mark& mark, const std::string& tag, const std::string& value) const {
    const std::string_view digits = value.starts_with('-') || value.starts_with('+') ? std::string_view(value).substr(1) : value;
    const bool is_octal = tag != "!" && digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_octal) wrong(mark, fmt::format("{}: the leading zero of {} can be read as octal; leave it out", full_key(), value));
  }

  void take_key(const YAML::Mark& mark, const std::string& value) {
    key_ = normal_name(value);
    has_key_ = true;
    line_ = mark.line + 1;
    if (level_ == Level::kTop && !is_section(key_) && !is_top_text(key_)) {
      std::vector<std::string> known = section_names();
      known.insert(known.end(), {"name", "description", "recipe"});
      const bool is_option = find_key(value) != nullptr;
      wrong(mark, is_option ? fmt::format("{0} belongs under its section: write \"{1}:\" and below it \"  {2}: ...\"", value, value.substr(0, value.find('.')),
                                          value.substr(value.find('.') + 1))
                            : fmt::format("{} is not known{}", value, suggestion(key_, known)));
    }
    if (level_ == Level::kSection && find_key(full_key()) == nullptr)
      wrong(mark, fmt::format("{}.{} is not known{}", section_, value, key_suggestion(full_key())));
    if (const auto [first, is_new] = lines_.try_emplace(full_key(), line_); !is_new) {
      wrong(mark, fmt::format("{} is given a second time; the first is in line {}", full_key(), first->second));
    }
  }

  void add(const std::string& text) {
    if (level_ == Level::kTop && is_section(key_)) {
      fail(ErrorCode::kConfig, "{}:{}: section {}: expected keys below it, found \"{}\"", file_, line_, key_, text);
    }
    entries_.push_back({.key = full_key(), .text = text, .line = line_});
    has_key_ = false;
  }

  std::string file_;
  std::vector<Entry> entries_;
  std::map<std::string, int> lines_;  // of every key met
  int documents_ = 0;
  Level level_ = Level::kOutside;
  std::string section_, key_;
  bool has_key_ = false;
  int line_ = 0;
  std::vector<std::string> list_;
};

void refuse_tabs(std::string_view text, const std::string& file) {
  int line = 0;
  for (const std::string& row : split(text, '\n')) {
    ++line;
    const size_t content = row.find_first_not_of(" \t");
    if (row.substr(0, content).find('\t') != std::string::npos) fail(ErrorCode::kConfig, "{}:{}: a tab in the indentation; YAML wants spaces", file, line);
  }
}

std::vector<Entry> read_entries(std::string_view text, const std::string& file) {
  if (static_cast<int64_t>(text.size()) > kMaxBytes) fail(ErrorCode::kConfig, "{}: {} is too much for a recipe", file, format_bytes(double(text.size())));
  refuse_tabs(text, file);
  std::istringstream stream{std::string(text)};
  Collector collector(file);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(collector)) {
    }
  } catch (const YAML::Exception& error) {
    fail(ErrorCode::kConfig, "{}:{}: not YAML: {}", file, error.mark.line + 1, error.msg);
  }
  std::vector<Entry> entries = collector.take();
  if (entries.empty()) fail(ErrorCode::kConfig, "{}: there is nothing in it; expected sections such as \"optim:\"", file);
  return entries;
}

void apply_entry(Recipe& recipe, const Entry& entry, const std::string& file) {
  if (entry.key == "name") {
    recipe.name = entry.text;
  } else if (entry.key == "description") {
    recipe.description = std::string(trim(entry.text));
  } else {
    const std::string place = fmt::format("{}:{}", file, entry.line);
    apply_override(recipe, {.key = entry.key, .text = entry.text, .origin = place, .code = ErrorCode::kConfig});
  }
}

struct NamedText {
  std::string name;  // of the recipe
  std::string file;  // for messages
  std::string text;
};

NamedText find_recipe(const std::string& name) {
  if (const BuiltinRecipe* builtin = find_builtin(name)) {
    return {std::string(builtin->name), fmt::format("recipes/{}.yaml", builtin->name), std::string(builtin->text)};
  }
  const fs::path path(name);
  const bool is_path = name.find('/') != std::string::npos || path.extension() == ".yaml" || path.extension() == ".yml";
  if (!is_path) {
    fail(ErrorCode::kUsage, Advice{"fovea recipes list"}, "there is no recipe \"{}\"{}", name, suggestion(normal_name(name), builtin_names()));
  }
  return {path.stem().string(), name, read_text(path, kMaxBytes)};
}

// A recipe may build on one other: "recipe: NAME" at its top. That one may not, so that a recipe is read in two places at most.
void apply_named(Recipe& recipe, const std::string& name, bool may_build_on_another) {
  const NamedText source = find_recipe(name);
  recipe.name = source.name;
  const std::vector<Entry> entries = read_entries(source.text, source.file);
  for (const Entry& entry : entries) {
    if (entry.key != "recipe") continue;
    if (!may_build_on_another) {
      fail(ErrorCode::kConfig, "{}:{}: a recipe that another one builds on cannot build on \"{}\" itself", source.file, entry.line, entry.text);
    }
    apply_named(recipe, entry.text, false);
    recipe.name = source.name;
    recipe.expect = {};  // what the other one reaches says nothing about this one
    std::erase_if(recipe.origins, [](const auto& origin) { return origin.first.starts_with("expect."); });
  }
  for (const Entry& entry : entries) {
    if (entry.key != "recipe") apply_entry(recipe, entry, source.file);
  }
}

}  // namespace

void apply_yaml(Recipe& recipe, std::string_view text, const std::string& file) {
  for (const Entry& entry : read_entries(text, file)) {
    if (entry.key == "recipe") fail(ErrorCode::kConfig, "{}:{}: \"recipe:\" is not possible in a file of changes", file, entry.line);
    apply_entry(recipe, entry, file);
  }
}

void apply_kept(Recipe& recipe, const KeptRecipe& kept) {
  for (const auto& [name, text] : kept.settings) {
    const Key* key = find_key(name);
    if (key == nullptr) {
      fail(ErrorCode::kData, Advice{"use the version of fovea that wrote it"}, "{}: its recipe has a key \"{}\" that this version does not know", kept.where,
           one_line(name, kShownName));
    }
    assign(recipe, *key, text);
    recipe.origins[name] = kept.where;
  }
}

Recipe load_recipe(const Sources& sources) {
  Recipe recipe;
  !sources.kept.where.empty() ? apply_kept(recipe, sources.kept) : apply_named(recipe, sources.recipe, true);
  for (const fs::path& file : sources.files) apply_yaml(recipe, read_text(file, kMaxBytes), file.string());
  for (const Override& override : sources.overrides) apply_override(recipe, override);
  if (!recipe.train.eval_every && !recipe.origins.contains("train.keep_best")) recipe.train.keep_best = 0;  // its default is meant for runs with evaluations
  check_conflicts(recipe);
  return recipe;
}

}  // namespace fovea::recipe
