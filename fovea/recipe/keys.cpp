#include "fovea/recipe/keys.h"

#include <array>
#include <cmath>
#include <utility>

namespace fovea::recipe {

namespace {

struct Section {
  std::string_view name;
  const std::vector<Field>& (*fields)();
  const void* (*read)(const Recipe&);
  void* (*write)(Recipe&);
};

template <auto Member>
constexpr const void* read_section(const Recipe& recipe) {
  return &(recipe.*Member);
}
template <auto Member>
constexpr void* write_section(Recipe& recipe) {
  return &(recipe.*Member);
}

constexpr std::array kSections{
    Section{"model", &model::ModelOptions::fields, &read_section<&Recipe::model>, &write_section<&Recipe::model>},
    Section{"data", &data::DataOptions::fields, &read_section<&Recipe::data>, &write_section<&Recipe::data>},
    Section{"optim", &optim::OptimOptions::fields, &read_section<&Recipe::optim>, &write_section<&Recipe::optim>},
    Section{"train", &train::TrainOptions::fields, &read_section<&Recipe::train>, &write_section<&Recipe::train>},
    Section{"expect", &Expectation::fields, &read_section<&Recipe::expect>, &write_section<&Recipe::expect>},
};

const Section& section_of(const Key& key) {
  for (const Section& section : kSections) {
    if (section.name == key.section) return section;
  }
  fail(ErrorCode::kInternal, "key \"{}\" has no section", key.name);
}

// What other programs call our keys; for suggestions only, never accepted. Spellings from the reference programs' command lines (spec, sections 2.11,
// 3.12, 4.12) and from torchvision's and timm's training scripts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kElsewhere{{
    {"learning_rate", "optim.lr"},
    {"base_lr", "optim.lr"},
    {"base_learning_rate", "optim.lr"},
    {"start_learning_rate", "optim.lr"},
    {"wd", "optim.weight_decay"},
    {"optimizer", "optim.algorithm"},
    {"opt", "optim.algorithm"},
    {"lr_scheduler", "optim.schedule"},
    {"lr_schedule", "optim.schedule"},
    {"warmup", "optim.warmup_epochs"},
    {"model_ema_decay", "optim.ema"},
    {"clip_grad", "optim.clip_norm"},
    {"dtype", "train.precision"},
    {"amp", "train.precision"},
    {"batch", "train.batch_size"},
    {"train_batch_size", "train.batch_size"},
    {"num_epochs", "train.epochs"},
    {"train_epochs", "train.epochs"},
    {"num_steps", "train.steps"},
    {"smoothing", "train.label_smoothing"},
    {"stop_threshold", "train.stop_target"},
    {"workers", "data.threads"},
    {"interpolation", "data.filter"},
    {"model_name", "model.name"},
}};

}  // namespace

const std::vector<Field>& Expectation::fields() {
  using E = Expectation;
  static const std::vector<Field> table{
      field("metric", &E::metric, "the score that the recipe must reach, top1 or AP; empty when it promises nothing"),
      field("value", &E::value, "the value to reach, a fraction", {.min = 0, .max = 1}),
      field("measured_on", &E::measured_on, "what it is measured on, and when"),
      field("source", &E::source, "where the value comes from"),
  };
  return table;
}

const std::vector<Key>& keys() {
  static const std::vector<Key> all = [] {
    std::vector<Key> list;
    for (const Section& section : kSections) {
      for (const Field& field : section.fields()) list.push_back({fmt::format("{}.{}", section.name, field.name), std::string(section.name), &field});
    }
    return list;
  }();
  return all;
}

const std::vector<std::string>& section_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Section& section : kSections) list.emplace_back(section.name);
    return list;
  }();
  return names;
}

const Key* find_key(std::string_view name) {
  const std::string normal = normal_name(trim(name));
  for (const Key& key : keys()) {
    if (key.name == normal) return &key;
  }
  return nullptr;
}

std::string key_suggestion(std::string_view name) {
  const std::string normal = normal_name(trim(name));
  const size_t dot = normal.find('.');
  const std::string section = dot == std::string::npos ? "" : normal.substr(0, dot);
  const std::string option = dot == std::string::npos ? normal : normal.substr(dot + 1);
  const auto did_you_mean = [](const Key& key) { return fmt::format("; did you mean \"{}\"?", key.name); };

  // The same section first, then the same word in another section, then what other programs call it, then any likely misspelling.
  std::vector<std::string> in_section;
  for (const Key& key : keys()) {
    if (key.section == section) in_section.push_back(key.field->name);
  }
  if (const auto near = nearest_name(option, in_section)) return did_you_mean(*find_key(section + "." + *near));
  for (const Key& key : keys()) {
    if (key.field->name == option) return did_you_mean(key);
  }
  std::vector<std::string> elsewhere;
  for (const auto& [other, ours] : kElsewhere) elsewhere.emplace_back(other);
  if (const auto near = nearest_name(option, elsewhere)) {
    for (const auto& [other, ours] : kElsewhere) {
      const Key* key = find_key(ours);
      if (other == *near && key != nullptr) return did_you_mean(*key);
    }
  }
  std::vector<std::string> all;
  for (const Key& key : keys()) all.push_back(key.name);
  if (const auto near = nearest_name(normal, all)) return fmt::format("; did you mean \"{}\"?", *near);
  return suggestion(option, in_section.empty() ? section_names() : in_section);
}

std::string value_text(const Recipe& recipe, const Key& key) { return key.field->print(section_of(key).read(recipe)); }

std::string default_text(const Key& key) { return value_text(Recipe{}, key); }

void assign(Recipe& recipe, const Key& key, std::string_view text) {
  // the usual short names of the two precisions
  if (key.name == "train.precision" && normal_name(text) == "bf16") text = "bfloat16";
  if (key.name == "train.precision" && normal_name(text) == "fp32") text = "float32";
  key.field->assign(section_of(key).write(recipe), text);
}

std::string type_text(const Field& field) {
  const bool has_min = std::isfinite(field.range.min);
  const bool has_max = std::isfinite(field.range.max);
  if (has_min && has_max) return fmt::format("{} from {} to {}", field.kind, field.range.min, field.range.max);
  if (has_min) return fmt::format("{}, at least {}", field.kind, field.range.min);
  if (has_max) return fmt::format("{}, at most {}", field.kind, field.range.max);
  return field.kind;
}

Settings flat(const Recipe& recipe) {
  Settings result;
  for (const Key& key : keys()) result.emplace(key.name, value_text(recipe, key));
  return result;
}

}  // namespace fovea::recipe
