// fovea train RECIPE --data DIR
#include "fovea/cli/help_format.h"
#include "fovea/cli/live_line.h"
#include "fovea/cli/recipe_flags.h"
#include "fovea/cli/version.h"
#include "fovea/recipe/keys.h"
#include "fovea/recipe/print.h"
#include "fovea/report/report.h"
#include "fovea/train/dry_run.h"
#include "fovea/train/trainer.h"

#include <ctime>

namespace fovea::cli {

namespace {

/// "runs/RECIPE-20261121-0945" for --run-dir auto.
fs::path dated_folder(const std::string& recipe) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char stamp[32];
  const size_t length = std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  return fs::path("runs") / (recipe + "-" + std::string(stamp, length));
}

}  // namespace

int run_train(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("train", "Train a recipe. The same command again continues the run where it stopped.");
  RecipeFlags recipe_flags;
  std::string data, run_dir, init, device = "cpu", kernels = "fused", profile, tags = "fovea";
  bool dry = false, plan_only = false, with_changes = false, allow_partial = false;
  int64_t compute_threads = 0;
  recipe_flags.add_to(*parser);
  parser->add_option("--data", data, "data set: class folders, ImageNet TFRecords, or \"synthetic\"")->required()->type_name("DIR");
  parser->add_option("--run-dir", run_dir, "folder to write to and to continue from (default runs/RECIPE; auto: a dated one)")->type_name("DIR");
  const CLI::Option* init_option =
      parser->add_option("--init", init, "first weights of a new run: a run, a checkpoint, a .safetensors or .pth file; FILE:backbone leaves out the head")
          ->type_name("FILE");
  parser->add_flag("--allow-partial", allow_partial, "--init with a file that has fewer than 90 % of the backbone's tensors")->group(kFurtherOptions);
  parser->add_option("--device", device, "cpu, cuda or cuda:N")->type_name("DEVICE");
  parser->add_option("--compute-threads", compute_threads, "threads of the network's arithmetic (default: OMP_NUM_THREADS, or the cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->group(kFurtherOptions);
  parser->add_option("--kernels", kernels, "fused, or reference: plain tensor operations, slower")
      ->check(CLI::IsMember({"fused", "reference"}))
      ->type_name("PATH")
      ->group(kFurtherOptions);
  parser->add_option("--profile", profile, "say in RUN/profile where the time of these steps goes")->type_name("FIRST,LAST");
  parser->add_option("--tb-tags", tags, "names of the curves in TensorBoard: fovea, or tf: those of the reference, TensorFlow's ResNet trainers")
      ->check(CLI::IsMember({"fovea", "tf"}))
      ->type_name("NAMES")
      ->group(kFurtherOptions);
  parser->add_flag("-n,--dry-run", dry, "print the plan, with the time of two measured steps, and write nothing");
  parser->add_flag("--no-measure", plan_only, "with --dry-run: the plan alone, at once, also of a run that this machine could not hold")
      ->needs("--dry-run")
      ->group(kFurtherOptions);
  parser->add_flag("--resume-with-changes", with_changes, "continue although recipe or data changed");
  if (!parse(*parser, arguments, console, HelpAll::kArgumentsAndKeys)) return 0;

  const recipe::Recipe recipe = recipe_flags.load(console);
  if (compute_threads > 0) set_compute_threads(compute_threads);
  set_deterministic(recipe.train.deterministic);
  train::TrainerSetup setup{.name = recipe.name,
                            .model = recipe.model,
                            .data = recipe.data,
                            .optim = recipe.optim,
                            .train = recipe.train,
                            .recipe = recipe::flat(recipe),
                            .config_yaml = recipe::effective_yaml(recipe),
                            .data_where = data,
                            .version = std::string(kVersion),
                            .device = device_from(device),
                            .path = kernels == "reference" ? kernels::Path::kReference : kernels::Path::kFused,
                            .tags = tags == "tf" ? train::TagScheme::kTf : train::TagScheme::kFovea,
                            .resume_with_changes = with_changes};
  if (init_option->count() > 0) {
    if (init.empty()) fail(ErrorCode::kUsage, Advice{"a file, a checkpoint or a run, or leave --init out"}, "--init is empty");
    setup.init = train::init_source_from(init);
    setup.init->allows_partial = allow_partial;
  } else if (allow_partial) {
    fail(ErrorCode::kUsage, Advice{"fovea train --help"}, "--allow-partial is for --init, which is not given");
  }
  if (!profile.empty()) setup.profile = train::profile_window(profile);
  setup.run_dir = run_dir.empty() ? fs::path("runs") / recipe.name : run_dir == "auto" ? dated_folder(recipe.name) : fs::path(run_dir);
  setup.command = {"fovea", "train"};
  setup.command.insert(setup.command.end(), arguments.begin(), arguments.end());

  LiveLine live(console);
  Log log = live.log();
  const train::TrainerHooks hooks{.log = log,
                                  .progress = console.is_terminal ? [&](std::string_view line) { live.show(line); } : std::function<void(std::string_view)>(),
                                  .run_changed = [&](const fs::path& run) {
                                    try {
                                      report::write_report(run);
                                    } catch (const Error& error) {  // a page that cannot be written must not end a training of days
                                      log.warning("the report could not be written: {}", error.what());
                                    }
                                  }};
  if (dry) {
    console.out << train::dry_run(setup, hooks, plan_only ? train::Measure::kNothing : train::Measure::kTwoSteps);
    return 0;
  }
  console.run_folder = setup.run_dir;
  const train::TrainResult result = train::run_training(setup, hooks);
  if (result.state == train::RunState::kPreempted) {
    log.warning("{}", result.message);
    log.info("try: the same command again{} continues", run_dir == "auto" ? " with --run-dir " + setup.run_dir.string() : "");
    return static_cast<int>(ErrorCode::kInterrupted);
  }
  log.info("{}{}", result.message,
           result.best ? fmt::format("; best {} {:.4f} at step {}", train::metric_label(result.best->metric), result.best->value, result.best->step) : "");
  log.info("report: {}", (setup.run_dir / "report.html").string());
  return 0;
}

}  // namespace fovea::cli
