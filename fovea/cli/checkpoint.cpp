// fovea checkpoint list RUN | verify RUN|CHECKPOINT... | diff A B | average CHECKPOINT... --out DIR | convert SOURCE DEST
#include "fovea/train/checkpoint.h"

#include "fovea/base/strings.h"
#include "fovea/cli/arguments.h"
#include "fovea/cli/checkpoint_convert.h"
#include "fovea/io/json.h"
#include "fovea/train/checkpoint_compare.h"
#include "fovea/train/checkpoint_path.h"
#include "fovea/train/checkpoint_store.h"

#include <algorithm>
#include <cmath>

namespace fovea::cli {

namespace {

std::vector<train::CheckpointInfo> checkpoints_of(const fs::path& run) {
  std::error_code ignored;  // what cannot be looked at does not exist for this purpose
  if (!fs::exists(run, ignored)) fail(ErrorCode::kMissing, "there is no \"{}\"", run.string());
  std::vector<train::CheckpointInfo> found = train::list_checkpoints(run);
  if (found.empty()) fail(ErrorCode::kMissing, Advice{"name the folder that was given to --run-dir"}, "\"{}\" has no checkpoints", run.string());
  return found;
}

void list(Console& console, const fs::path& run, bool as_json) {
  const std::vector<train::CheckpointInfo> found = checkpoints_of(run);
  io::OrderedJson json = io::OrderedJson::array();
  std::vector<std::vector<std::string>> rows;
  const auto scored = std::ranges::find_if(found, [](const train::CheckpointInfo& each) { return each.score.has_value(); });
  const std::string metric = scored == found.end() ? std::string(train::kMetrics.front()) : scored->metric;
  for (const train::CheckpointInfo& each : found) {
    json.push_back({{"folder", each.folder.string()},
                    {"step", each.step},
                    {"epoch", each.epoch},
                    {"epochs", each.epochs ? io::OrderedJson(*each.epochs) : io::OrderedJson(nullptr)},
                    {"images", each.images},
                    {"model", each.model},
                    {"num_outputs", each.num_outputs},
                    {"bytes", each.bytes},
                    {metric, each.score ? io::OrderedJson(*each.score) : io::OrderedJson(nullptr)},
                    {"best", each.is_best},
                    {"latest", each.is_latest},
                    {"damaged", !each.has_its_bytes}});
    const std::string marks = fmt::format("{}{}{}", each.is_best ? "best " : "", each.is_latest ? "latest " : "", each.has_its_bytes ? "" : "DAMAGED");
    const std::string epoch = fmt::format("{:.4g}", std::round(100 * each.epoch) / 100);
    rows.push_back({each.folder.filename().string(), each.epochs ? fmt::format("{} of {:g}", epoch, *each.epochs) : epoch,
                    each.score ? fmt::format("{:.4f}", *each.score) : "-", each.model, fmt::format("{}", each.num_outputs),
                    format_bytes(static_cast<double>(each.bytes)), marks});
  }
  if (as_json) {
    console.out << io::json_text(json, 2) << '\n';
    return;
  }
  const std::vector<Column> columns{{"checkpoint"},
                                    {"epoch", Align::kRight},
                                    {std::string(train::metric_label(metric)), Align::kRight},
                                    {"model"},
                                    {"outputs", Align::kRight},
                                    {"size", Align::kRight},
                                    {""}};
  console.out << format_table(columns, rows);
  if (!std::ranges::all_of(found, &train::CheckpointInfo::has_its_bytes))
    console.print("DAMAGED: fovea checkpoint verify {} says what is wrong\n", run.string());
}

int verify(Console& console, const std::vector<std::string>& paths) {
  Log log = console_log(console);
  std::vector<fs::path> folders;
  for (const fs::path path : paths) {
    std::error_code ignored;  // as above
    if (!fs::exists(path, ignored)) fail(ErrorCode::kMissing, "there is no \"{}\"", path.string());
    if (!fs::is_directory(path / "checkpoints", ignored)) {
      folders.push_back(fs::is_regular_file(path, ignored) ? train::checkpoint_folder(path, train::Pick::kLatest, log) : path);
      continue;
    }
    const std::vector<fs::path> of_run = train::checkpoint_folders(path);
    if (of_run.empty()) fail(ErrorCode::kMissing, "\"{}\" has no checkpoints", path.string());
    folders.insert(folders.end(), of_run.begin(), of_run.end());
  }
  bool all_good = true;
  for (const fs::path& folder : folders) {
    const std::vector<std::string> problems = train::verify_checkpoint(folder);
    console.print("{}: {}\n", folder.string(), problems.empty() ? "good" : "damaged");
    for (const std::string& problem : problems) console.print("  {}\n", problem);
    all_good = all_good && problems.empty();
  }
  return all_good ? 0 : static_cast<int>(ErrorCode::kData);
}

void print_list(Console& console, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  console.print("{}:\n", title);
  for (const std::string& line : lines) console.print("  {}\n", line);
}

// Like diff(1): 0 when the tensors are the same, 1 when they are not.
int print_difference(Console& console, const train::CheckpointDifference& difference, bool as_json) {
  const bool is_same = difference.same_tensors();
  if (as_json) {
    io::OrderedJson tensors = io::OrderedJson::array();
    for (const train::TensorDifference& each : difference.tensors) {
      if (each.different > 0) tensors.push_back({{"name", each.name}, {"elements", each.elements}, {"different", each.different}, {"max_abs", each.max_abs}});
    }
    const io::OrderedJson json{{"same", is_same},
                               {"tensors", tensors},
                               {"only_first", difference.only_first},
                               {"only_second", difference.only_second},
                               {"shape_differs", difference.shape_differs},
                               {"recipe_changes", difference.recipe_changes}};
    console.out << io::json_text(json, 2) << '\n';
    return is_same ? 0 : 1;
  }
  std::vector<std::vector<std::string>> rows;
  for (const train::TensorDifference& each : difference.tensors) {
    if (each.different > 0) rows.push_back({each.name, format_count(each.different), format_count(each.elements), format_number(each.max_abs)});
  }
  if (!rows.empty()) {
    const std::vector<Column> columns{{"tensor"}, {"different", Align::kRight}, {"of", Align::kRight}, {"largest", Align::kRight}};
    console.out << format_table(columns, rows);
  }
  print_list(console, "only in the first", difference.only_first);
  print_list(console, "only in the second", difference.only_second);
  print_list(console, "shapes differ", difference.shape_differs);
  print_list(console, "recipe", difference.recipe_changes);
  console.print("{}\n", is_same ? fmt::format("the same: {}, bit by bit", format_count(std::ssize(difference.tensors), "tensor")) : "not the same");
  return is_same ? 0 : 1;
}

void average(Console& console, const std::vector<std::string>& paths, const std::string& out) {
  Log log = console_log(console);
  std::vector<fs::path> folders;
  for (const std::string& path : paths) folders.push_back(train::checkpoint_folder(path, train::Pick::kLatest, log));
  train::average_checkpoints(folders, out);
  console.print("wrote {}: the mean of {} checkpoints; evaluate it with  fovea eval {} --data DIR\n", out, folders.size(), out);
}

}  // namespace

int run_checkpoint(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("checkpoint", "Checkpoints of runs; a run stands for its newest good checkpoint, for convert its best one.");
  std::string run, first, second, part = "model", out;
  std::vector<std::string> to_verify, to_average;
  bool list_json = false, diff_json = false;
  CLI::App* list_command = parser->add_subcommand("list", "the checkpoints of a run");
  list_command->add_option("run", run, "run folder")->required()->type_name("RUN");
  list_command->add_flag("--json", list_json, "as JSON");
  CLI::App* verify_command = parser->add_subcommand("verify", "read every byte and compare all checksums; exit code 65 when something is damaged");
  verify_command->add_option("paths", to_verify, "checkpoints, or runs with all of theirs")->required()->type_name("PATH...");
  CLI::App* diff_command = parser->add_subcommand("diff", "compare two checkpoints tensor by tensor; exit code 1 when they differ");
  diff_command->add_option("a", first, "checkpoint or run")->required()->type_name("A");
  diff_command->add_option("b", second, "the other one")->required()->type_name("B");
  diff_command->add_option("--part", part, "model, ema or optim")->check(CLI::IsMember({"model", "ema", "optim"}))->type_name("PART");
  diff_command->add_flag("--json", diff_json, "as JSON");
  CLI::App* average_command = parser->add_subcommand("average", "write a checkpoint that is the mean of several");
  average_command->add_option("paths", to_average, "checkpoints or runs, at least two")->required()->type_name("PATH...");
  average_command->add_option("-o,--out", out, "folder to write; must not exist")->required()->type_name("DIR");
  ConvertArguments to_convert;
  const CLI::App* convert_command = to_convert.add_to(*parser);
  if (!parse(*parser, arguments, console)) return 0;

  if (list_command->parsed()) {
    list(console, run, list_json);
  } else if (verify_command->parsed()) {
    return verify(console, to_verify);
  } else if (diff_command->parsed()) {
    Log log = console_log(console);
    const fs::path a = train::checkpoint_folder(first, train::Pick::kLatest, log), b = train::checkpoint_folder(second, train::Pick::kLatest, log);
    return print_difference(console, train::checkpoint_difference(a, b, part), diff_json);
  } else if (average_command->parsed()) {
    average(console, to_average, out);
  } else if (convert_command->parsed()) {
    convert(to_convert, console);
  } else {
    console.out << parser->help();
  }
  return 0;
}

}  // namespace fovea::cli
