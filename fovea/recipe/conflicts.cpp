#include "fovea/data/augment.h"
#include "fovea/optim/schedule.h"
#include "fovea/recipe/keys.h"

#include <algorithm>

namespace fovea::recipe {

namespace {

// "optim.drop_epochs (recipes/x.yaml:7)": a key with the place that set it
std::string placed(const Recipe& recipe, const std::string& key) {
  const auto origin = recipe.origins.find(key);
  return fmt::format("{} ({})", key, origin == recipe.origins.end() ? "default" : origin->second);
}

[[noreturn]] void conflict(const Recipe& recipe, const std::string& first, const std::string& second, const std::string& why) {
  fail(ErrorCode::kConfig, Advice{fmt::format("change {} or {}", first, second)}, "{} and {} contradict each other: {}", placed(recipe, first),
       placed(recipe, second), why);
}

void check_data(const Recipe& recipe) {
  const data::DataOptions& data = recipe.data;
  if (data.mean.size() != 3) fail(ErrorCode::kConfig, "{}: expected 3 values (red, green, blue), found {}", placed(recipe, "data.mean"), data.mean.size());
  if (data.std.size() != 3) fail(ErrorCode::kConfig, "{}: expected 3 values (red, green, blue), found {}", placed(recipe, "data.std"), data.std.size());
  if (std::ranges::any_of(data.std, [](double value) { return value <= 0; })) {
    fail(ErrorCode::kConfig, "{}: expected values above 0", placed(recipe, "data.std"));
  }
  if (data.eval_crop != data::EvalCrop::kStretch && data.eval_resize < data.image_size) {
    conflict(recipe, "data.eval_resize", "data.image_size", fmt::format("a side of {} cannot be cut out of {}", data.image_size, data.eval_resize));
  }
  if (data.min_aspect > data.max_aspect) {
    conflict(recipe, "data.min_aspect", "data.max_aspect", fmt::format("{} is above {}", data.min_aspect, data.max_aspect));
  }
}

bool names_key(std::string_view message, std::string_view key) {
  for (size_t at = message.find(key); at != std::string_view::npos; at = message.find(key, at + 1)) {
    const size_t end = at + key.size();
    if (message.find_first_of("abcdefghijklmnopqrstuvwxyz_", end) != end) return true;  // else a longer key begins so
  }
  return false;
}

// What another layer refuses, with the places that set the keys it names.
template <class Check>
void with_places(const Recipe& recipe, const Check& check) {
  try {
    check();
  } catch (const Error& error) {
    std::vector<std::string> places;
    for (const Key& key : keys()) {
      if (names_key(error.what(), key.name)) places.push_back(placed(recipe, key.name));
    }
    throw Error(error.code(), fmt::format("{}; set by: {}", error.what(), join(places, ", ")), error.advice());
  }
}

void check_evaluations(const Recipe& recipe) {
  const train::TrainOptions& train = recipe.train;
  const auto in_minutes = [](const std::optional<train::Interval>& interval) { return interval && interval->unit == train::Interval::Unit::kMinutes; };
  if (in_minutes(train.eval_offset)) {
    fail(ErrorCode::kConfig, Advice{"--set train.eval_offset=1epoch"}, "{}: expected steps or epochs, found {}", placed(recipe, "train.eval_offset"),
         FieldType<train::Interval>::print(*train.eval_offset));
  }
  if (train.eval_offset && in_minutes(train.eval_every)) {
    conflict(recipe, "train.eval_offset", "train.eval_every", "evaluations by the clock cannot begin at a step");
  }
  if (train.eval_every) return;
  const auto needs_evaluations = [&](bool is_given, const std::string& key) {
    if (is_given) conflict(recipe, key, "train.eval_every", "without evaluations there is no score to go by");
  };
  needs_evaluations(train.keep_best > 0, "train.keep_best");
  needs_evaluations(train.patience > 0, "train.patience");
  needs_evaluations(train.stop_target.has_value(), "train.stop_target");
  needs_evaluations(train.eval_offset.has_value(), "train.eval_offset");
  needs_evaluations(train.eval_images.has_value(), "train.eval_images");
}

}  // namespace

void check_conflicts(const Recipe& recipe) {
  check_data(recipe);
  with_places(recipe, [&] { data::check_options(recipe.data); });
  with_places(recipe, [&] { optim::check_options(recipe.optim, recipe.train.batch_size); });
  check_evaluations(recipe);
  if (recipe.train.evaluate == train::Weights::kEma && recipe.optim.ema == 0) {
    conflict(recipe, "train.evaluate", "optim.ema", "there are no averaged weights to evaluate");
  }
  if (recipe.train.micro_batch > recipe.train.batch_size) {
    conflict(recipe, "train.micro_batch", "train.batch_size", fmt::format("{} images a pass but {} a step", recipe.train.micro_batch, recipe.train.batch_size));
  }
}

}  // namespace fovea::recipe
