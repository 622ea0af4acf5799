// fovea bench step MODEL
#include "fovea/base/strings.h"
#include "fovea/cli/arguments.h"
#include "fovea/io/json.h"
#include "fovea/model/model.h"
#include "fovea/train/made_up_batch.h"
#include "fovea/train/memory.h"
#include "fovea/train/step.h"

#include <algorithm>
#include <chrono>

namespace fovea::cli {

int run_bench_step(const Arguments& arguments, Console& console) {
  const auto parser =
      make_parser("bench step",
                  "Pictures per second of the training step: normalise, forward, loss, backward, update; random pictures in memory, a detector's targets too.");
  std::string name, precision = "bfloat16", kernels = "fused", device_text = "cpu";
  int64_t batch = 32, steps = 6, size = 0, classes = 0, threads = 0;
  bool as_json = false;
  parser->add_option("model", name, "network (fovea model)")->required()->type_name("MODEL");
  parser->add_option("--batch", batch, "pictures of a step (default 32)")->check(CLI::Range(1, 1 << 16))->type_name("N");
  parser->add_option("--steps", steps, "steps that are timed, after two to warm up (default 6)")->check(CLI::Range(1, 1 << 20))->type_name("N");
  parser->add_option("--precision", precision, "bfloat16 (default) or float32")->type_name("P");
  parser->add_option("--size", size, "side of the pictures (default: the network's)")->check(CLI::Range(8, 4096))->type_name("PX");
  parser->add_option("--classes", classes, "outputs (default: 1000, a detector's 81)")->check(CLI::Range(2, 1 << 20))->type_name("N");
  parser->add_option("--threads", threads, "compute threads (default: OMP_NUM_THREADS, or the cores)")->check(CLI::Range(1, 1024))->type_name("N");
  parser->add_option("--kernels", kernels, "fused (default) or reference")->check(CLI::IsMember({"fused", "reference"}))->type_name("PATH");
  parser->add_option("--device", device_text, "cpu, cuda or cuda:N")->type_name("DEVICE");
  parser->add_flag("--json", as_json, "as JSON");
  if (!parse(*parser, arguments, console)) return 0;

  const std::string spelling = precision == "bf16" ? "bfloat16" : precision == "fp32" ? "float32" : precision;
  const std::optional<Precision> wanted = FieldType<Precision>::parse(spelling);
  if (!wanted) fail(ErrorCode::kUsage, "--precision: expected {}, found \"{}\"", FieldType<Precision>::kind(), precision);
  if (threads > 0) set_compute_threads(threads);
  const at::Device device = device_from(device_text);
  const model::ModelEntry& entry = model::model_entry(name);
  const int64_t side = size > 0 ? size : entry.image_size;
  model::ModelOptions network = model::own_options(entry);
  network.padding = model::Padding::kSymmetric;
  const auto model = model::make_model(network, {.num_outputs = classes > 0 ? classes : entry.num_outputs, .label_smoothing = 0.1});
  if (!device.is_cpu()) model->parameters().to(device);
  const optim::OptimOptions optim;
  optim::Optimizer optimizer(model->parameters(), optim);
  train::StepParts parts{.model = *model, .optimizer = optimizer, .device = device};
  const train::StepOptions options{.optim = optim, .precision = *wanted, .path = kernels == "reference" ? kernels::Path::kReference : kernels::Path::kFused};
  const data::Batch pictures = train::made_up_batch(*model, batch, side);

  std::vector<double> seconds;
  double loss = 0;
  constexpr int64_t kWarmUp = 2;  // as the comparison script does
  for (int64_t i = 0; i < steps + kWarmUp; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const train::StepResult result = train::train_step(parts, pictures, 0.01, i, options);
    loss = result.loss.item<double>();  // waits for the device
    if (i >= kWarmUp) seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  std::sort(seconds.begin(), seconds.end());
  const size_t n = seconds.size();
  const double median = n % 2 == 1 ? seconds[n / 2] : (seconds[n / 2 - 1] + seconds[n / 2]) / 2;
  const auto rate = [&](double s) { return std::round(static_cast<double>(batch) / s * 100) / 100; };
  const int64_t peak_mb = train::process_memory().peak_bytes >> 20;
  if (as_json) {
    const io::OrderedJson json{{"model", entry.name},
                               {"precision", spelling},
                               {"kernels", kernels},
                               {"batch", batch},
                               {"image_size", side},
                               {"threads", compute_threads()},
                               {"device", device_text},
                               {"parameters", model->parameters().count()},
                               {"img_per_s_median", rate(median)},
                               {"img_per_s_best", rate(seconds.front())},
                               {"loss", loss},
                               {"peak_rss_mb", peak_mb}};
    console.print("{}\n", io::json_text(json));
  } else {
    console.print("{} {} {} px batch {} on {} ({} threads, {} kernels): {:.2f} img/s median, {:.2f} best of {} steps, peak {} MiB\n", entry.name, spelling,
                  side, batch, device_text, compute_threads(), kernels, rate(median), rate(seconds.front()), n, peak_mb);
  }
  return 0;
}

}  // namespace fovea::cli
