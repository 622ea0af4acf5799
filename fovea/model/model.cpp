#include "fovea/model/model.h"

#include "fovea/base/strings.h"
#include "fovea/model/resnet.h"
#include "fovea/model/ssd.h"

#include <ATen/Functions.h>

#include <algorithm>

namespace fovea::model {
namespace {

constexpr int64_t kSsdSize = 300, kCocoOutputs = 81;

constexpr std::array kModels{
    ModelEntry{"resnet18", make_resnet},
    ModelEntry{"resnet34", make_resnet},
    ModelEntry{"resnet50", make_resnet},
    ModelEntry{"resnet101", make_resnet},
    ModelEntry{"resnet152", make_resnet},
    ModelEntry{"resnet200", make_resnet},
    ModelEntry{"resnext50_32x4d", make_resnet},
    ModelEntry{"resnext101_32x4d", make_resnet},
    ModelEntry{"resnext152_32x4d", make_resnet},
    ModelEntry{"ssd_resnet18", make_ssd, kSsdSize, kCocoOutputs, ssd_options},
    ModelEntry{"ssd_resnet34", make_ssd, kSsdSize, kCocoOutputs, ssd_options},
    ModelEntry{"ssd_resnet50", make_ssd, kSsdSize, kCocoOutputs, ssd_options},
};

}  // namespace

const ModelEntry& model_entry(std::string_view name) {
  const auto entry = std::find_if(kModels.begin(), kModels.end(), [wanted = normal_name(name)](const ModelEntry& e) { return e.name == wanted; });
  if (entry == kModels.end()) fail(ErrorCode::kUsage, Advice{"fovea model"}, "model \"{}\" is not known{}", name, suggestion(normal_name(name), model_names()));
  return *entry;
}

ModelOptions own_options(const ModelEntry& entry) {
  ModelOptions options = entry.own_options == nullptr ? ModelOptions{} : entry.own_options();
  options.name = entry.name;
  return options;
}

std::unique_ptr<Model> make_model(const ModelOptions& options, const ModelFacts& facts) { return model_entry(options.name).make(options, facts); }

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelEntry& entry : kModels) names.emplace_back(entry.name);
  return names;
}

std::vector<LayerRow> layer_table(const Model& model, int64_t batch, int64_t image_size, Precision precision) {
  const at::NoGradGuard no_gradient;
  std::vector<LayerRow> rows;
  kernels::ForwardContext context{.precision = precision};
  context.observer = [&](const kernels::LayerReport& report) {
    rows.push_back({.name = std::string(report.name),
                    .output = report.output.sizes().vec(),
                    .parameters = report.parameters,
                    .forward_flops = report.forward_flops,
                    .backward_flops = report.forward_flops * (rows.empty() ? 1 : 2),
                    .output_bytes = static_cast<double>(report.output.nbytes()),
                    .saved_bytes = report.saved_bytes});
  };
  // One picture gives every shape but the batch; figures are per picture, so they scale.
  const Tensor image = at::zeros({1, 3, image_size, image_size}, at::TensorOptions(scalar_type(precision)).memory_format(at::MemoryFormat::ChannelsLast));
  (void)model.forward(image, context);
  for (LayerRow& row : rows) {
    row.output[0] = batch;
    const auto n = static_cast<double>(batch);
    row.forward_flops *= n;
    row.backward_flops *= n;
    row.output_bytes *= n;
    row.saved_bytes *= n;
  }
  return rows;
}

}  // namespace fovea::model
