#include "fovea/train/nonfinite.h"

#include "fovea/base/strings.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace fovea::train {
namespace {

std::string first_bad_parameter(nn::Parameters& parameters) {
  for (const nn::Parameter& p : parameters.all()) {
    if (!at::isfinite(p.value).all().item<bool>()) return fmt::format("the weights are damaged already: {} is not finite; ", p.name);
  }
  return {};
}

}  // namespace

std::string describe_nonfinite(model::Model& model, const data::Batch& batch, const data::Dataset& dataset, const StepOptions& options,
                               const at::Device& device) {
  const at::NoGradGuard no_gradient;
  const std::vector<Tensor> statistics = model.parameters().copy_statistics();
  const std::string weights = first_bad_parameter(model.parameters());
  std::optional<std::string> layer;
  const auto look = [&](const kernels::LayerReport& report) {
    if (layer) return;
    const int64_t bad = report.output.numel() - at::isfinite(report.output).sum().item<int64_t>();
    if (bad > 0)
      layer = fmt::format("{} (output [{}], {} of {} values)", report.name, fmt::join(report.output.sizes(), ", "), format_count(bad),
                          format_count(report.output.numel()));
  };
  const int64_t images = batch.images.size(0);
  const int64_t micro = options.micro_batch > 0 ? options.micro_batch : images;
  std::vector<Tensor> good;
  for (int64_t begin = 0; begin < images; begin += micro) {  // as train_step does: all at once has other statistics, and may not fit
    const data::Batch part = data::to_device(data::slice(batch, begin, std::min(begin + micro, images)), device);
    const kernels::ForwardContext context{.training = true,
                                          .precision = options.precision,
                                          .path = options.path,
                                          .seed = options.seed,
                                          .step = batch.step,
                                          .samples = part.samples,
                                          .observer = look};
    const data::Outputs outputs = model.forward(network_input(part, options), context);
    good.push_back(at::isfinite(outputs.logits.flatten(1)).all(1).cpu());
  }
  model.parameters().put_statistics(statistics);
  const Tensor good_rows = at::cat(good);

  std::vector<std::string> pictures;
  for (const bool wanted : {false, true}) {  // rows that are not finite first
    for (int64_t n = 0; n < good_rows.size(0) && pictures.size() < 5; ++n) {
      if (good_rows[n].item<bool>() == wanted)
        pictures.push_back(fmt::format("#{} {}", batch.samples[static_cast<size_t>(n)], dataset.place(batch.samples[static_cast<size_t>(n)])));
    }
  }
  const std::string where = layer ? "the first layer with values that are not finite is " + *layer
                                  : std::string("the outputs of every layer are finite, so it began in the loss or in the backward pass");
  return fmt::format("{}{}; pictures of the batch ({}): {}{}", weights, where, batch.samples.size(), join(pictures, ", "),
                     batch.samples.size() > pictures.size() ? ", ..." : "");
}

}  // namespace fovea::train
