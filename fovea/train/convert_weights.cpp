#include "fovea/train/convert_weights.h"

#include "fovea/base/fields.h"
#include "fovea/base/strings.h"
#include "fovea/io/tf_bundle.h"
#include "fovea/io/torch_file.h"
#include "fovea/model/model.h"
#include "fovea/model/tf_names.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/run_state.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>

namespace fovea::train {
namespace {

void refuse_existing(const fs::path& target) {
  std::error_code ignored;  // what cannot be looked at is found out when it is written
  if (fs::exists(fs::symlink_status(target, ignored))) fail(ErrorCode::kCannotCreate, Advice{"choose another name"}, "\"{}\" exists already", target.string());
}

/// A tensor in host memory as the writers take it; `value` must stay.
io::TensorView view_of(const std::string& name, const Tensor& value) {
  const bool is_whole = value.scalar_type() == at::kLong;
  return {.name = name, .type = is_whole ? io::TensorType::kI64 : io::TensorType::kF32, .shape = value.sizes().vec(), .bytes = tensor_bytes(value)};
}

[[noreturn]] void no_names_for(const WeightFile& file, const model::TensorShapes& shapes, const std::string& tensor) {
  const Advice advice{"FILE.safetensors or FILE.pth"};
  if (const auto other = model::other_backbone(shapes); model::has_detection_head(shapes) && other) {
    fail(ErrorCode::kData, advice, "the reference's detector is on a ResNet-34 without a projection in stage 1, {} is on a {}", file.title(), *other);
  }
  fail(ErrorCode::kData, advice, "the reference's checkpoints have no name for the tensor \"{}\" of {}", one_line(tensor, kShownName), file.title());
}

void export_to_tensorflow(const WeightFile& file, const fs::path& prefix) {
  const model::TensorShapes shapes = file.shapes();
  const model::NameMap names = model::tf_names(shapes);
  std::vector<Tensor> held;
  std::vector<io::TensorView> views;
  for (const auto& [name, row] : file.rows()) {
    const auto theirs = names.find(name);
    if (theirs == names.end()) no_names_for(file, shapes, name);
    const Tensor value = row.read();
    const Tensor& kept = held.emplace_back(value.permute(model::tf_axes(value.dim())).contiguous());
    views.push_back(view_of(theirs->second, kept));
  }
  const std::string ending = prefix.extension().string();
  const int64_t step = parse_int(ending.substr(ending.rfind('-') + 1)).value_or(0);
  views.push_back(view_of(std::string(model::kTfStep), held.emplace_back(at::scalar_tensor(step, at::kLong))));
  make_directories(fs::absolute(prefix).parent_path());
  io::write_tf_bundle(prefix, views);
}

constexpr const char* kBackground = "background";  // output 0 of a detector

int64_t outputs_of(const WeightFile& file, const ImportOptions& options) {
  const std::optional<int64_t> found = file.num_outputs();
  if (!found) {
    fail(ErrorCode::kData, Advice{"fovea train --init FILE:backbone takes the backbone alone"},
         "{} has no head (fc.bias, or class.0.bias and box.0.bias of a detector), so its number of outputs is not known", file.title());
  }
  const int64_t outputs = *found, names = std::ssize(options.classes);
  const bool is_detector = model::has_detection_head(file.shapes());
  const bool adds_background = !is_detector && outputs == 1000 && names == 1001;
  const bool has_ids = is_detector && !options.class_ids.empty();  // the background has none
  if (names == 0 || (names == outputs && !has_ids) || adds_background) return adds_background ? names : outputs;
  if (is_detector && names == outputs - 1) return outputs;
  if (has_ids) {
    fail(ErrorCode::kData, Advice{"the classes of the data that it was trained on, without the background"},
         "{} has {}, the first for the background, but the list has {} with ids", file.title(), format_count(outputs, "output"),
         format_count(names, "class name"));
  }
  fail(ErrorCode::kData, Advice{"one name a line, in the order of the outputs"}, "{} has {}{}, but the list has {}", file.title(),
       format_count(outputs, "output"), is_detector ? ", the first for the background" : "", format_count(names, "class name"));
}

std::vector<std::string> class_names(const WeightFile& file, const ImportOptions& options, int64_t outputs) {
  std::vector<std::string> names = options.classes;
  if (!names.empty()) {
    if (std::ssize(names) + 1 == outputs) names.insert(names.begin(), kBackground);
    return names;
  }
  if (std::ssize(file.classes()) == outputs) return file.classes();
  for (int64_t i = 0; i < outputs; ++i) names.push_back(fmt::format("{}", i));
  if (model::has_detection_head(file.shapes())) names.front() = kBackground;
  return names;
}

/// Of a detector. Where nobody says them: as many outputs as COCO has are COCO's (spec 3.4), others are counted.
std::vector<int64_t> class_ids(const WeightFile& file, const ImportOptions& options, int64_t outputs) {
  constexpr std::array<int64_t, 10> kUnusedInCoco{12, 26, 29, 30, 45, 66, 68, 69, 71, 83};
  constexpr int64_t kLastInCoco = 90, kCocoOutputs = 81;
  if (!model::has_detection_head(file.shapes())) return {};
  std::vector<int64_t> ids = options.class_ids;
  if (!ids.empty()) {
    ids.insert(ids.begin(), 0);
    return ids;
  }
  if (std::ssize(file.class_ids()) == outputs) return file.class_ids();
  for (int64_t id = 0; id <= (outputs == kCocoOutputs ? kLastInCoco : outputs - 1); ++id) {
    if (outputs != kCocoOutputs || std::ranges::find(kUnusedInCoco, id) == kUnusedInCoco.end()) ids.push_back(id);
  }
  return ids;
}

}  // namespace

void export_weights(const WeightFile& file, const fs::path& target) {
  if (!is_weight_file_name(target)) {
    fail(ErrorCode::kUsage, Advice{"a name that ends so"}, "\"{}\" ends in none of .safetensors, .pth, .pt and .ckpt, which say what to write",
         target.string());
  }
  if (is_tensorflow_name(target)) return export_to_tensorflow(file, target);
  refuse_existing(target);
  std::vector<Tensor> held;
  std::vector<io::TensorView> views;
  for (const auto& [name, row] : file.rows()) views.push_back(view_of(name, held.emplace_back(row.read().contiguous())));
  std::map<std::string, std::string> metadata;
  if (file.is_ours()) metadata = {{"fovea.recipe", io::json_text(io::Json(file.recipe()))}, {"fovea.classes", io::json_text(io::Json(file.classes()))}};
  if (!file.class_ids().empty()) metadata.emplace("fovea.class_ids", io::json_text(io::Json(file.class_ids())));
  if (!file.is_ours() && file.maker() == Maker::kReference) metadata.emplace("fovea.maker", kReferenceMaker);
  make_directories(fs::absolute(target).parent_path());
  write_atomically(target, [&](const fs::path& temporary) {
    if (target.extension() == ".safetensors") {
      metadata.emplace("format", "pt");  // what the readers of other programs look for
      io::write_safetensors(temporary, views, metadata);
    } else {
      io::write_torch_file(temporary, views, metadata);
    }
    refuse_existing(target);  // made meanwhile
  });
}

InitReport import_weights(const WeightFile& file, const fs::path& target, const ImportOptions& options) {
  refuse_existing(target);
  const int64_t outputs = outputs_of(file, options);
  Identity identity{.model = options.model.name,
                    .num_outputs = outputs,
                    .global_batch = options.global_batch,
                    .seed = options.seed,
                    .classes = class_names(file, options, outputs),
                    .class_ids = class_ids(file, options, outputs),
                    .recipe = options.recipe,
                    .init = init_text({.path = file.path()})};
  identity.recipe["train.evaluate"] = FieldType<Weights>::print(Weights::kRaw);  // there are no others
  const auto model = model::make_model(options.model, {.num_outputs = outputs, .seed = static_cast<uint64_t>(options.seed)});
  InitReport report = init_weights(file, *model, {.allows_partial = options.allows_partial, .recipe = options.recipe, .classes = identity.classes});
  if (!options.allows_partial) expect_all_loaded(report, Advice{"another --recipe or --set; or --allow-partial, and what does not fit stays as drawn"});
  identity.init_fingerprint = report.fingerprint;
  CheckpointContents contents{.state = state_json({}, identity)};
  for (const nn::Parameter& parameter : model->parameters().all()) contents.model.push_back({parameter.name, parameter.value});
  write_checkpoint_folder(target, contents);
  return report;
}

}  // namespace fovea::train
