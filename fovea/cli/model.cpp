// fovea model [NAME]
#include "fovea/model/model.h"

#include "fovea/base/strings.h"
#include "fovea/cli/arguments.h"
#include "fovea/io/json.h"
#include "fovea/recipe/keys.h"
#include "fovea/train/precision_table.h"

#include <algorithm>

namespace fovea::cli {

namespace {

struct ModelArguments {
  std::string name, precision = "float32";
  int64_t image_size = 0;          // 0 = the model's own
  int64_t batch = 1, classes = 0;  // 0 = the model's own
  std::vector<std::string> settings;
  bool as_json = false, explain_precision = false;
};

struct Total {
  int64_t parameters = 0;
  double forward_flops = 0, backward_flops = 0, output_bytes = 0;
};

std::string shape_text(const std::vector<int64_t>& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

void print_json(Console& console, const ModelArguments& wanted, const std::vector<model::LayerRow>& rows, const Total& total) {
  io::OrderedJson layers = io::OrderedJson::array();
  for (const model::LayerRow& row : rows) {
    layers.push_back({{"name", row.name},
                      {"output", row.output},
                      {"parameters", row.parameters},
                      {"forward_flops", row.forward_flops},
                      {"backward_flops", row.backward_flops},
                      {"output_bytes", row.output_bytes}});
  }
  const io::OrderedJson json{{"model", wanted.name},
                             {"image_size", wanted.image_size},
                             {"batch", wanted.batch},
                             {"precision", wanted.precision},
                             {"classes", wanted.classes},
                             {"parameters", total.parameters},
                             {"forward_flops", total.forward_flops},
                             {"backward_flops", total.backward_flops},
                             {"output_bytes", total.output_bytes},
                             {"layers", layers}};
  console.out << io::json_text(json, 2) << '\n';
}

void print_table(Console& console, const ModelArguments& wanted, const std::vector<model::LayerRow>& rows, const Total& total) {
  constexpr double kGiga = 1e9;
  std::vector<std::vector<std::string>> cells;
  const auto add = [&](const std::string& name, const std::string& output, int64_t parameters, double forward, double backward, double bytes) {
    cells.push_back(
        {name, output, format_count(parameters), fmt::format("{:.3f}", forward / kGiga), fmt::format("{:.3f}", backward / kGiga), format_bytes(bytes)});
  };
  for (const model::LayerRow& row : rows) add(row.name, shape_text(row.output), row.parameters, row.forward_flops, row.backward_flops, row.output_bytes);
  add("total", "", total.parameters, total.forward_flops, total.backward_flops, total.output_bytes);
  const std::vector<Column> columns{{"layer"},
                                    {"output"},
                                    {"parameters", Align::kRight},
                                    {"forward GFLOP", Align::kRight},
                                    {"backward GFLOP", Align::kRight},
                                    {"output memory", Align::kRight}};
  console.print("{}, {} picture{} of {}x{} pixels, {}, {} classes; a multiply-add counts as 2\n\n", wanted.name, wanted.batch, wanted.batch == 1 ? "" : "s",
                wanted.image_size, wanted.image_size, wanted.precision, wanted.classes);
  console.out << format_table(columns, cells);
  console.print("\nparameters: {}\n", total.parameters);
}

void list_models(Console& console, bool as_json) {
  const std::vector<std::string> names = model::model_names();
  if (as_json) {
    console.out << io::json_text(io::OrderedJson(names), 2) << '\n';
    return;
  }
  for (const std::string& name : names) console.print("{}\n", name);
}

void explain_precision(Console& console, model::Model& model, const ModelArguments& wanted, Precision precision) {
  const std::vector<train::PrecisionRow> table = train::precision_table(model, wanted.image_size, precision);
  const std::string_view word = kPrecisionNames[static_cast<size_t>(precision)];
  if (wanted.as_json) {
    io::OrderedJson rows = io::OrderedJson::array();
    for (const train::PrecisionRow& row : table) rows.push_back({{"what", row.what}, {"type", row.type}, {"why", row.why}});
    console.out << io::json_text(io::OrderedJson{{"model", wanted.name}, {"precision", word}, {"rows", rows}}, 2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> cells;
  for (const train::PrecisionRow& row : table) cells.push_back({row.what, row.type, row.why});
  console.print("{} with --precision {}: types met in a training step that was just made, fused kernels on the CPU\n\n", wanted.name, word);
  console.out << format_table(std::vector<Column>{{"what"}, {"type"}, {"why"}}, cells);
}

void describe(Console& console, ModelArguments wanted) {
  const model::ModelEntry& entry = model::model_entry(wanted.name);
  recipe::Recipe recipe;
  recipe.model = model::own_options(entry);
  recipe::apply_override(recipe, {.key = "train.precision", .text = wanted.precision, .origin = "--precision"});
  for (const std::string& setting : wanted.settings) recipe::apply_override(recipe, recipe::parse_setting(setting));
  wanted.name = entry.name;
  wanted.precision = kPrecisionNames[static_cast<size_t>(recipe.train.precision)];
  if (wanted.image_size == 0) wanted.image_size = entry.image_size;
  if (wanted.classes == 0) wanted.classes = entry.num_outputs;
  recipe.model.name = entry.name;
  const std::unique_ptr<model::Model> model = model::make_model(recipe.model, {.num_outputs = wanted.classes, .seed = std::nullopt});
  if (wanted.explain_precision) return explain_precision(console, *model, wanted, recipe.train.precision);
  const std::vector<model::LayerRow> rows = model::layer_table(*model, wanted.batch, wanted.image_size, recipe.train.precision);
  Total total{.parameters = model->parameters().count()};
  for (const model::LayerRow& row : rows) {
    total.forward_flops += row.forward_flops;
    total.backward_flops += row.backward_flops;
    total.output_bytes += row.output_bytes;
  }
  if (wanted.as_json) {
    print_json(console, wanted, rows, total);
  } else {
    print_table(console, wanted, rows, total);
  }
}

}  // namespace

int run_model(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("model", "Layers of a network: output, parameters, work and memory. Without a name: the networks there are.");
  ModelArguments wanted;
  parser->add_option("name", wanted.name, "such as resnet50")->type_name("MODEL");
  CLI::Option* image_size = parser->add_option("--image-size", wanted.image_size, "side of the pictures, pixels (default: the model's own)")
                                ->check(CLI::Range(1, 4096))
                                ->type_name("PX");
  CLI::Option* batch = parser->add_option("--batch", wanted.batch, "pictures (default 1)")->check(CLI::Range(1, 65536))->type_name("N");
  parser->add_option("--classes", wanted.classes, "outputs (default: 1000, a detector's 81)")->check(CLI::Range(1, 1000000))->type_name("N");
  CLI::Option* precision = parser->add_option("--precision", wanted.precision, "bfloat16 or float32 (default float32; bfloat16 with --explain-precision)");
  precision->type_name("P");
  parser->add_option("--set", wanted.settings, "set a key such as model.padding; may be repeated")->type_name("KEY=VALUE")->expected(1)->take_all();
  parser->add_flag("--explain-precision", wanted.explain_precision, "what a training step computes and keeps in bfloat16 and what in float32, and why")
      ->excludes(image_size)
      ->excludes(batch);  // types do not depend on them
  parser->add_flag("--json", wanted.as_json, "as JSON");
  if (!parse(*parser, arguments, console)) return 0;

  if (wanted.explain_precision && precision->count() == 0) wanted.precision = "bfloat16";  // float32 needs no explanation
  if (wanted.name.empty()) {
    if (wanted.explain_precision)
      fail(ErrorCode::kUsage, Advice{"fovea model resnet50 --explain-precision"}, "--explain-precision needs the name of a network");
    list_models(console, wanted.as_json);
  } else {
    describe(console, wanted);
  }
  return 0;
}

}  // namespace fovea::cli
