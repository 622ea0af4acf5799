#include "fovea/train/init_weights.h"

#include "fovea/base/fields.h"
#include "fovea/base/shell.h"
#include "fovea/io/fingerprint.h"
#include "fovea/model/variant.h"
#include "fovea/train/name_list.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <set>

namespace fovea::train {
namespace {

constexpr int64_t kImageNetClasses = 1000;  // and one more with TensorFlow's background class

std::string shapes_text(at::IntArrayRef file, at::IntArrayRef own) {
  return fmt::format("[{}] in the file, [{}] here", fmt::join(file, ", "), fmt::join(own, ", "));
}

/// Rows that move when the one side has a background class and the other has none; 0 when this is not the case.
int64_t head_shift(at::IntArrayRef file, at::IntArrayRef own) {
  if (file.empty() || file.size() != own.size() || file.slice(1) != own.slice(1)) return 0;
  if (file[0] == kImageNetClasses && own[0] == kImageNetClasses + 1) return 1;
  return file[0] == kImageNetClasses + 1 && own[0] == kImageNetClasses ? -1 : 0;
}

Tensor shifted(const Tensor& value, int64_t shift) {
  if (shift < 0) return value.slice(0, 1);
  std::vector<int64_t> background = value.sizes().vec();
  background[0] = 1;
  return at::cat({at::zeros(background, value.options()), value});
}

/// Where a tensor comes from, decided before anything is copied.
struct Match {
  nn::Parameter* parameter;
  const WeightFile::Row* source;
  int64_t shift;
};

class Matching {
 public:
  Matching(const WeightFile& file, model::Model& model, const InitOptions& options) : file_(file), model_(model), options_(options) {
    report_ = {.from = file.title(), .part = options.part};
    nn::Parameters& parameters = model.parameters();
    for (nn::Parameter& parameter : parameters.all()) match(parameter);
    for (const auto& [name, row] : file.rows()) {
      const bool is_left_out = options.part == InitPart::kBackbone && is_head(name);
      if (parameters.find(name) == nullptr && !is_left_out)
        add(TensorFate::kUnused, one_line(name, kShownName), fmt::format("[{}]", fmt::join(row.shape, ", ")));
    }
    keep_half_layers();
    for (const std::string& name : file.skipped()) add(TensorFate::kSkipped, one_line(name, kShownName), "");
    report_.fingerprint = init_fingerprint(file, options.part);
  }

  InitReport apply() {
    expect_backbone();
    const at::NoGradGuard no_gradients;
    for (const Match& match : matches_) {
      const Tensor value = match.source->read();
      match.parameter->value.detach().copy_(match.shift == 0 ? value : shifted(value, match.shift));
    }
    note_head();
    if (!file_.skipped().empty()) report_.notes.push_back(fmt::format("{} beside the weights skipped", format_count(std::ssize(file_.skipped()), "tensor")));
    warn();
    return std::move(report_);
  }

 private:
  [[nodiscard]] bool is_head(std::string_view name) const { return !model_.is_backbone(name); }

  void add(TensorFate fate, const std::string& name, const std::string& detail) {
    report_.rows.push_back({.fate = fate, .name = name, .detail = one_line(detail, kShownName)});
  }

  void match(nn::Parameter& parameter) {
    const std::vector<int64_t> own = parameter.value.sizes().vec();
    const std::string own_text = fmt::format("[{}]", fmt::join(own, ", "));
    const auto found = file_.rows().find(parameter.name);
    if (!is_head(parameter.name)) ++backbone_;
    if (is_head(parameter.name) && options_.part == InitPart::kBackbone) return add(TensorFate::kKept, parameter.name, own_text);
    if (found == file_.rows().end()) return add(TensorFate::kMissing, parameter.name, own_text);
    const int64_t shift = is_head(parameter.name) ? head_shift(found->second.shape, own) : 0;
    if (shift == 0 && found->second.shape != own) return add(TensorFate::kShape, parameter.name, shapes_text(found->second.shape, own));
    if (!is_head(parameter.name)) ++backbone_loaded_;
    add(shift == 0 ? TensorFate::kLoaded : TensorFate::kShifted, parameter.name, shift == 0 ? own_text : shapes_text(found->second.shape, own));
    matches_.push_back({.parameter = &parameter, .source = &found->second, .shift = shift});
  }

  /// A layer of the head is taken whole, every tensor in the same way, or not at all: weights without their bias would be neither the file's nor fresh.
  void keep_half_layers() {
    const auto layer_of = [](const std::string& name) { return name.substr(0, name.rfind('.')); };
    std::map<std::string, std::set<TensorFate>> fates;
    for (const InitReport::Row& row : report_.rows) {
      if (is_head(row.name) && row.fate != TensorFate::kUnused) fates[layer_of(row.name)].insert(row.fate);
    }
    const auto is_half = [&](const std::string& name) { return is_head(name) && fates[layer_of(name)].size() > 1; };
    for (InitReport::Row& row : report_.rows) {
      const bool is_taken = row.fate == TensorFate::kLoaded || row.fate == TensorFate::kShifted;
      if (is_taken && is_half(row.name)) row = {.fate = TensorFate::kKept, .name = row.name, .detail = "the rest of the layer does not fit"};
    }
    std::erase_if(matches_, [&](const Match& match) { return is_half(match.parameter->name); });
  }

  void expect_backbone() const {
    constexpr int64_t kNeededPercent = 90;  // chosen: less is another network under the same names
    if (options_.allows_partial) return;
    expect_same_variant();
    if (100 * backbone_loaded_ >= kNeededPercent * backbone_) return;
    fail(ErrorCode::kData, Advice{"--set model.name= with the network that the file is of; or --allow-partial, and what is missing stays as drawn"},
         "only {} of the backbone's {} tensors are in {} with their shape; {}", backbone_loaded_, backbone_, report_.from, mismatch_text());
  }

  /// Of two networks of the family one may fit into the other tensor by tensor, as ResNet-50 does into ResNet-101, and compute something else.
  void expect_same_variant() const {
    model::TensorShapes own;
    for (const nn::Parameter& parameter : model_.parameters().all()) own.emplace(parameter.name, parameter.value.sizes().vec());
    const model::TensorShapes theirs = file_.shapes();
    const auto here = model::variant_of(own), there = model::variant_of(theirs);
    if (!here || !there) return;
    if (*here != *there) {
      fail(ErrorCode::kData, Advice{"weights of the same network, or --set model.name= with the one that the file is of; --allow-partial takes what fits"},
           "{} is of a {}, the backbone here is of a {}", report_.from, *there, *here);
    }
    if (model::lacks_stage1_projection(own) && !model::lacks_stage1_projection(theirs)) {
      fail(ErrorCode::kData,
           Advice{
               "--set model.stage1_projection=true; or weights of one that was trained with model.stage1_projection=false, as the reference's detector needs"},
           "{} has a projection in the first block (layer1.0.downsample), the network here has none", report_.from);
    }
  }

  [[nodiscard]] std::string mismatch_text() const {
    std::vector<std::string> sentences;
    std::vector<std::string> shapes;
    for (const InitReport::Row& row : report_.rows) {
      if (row.fate == TensorFate::kShape && !is_head(row.name)) shapes.push_back(fmt::format("{}: {}", row.name, row.detail));
    }
    append_list(sentences, report_.names(TensorFate::kMissing), "missing");
    append_list(sentences, shapes, "of another shape");
    append_list(sentences, report_.names(TensorFate::kUnused), "only in the file");
    return join(sentences, "; ");
  }

  [[nodiscard]] const InitReport::Row* head_row(TensorFate fate) const {
    const auto found = std::ranges::find_if(report_.rows, [&](const InitReport::Row& row) { return is_head(row.name) && row.fate == fate; });
    return found == report_.rows.end() ? nullptr : &*found;
  }

  void note_head() {
    const auto *misshapen = head_row(TensorFate::kShape), *missing = head_row(TensorFate::kMissing), *kept = head_row(TensorFate::kKept);
    const bool is_partly = head_row(TensorFate::kLoaded) != nullptr;
    const std::string_view what = is_partly ? "a part of the head is new" : "the head is new";
    if (misshapen != nullptr) {
      report_.notes.push_back(fmt::format("{}: {} {}", what, misshapen->name, misshapen->detail));
    } else if (missing != nullptr) {
      report_.notes.push_back(fmt::format("{}: the file has {}", what, kept == nullptr && !is_partly ? "none" : "no " + missing->name));
    } else if (kept != nullptr) {
      report_.notes.emplace_back(what);
    } else if (const auto* shifted = head_row(TensorFate::kShifted)) {
      const bool adds = file_.rows().at(shifted->name).shape[0] == kImageNetClasses;
      report_.notes.emplace_back(
          adds ? "1,000 outputs in the file, 1,001 here with the background: its output i is output i + 1 here, the background begins at zero"
               : "1,001 outputs in the file with the background, 1,000 here: its output i + 1 is output i here");
    } else if (!file_.classes().empty() && !options_.classes.empty() && file_.classes() != options_.classes) {
      report_.warnings.push_back(
          fmt::format("the classes are not those of {}; its head is loaded by position all the same (leave it out: FILE:backbone)", report_.from));
    }
  }

  void warn() {
    const bool is_partial = backbone_loaded_ < backbone_ || !report_.names(TensorFate::kUnused).empty();
    if (is_partial) report_.warnings.push_back(fmt::format("{} does not fit whole: {}", report_.from, mismatch_text()));
    std::vector<std::string> settings;
    for (const std::string_view key : {"model.padding", "model.stem", "model.stage1_projection", "model.bn_epsilon", "data.mean", "data.std"}) {
      const auto theirs = file_.recipe().find(std::string(key)), ours = options_.recipe.find(std::string(key));
      if (theirs == file_.recipe().end() || ours == options_.recipe.end() || theirs->second == ours->second) continue;
      settings.push_back("--set " + shell_quoted(one_line(fmt::format("{}={}", key, theirs->second), kShownName)));
    }
    if (settings.empty()) return;
    report_.warnings.push_back(fmt::format("{} with other settings than this recipe has, so the network computes something else at first; the same: {}",
                                           file_.is_ours() ? report_.from + " was trained"
                                                           : fmt::format("{} weights, if these are such, are made",
                                                                         file_.maker() == Maker::kReference ? "the reference's" : "torchvision's and timm's"),
                                           join(settings, " ")));
  }

  const WeightFile& file_;
  model::Model& model_;
  const InitOptions& options_;
  InitReport report_;
  std::vector<Match> matches_;
  int64_t backbone_ = 0, backbone_loaded_ = 0;
};

}  // namespace

std::vector<std::string> InitReport::names(TensorFate fate) const {
  std::vector<std::string> result;
  for (const Row& row : rows) {
    if (row.fate == fate) result.push_back(row.name);
  }
  return result;
}

std::string InitReport::sentence() const {
  const size_t loaded = names(TensorFate::kLoaded).size() + names(TensorFate::kShifted).size();
  size_t all = rows.size();
  for (const TensorFate fate : {TensorFate::kUnused, TensorFate::kKept, TensorFate::kSkipped}) all -= names(fate).size();
  std::string sentence = fmt::format("starting from {}: {}, {}/{} tensors", from, FieldType<InitPart>::print(part), loaded, all);
  for (const std::string& note : notes) sentence += "; " + note;
  return sentence;
}

std::string InitReport::text() const {
  std::string text = sentence() + "\n";
  for (const std::string& warning : warnings) text += "warning: " + warning + "\n";
  text += "\n";
  for (const Row& row : rows) text += fmt::format("{:<8} {:<40} {}\n", FieldType<TensorFate>::print(row.fate), row.name, row.detail);
  return text;
}

InitReport init_weights(const WeightFile& file, model::Model& model, const InitOptions& options) { return Matching(file, model, options).apply(); }

void expect_all_loaded(const InitReport& report, const Advice& advice) {
  for (const InitReport::Row& row : report.rows) {  // of a layer of which only a part fits, the part that does not has one of these fates
    if (row.fate == TensorFate::kMissing) fail(ErrorCode::kData, advice, "{} is not whole: it lacks {} {}", report.from, row.name, row.detail);
    if (row.fate == TensorFate::kShape) fail(ErrorCode::kData, advice, "{} does not fit: {} has another shape: {}", report.from, row.name, row.detail);
  }
}

std::string init_fingerprint(const WeightFile& file, InitPart part) {
  return fmt::format("{}:{}", io::hex(io::hash_file(file.path())), FieldType<InitPart>::print(part));
}

}  // namespace fovea::train
