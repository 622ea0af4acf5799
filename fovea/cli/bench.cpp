// fovea bench input | step
#include "fovea/cli/arguments.h"
#include "fovea/cli/open_data.h"
#include "fovea/data/bench_input.h"
#include "fovea/recipe/recipe.h"

#include <algorithm>

namespace fovea::cli {

namespace {

struct InputArguments {
  std::string data, recipe = "resnet50-sgd";
  std::vector<std::string> settings;
  data::InputBenchOptions options;
  bool as_json = false;
};

void bench_input(Console& console, const InputArguments& wanted) {
  recipe::Sources sources{.recipe = wanted.recipe};
  for (const std::string& setting : wanted.settings) sources.overrides.push_back(recipe::parse_setting(setting));
  const recipe::Recipe recipe = recipe::load_recipe(sources);
  data::InputBenchOptions options = wanted.options;
  options.data = recipe.data;
  const auto dataset = open_data(wanted.data, data::Split::kTrain, data::open_options(recipe.data, 0), console);
  const data::InputBench bench = data::bench_input(*dataset, options);
  console.out << (wanted.as_json ? data::to_json(bench) : data::to_table(bench));
  if (wanted.as_json) console.out << '\n';
}

}  // namespace

int run_bench(const Arguments& arguments, Console& console) {
  if (!arguments.empty() && arguments.front() == "step") return run_bench_step(Arguments(arguments.begin() + 1, arguments.end()), console);
  const auto parser = make_parser("bench", "Measure how fast this machine prepares pictures, or trains.");
  InputArguments wanted;
  CLI::App* input = parser->add_subcommand("input", "pictures per second of one core: read, decode, crop, resample, all");
  input->add_option("--data", wanted.data, "data set")->required()->type_name("DIR");
  input->add_option("--recipe", wanted.recipe, "recipe whose crop, size and filter are used (default resnet50-sgd)")->type_name("RECIPE");
  input->add_option("--set", wanted.settings, "set a key such as data.image_size; may be repeated")->type_name("KEY=VALUE")->expected(1)->take_all();
  input->add_option("--pictures", wanted.options.pictures, "how many, from the beginning of the set (default 256)")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
  input->add_option("--repeats", wanted.options.repeats, "how often (default 5)")->check(CLI::Range(1, 1000))->type_name("N");
  input->add_flag("--json", wanted.as_json, "as JSON");
  parser->add_subcommand("step", "pictures per second of the training step: fovea bench step --help");
  if (!parse(*parser, arguments, console)) {
    const bool wants_all = std::find(arguments.begin(), arguments.end(), "--help-all") != arguments.end();
    if (wants_all) {
      console.out << '\n';
      return run_bench_step({"--help-all"}, console);
    }
    return 0;
  }
  if (input->parsed()) {
    bench_input(console, wanted);
  } else {
    console.out << parser->help();
  }
  return 0;
}

}  // namespace fovea::cli
