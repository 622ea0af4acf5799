// A checkpoint of TensorFlow as the reference's detector leaves it.
#pragma once

#include "fovea/io/tf_bundle.h"
#include "fovea/model/model.h"
#include "fovea/model/tf_names.h"

#include <span>
#include <vector>

namespace fovea::test {

struct ReferenceDetector {
  int64_t outputs = 3;
  int64_t last_boxes = 4;  ///< of a cell of the last map, for which the bias of its boxes is made
  bool projects = false;   ///< in stage 1, which the reference's does not
  int64_t step = 7;
};

/// Every tensor zero.
inline void write_reference_detector(const fs::path& prefix, const ReferenceDetector& detector) {
  const auto shapes_of = [&](bool projects) {
    model::ModelOptions options = model::own_options(model::model_entry("ssd_resnet34"));
    options.stage1_projection = projects;
    model::TensorShapes shapes;
    const auto network = model::make_model(options, {.num_outputs = detector.outputs, .seed = std::nullopt});
    for (const nn::Parameter& each : network->parameters().all()) shapes.emplace(each.name, each.value.sizes().vec());
    return shapes;
  };
  model::TensorShapes shapes = shapes_of(detector.projects);
  model::NameMap names;
  if (detector.projects) {  // the backbone is then named as a classifier's
    model::TensorShapes backbone = shapes;
    backbone.erase("class.0.weight");
    names = model::tf_names(backbone);
  }
  names.merge(model::tf_names(shapes_of(false)));
  shapes.at("box.5.bias") = {4 * detector.last_boxes};
  const std::vector<float> zeros(static_cast<size_t>(3 * 3 * 512 * 512));  // more than any tensor has
  std::vector<io::TensorView> views;
  for (const auto& [ours, shape] : shapes) {
    io::TensorView view{.name = names.at(ours)};
    size_t count = 1;
    for (const int64_t axis : model::tf_axes(std::ssize(shape))) {
      view.shape.push_back(shape[static_cast<size_t>(axis)]);
      count *= static_cast<size_t>(view.shape.back());
    }
    view.bytes = std::as_bytes(std::span(zeros).first(count));
    views.push_back(view);
  }
  views.push_back({.name = "global_step", .type = io::TensorType::kI64, .bytes = std::as_bytes(std::span(&detector.step, 1))});
  io::write_tf_bundle(prefix, views);
}

}  // namespace fovea::test
