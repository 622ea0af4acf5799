#include "fovea/train/weight_file.h"

#include "fovea/base/fields.h"
#include "fovea/base/strings.h"
#include "fovea/io/tf_bundle.h"
#include "fovea/io/tf_bundle_path.h"
#include "fovea/io/torch_file.h"
#include "fovea/model/tf_names.h"
#include "fovea/train/checkpoint.h"
#include "fovea/train/checkpoint_store.h"
#include "fovea/train/name_list.h"
#include "fovea/train/run_state.h"

#include <algorithm>
#include <array>
#include <memory>

namespace fovea::train {
namespace {

/// Wrappers of modules: DataParallel, Lightning, timm and mmcls backbones, torch.compile.
constexpr std::array<std::string_view, 5> kPrefixes{"module.", "model.", "backbone.", "encoder.", "_orig_mod."};

std::string plain_name(std::string_view name) {
  while (true) {
    const auto* prefix = std::ranges::find_if(kPrefixes, [&](std::string_view each) { return name.starts_with(each); });
    if (prefix == kPrefixes.end()) return std::string(name);
    name.remove_prefix(prefix->size());
  }
}

/// Keys of the dict that holds the weights, the likeliest first; the empty one is the outermost, where beside a named one only figures stand.
/// Averages come last: they are taken when nothing else is there.
constexpr std::array<std::string_view, 10> kGroups{"state_dict", "model", "model_state_dict", "module",         "network",
                                                   "net",        "",      "model_ema",        "state_dict_ema", "ema_state_dict"};

const io::TorchGroup& weights_of(const io::TorchFile& file) {
  for (const std::string_view wanted : kGroups) {
    for (const io::TorchGroup& group : file.groups()) {
      if (group.path == wanted) return group;
    }
  }
  if (file.groups().size() == 1) return file.groups().front();
  if (file.groups().empty())
    fail(ErrorCode::kData, Advice{"in Python: save the network's state_dict()"}, "\"{}\" holds no tensors by name", file.path().string());
  std::vector<std::string> names;
  for (const io::TorchGroup& group : file.groups())
    names.push_back(fmt::format("\"{}\" ({})", one_line(group.path, kShownName), format_count(std::ssize(group.tensors), "tensor")));
  fail(ErrorCode::kData, Advice{"in Python: save the one that holds the network's weights alone"},
       "\"{}\" holds several dicts of tensors, none called as weights are: {}", file.path().string(), join_first(names));
}

enum class Form { kCheckpoint, kSafetensors, kTorch, kTensorFlow };
struct Located {
  Form form;
  fs::path path;                   ///< of kCheckpoint: a run, or the folder of one; of kTensorFlow: the prefix
  std::optional<Weights> weights;  ///< when one file of a checkpoint was named
  std::string remark;              ///< what to warn about
};

Located locate(const fs::path& path) {
  if (const auto found = io::find_tf_bundle(path)) return {.form = Form::kTensorFlow, .path = found->prefix, .remark = found->remark};
  std::error_code ignored;  // what cannot be looked at does not exist for this purpose
  if (!fs::exists(path, ignored)) fail(ErrorCode::kMissing, "there is no \"{}\"", path.string());
  if (fs::is_directory(path, ignored) || pointed_at(path)) return {.form = Form::kCheckpoint, .path = path};
  if (const fs::path folder = fs::absolute(path).parent_path(); fs::exists(folder / "manifest.json", ignored)) {
    if (path.filename() == "model.safetensors") return {.form = Form::kCheckpoint, .path = folder, .weights = Weights::kRaw};
    if (path.filename() == "ema.safetensors") return {.form = Form::kCheckpoint, .path = folder, .weights = Weights::kEma};
  }
  std::array<std::byte, 9> first{};
  const std::string_view begin = as_text(first).substr(0, InputFile(path).read_at(0, first));
  // safetensors first: its first byte is a part of a length and may be anything, also that of the others
  if (begin.size() == first.size() && begin.back() == '{') return {.form = Form::kSafetensors, .path = path};
  if (begin.starts_with("PK") || begin.starts_with('\x80')) return {.form = Form::kTorch, .path = path};
  fail(ErrorCode::kData, Advice{"a .safetensors file, a .pth file of torch.save, a checkpoint of TensorFlow, or a run or checkpoint of fovea"},
       "\"{}\" is no file of weights: neither safetensors nor a zip archive of torch.save", path.string());
}

std::string part_of(const Checkpoint& checkpoint, std::optional<Weights> weights, const std::map<std::string, std::string>& recipe) {
  if (!weights) {
    const auto evaluated = recipe.find("train.evaluate");
    weights = evaluated == recipe.end() ? Weights::kRaw : FieldType<Weights>::parse(evaluated->second).value_or(Weights::kRaw);
  }
  const bool is_ema = *weights == Weights::kEma;
  if (is_ema && !checkpoint.has("ema")) fail(ErrorCode::kConfig, Advice{"take its raw weights"}, "{} keeps no averaged weights", checkpoint.folder.string());
  return is_ema ? "ema" : "model";
}

/// A tensor of another program, in host memory: float32, or int64.
template <class File, class Held>
Tensor widened(const File& file, const Held& held, io::TensorType type) {
  Tensor value = at::empty(held.shape, at::TensorOptions().dtype(scalar_type_of(type)));
  file.read(held, mutable_tensor_bytes(value));
  return value.to(value.is_floating_point() ? at::kFloat : at::kLong);
}

}  // namespace

WeightFile::WeightFile(const fs::path& path, const WeightChoice& choice) {
  const Located located = locate(path);
  if (choice.log != nullptr && !located.remark.empty()) choice.log->warning("{}", located.remark);
  if (choice.weights && located.form != Form::kCheckpoint) {
    fail(ErrorCode::kUsage, Advice{"leave the choice out"}, "\"{}\" is no checkpoint of fovea, which alone has raw and averaged weights side by side",
         path.string());
  }
  if (choice.pick == Pick::kLatest && located.form != Form::kCheckpoint) {
    fail(ErrorCode::kUsage, Advice{"leave the choice out"}, "\"{}\" is no run of fovea, which alone has a best and a latest checkpoint", path.string());
  }
  if (choice.weights && located.weights && *choice.weights != *located.weights) {
    fail(ErrorCode::kUsage, Advice{"leave the choice out, or name the folder of the checkpoint"}, "\"{}\" holds the {} weights, but the {} ones are asked for",
         path.string(), FieldType<Weights>::print(*located.weights), FieldType<Weights>::print(*choice.weights));
  }
  switch (located.form) {
    case Form::kCheckpoint:
      open_checkpoint(located.path, {.weights = located.weights ? located.weights : choice.weights, .pick = choice.pick, .log = choice.log});
      break;
    case Form::kSafetensors: open_safetensors(located.path); break;
    case Form::kTorch: open_torch(located.path); break;
    case Form::kTensorFlow: open_tensorflow(located.path); break;
  }
  if (is_ours_) return;
  if (located.form == Form::kTensorFlow || model::has_detection_head(shapes())) maker_ = Maker::kReference;  // torchvision names its detectors otherwise
  recipe_ = usual_recipe(maker_, shapes());
}

model::TensorShapes WeightFile::shapes() const {
  model::TensorShapes shapes;
  for (const auto& [name, row] : rows_) shapes.emplace(name, row.shape);
  return shapes;
}

std::optional<int64_t> WeightFile::num_outputs() const {
  const auto length = [&](const char* name) {
    const auto found = rows_.find(name);
    return found == rows_.end() || found->second.shape.size() != 1 ? int64_t{0} : found->second.shape[0];
  };
  if (const int64_t outputs = length("fc.bias"); outputs > 0) return outputs;
  // A detector has four numbers of place and one for each output for every default box of a cell.
  const int64_t places = length("box.0.bias"), classes = length("class.0.bias");
  if (places == 0 || 4 * classes % places != 0 || 4 * classes / places < 2) return std::nullopt;
  return 4 * classes / places;
}

void WeightFile::add(const std::string& name, Row row) {
  std::string plain = plain_name(name);
  if (plain.ends_with(".num_batches_tracked") || plain == "n_averaged") return;  // counters of PyTorch that only its own training reads
  if (!rows_.emplace(plain, std::move(row)).second)
    fail(ErrorCode::kData, Advice{"in Python: save the state_dict() of the network alone"},
         "\"{}\" has two tensors that are called \"{}\" without their wrappers' names", path_.string(), one_line(plain, kShownName));
}

void WeightFile::open_checkpoint(const fs::path& path, const WeightChoice& choice) {
  Log nobody;
  const Checkpoint checkpoint = load_checkpoint(path, choice.pick, choice.log != nullptr ? *choice.log : nobody);
  const Identity identity = identity_from(checkpoint.state, checkpoint.folder.string());
  is_ours_ = true;
  recipe_ = identity.recipe;
  classes_ = identity.classes;
  class_ids_ = identity.class_ids;
  const std::string part = part_of(checkpoint, choice.weights, recipe_);
  const auto file = std::make_shared<const io::SafetensorsFile>(checkpoint.file(part));
  path_ = file->path();
  title_ = fmt::format("{} ({} weights)", checkpoint.folder.string(), part == "ema" ? "ema" : "raw");
  for (const auto& [name, info] : file->tensors()) {
    add(name, {.shape = info.shape, .read = [file, &info = info] { return read_tensor(*file, info); }});
  }
}

void WeightFile::take_metadata(const std::map<std::string, std::string>& metadata) {
  if (const auto maker = metadata.find("fovea.maker"); maker != metadata.end() && maker->second == kReferenceMaker) maker_ = Maker::kReference;
  const auto take = [&](const char* key, auto& target) {
    const auto text = metadata.find(key);
    if (text == metadata.end()) return;
    try {
      target = io::parse_json(text->second, fmt::format("\"{}\": {}", path_.string(), key)).template get<std::remove_reference_t<decltype(target)>>();
    } catch (const io::Json::exception&) {
      fail(ErrorCode::kData, Advice{"fovea checkpoint convert writes it anew"}, "\"{}\": {} in its metadata is not what fovea writes", path_.string(), key);
    }
    is_ours_ = true;
  };
  take("fovea.recipe", recipe_);
  take("fovea.classes", classes_);
  take("fovea.class_ids", class_ids_);
}

void WeightFile::open_safetensors(const fs::path& path) {
  const auto file = std::make_shared<const io::SafetensorsFile>(path);
  path_ = path;
  title_ = path.string();
  take_metadata(file->metadata());
  for (const auto& [name, info] : file->tensors()) {
    add(name, {.shape = info.shape, .read = [file, &info = info] { return read_tensor(*file, info); }});
  }
}

void WeightFile::open_torch(const fs::path& path) {
  const auto file = std::make_shared<const io::TorchFile>(path);
  path_ = path;
  const io::TorchGroup& group = weights_of(*file);
  title_ = group.path.empty() ? path.string() : fmt::format("{} ({})", path.string(), one_line(group.path, kShownName));
  take_metadata(file->metadata());
  for (const auto& [name, tensor] : group.tensors) {
    add(name, {.shape = tensor.shape, .read = [file, &tensor = tensor] { return widened(*file, tensor, tensor.type); }});
  }
}

void WeightFile::open_tensorflow(const fs::path& prefix) {
  const auto bundle = std::make_shared<const io::TfBundle>(prefix);
  const std::map<std::string, io::TfTensor>& tensors = bundle->tensors();
  path_ = io::tf_index_path(prefix);
  title_ = prefix.string();
  model::TensorShapes shapes;
  for (const auto& [name, tensor] : tensors) shapes.emplace(name, tensor.shape);
  const model::NameMap names = model::own_names(shapes);
  if (names.empty()) {
    const bool has_objects = tensors.contains("_CHECKPOINTABLE_OBJECT_GRAPH");
    fail(ErrorCode::kData,
         Advice{"one that the reference's estimator programs wrote (tf.compat.v1.train.Saver); \"fovea checkpoint list\" shows what is in it"},
         "\"{}\" has no tensor \"conv2d/kernel\", which the reference's networks begin with{}", prefix.string(),
         has_objects ? "; it is one of Keras or tf.train.Checkpoint, whose names are not known here" : "");
  }
  if (const std::vector<std::string> missing = model::missing_tf_names(shapes); !missing.empty()) {
    std::vector<std::string> sentences;
    append_list(sentences, missing, missing.size() == 1 ? "tensor" : "tensors");
    const bool are_norms = std::ranges::all_of(missing, [](const std::string& name) { return name.find("batch_normalization") != std::string::npos; });
    if (const auto stray = model::stray_tf_norm(shapes); are_norms && stray) {
      fail(ErrorCode::kData, Advice{"one that was trained without it; \"fovea checkpoint list\" shows what is in it"},
           "the norms of \"{}\" are not numbered as its convolutions are, as --distributed_bn leaves them, so which is which is not known: it has {}, but "
           "lacks {}",
           prefix.string(), one_line(*stray, kShownName), sentences.front());
    }
    fail(ErrorCode::kData, Advice{"save all variables of the network; \"fovea checkpoint list\" shows what is in it"},
         "\"{}\" is not whole: it lacks {} that others in it need", prefix.string(), sentences.front());
  }
  if (const auto step = tensors.find(std::string(model::kTfStep));
      step != tensors.end() && step->second.type == io::TensorType::kI64 && step->second.shape.empty()) {
    step_ = widened(*bundle, step->second, *step->second.type).item<int64_t>();
  }
  for (const auto& [name, tensor] : tensors) {
    const size_t slash = name.rfind('/');
    const bool is_slot = slash != std::string::npos && tensors.contains(name.substr(0, slash));  // "conv2d/kernel/Momentum" beside "conv2d/kernel"
    if (!tensor.type || is_slot || name == model::kTfStep) {
      skipped_.push_back(name);
      continue;
    }
    const auto own = names.find(name);
    add(own == names.end() ? name : own->second, {.shape = model::own_shape(tensor.shape), .read = [bundle, &tensor = tensor] {
                                                    const Tensor value = widened(*bundle, tensor, *tensor.type);
                                                    return value.permute(model::own_axes(value.dim())).contiguous();
                                                  }});
  }
}

}  // namespace fovea::train
