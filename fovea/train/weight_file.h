// Weights from anywhere: a run or checkpoint of ours, a safetensors file, a file of torch.save, a checkpoint of TensorFlow. Names become torchvision's.
#pragma once

#include "fovea/base/file.h"
#include "fovea/base/log.h"
#include "fovea/model/variant.h"
#include "fovea/tensor/tensor.h"
#include "fovea/train/checkpoint_path.h"
#include "fovea/train/usual_recipe.h"
#include "fovea/train/weights.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

/// What of a run or a checkpoint of ours is meant.
struct WeightChoice {
  std::optional<Weights> weights;  ///< empty: those that its recipe evaluates
  Pick pick = Pick::kBest;         ///< which checkpoint, when a run is named
  Log* log = nullptr;              ///< gets warnings about what was passed over; null: nobody does
};

/// A file of weights open for reading. Of other programs' wrappers nothing remains: "state_dict" and the like around the tensors and "module.",
/// "model.", "backbone." before their names are taken off; "*.num_batches_tracked" is left out. Of a checkpoint of TensorFlow the tensors under the
/// reference programs' names (model/tf_names.h) become ours, their axes too; what its optimiser left is passed over.
class WeightFile {
 public:
  struct Row {
    std::vector<int64_t> shape;
    std::function<Tensor()> read;  ///< float32 or int64, in host memory
  };

  /// path     a run, a checkpoint folder or one of its files, a file of any name, whose content tells the format, or what io/tf_bundle_path.h finds
  /// throws   kMissing, kIo; kUsage (a choice of weights or of a checkpoint for a file that has none, or has the others); kConfig (averaged weights
  ///          asked for, none kept); kData: damaged, of no known format, Python objects in it, a checkpoint of TensorFlow that lacks tensors
  explicit WeightFile(const fs::path& path, const WeightChoice& choice = {});

  [[nodiscard]] const fs::path& path() const { return path_; }                    ///< the file itself
  [[nodiscard]] const std::string& title() const { return title_; }               ///< for people: the path, and the dict or the kind of weights that was taken
  [[nodiscard]] const std::map<std::string, Row>& rows() const { return rows_; }  ///< by torchvision's name
  [[nodiscard]] const std::vector<std::string>& skipped() const { return skipped_; }  ///< what stands there beside weights: momentum, the step, texts

  /// Every key of the recipe that they were trained with. Another program's: what the networks that such files are of expect, few keys.
  [[nodiscard]] const std::map<std::string, std::string>& recipe() const { return recipe_; }
  [[nodiscard]] bool is_ours() const { return is_ours_; }
  /// Whose recipe() that is when it is not ours. The reference's: checkpoints of TensorFlow, what export_weights made of one, and detectors.
  [[nodiscard]] Maker maker() const { return maker_; }
  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }  ///< names of the outputs; empty when the file has none
  [[nodiscard]] const std::vector<int64_t>& class_ids() const { return class_ids_; }  ///< of a detector: ids of the outputs in its data; the same
  [[nodiscard]] std::optional<int64_t> step() const { return step_; }                 ///< global_step of a checkpoint of TensorFlow

  [[nodiscard]] model::TensorShapes shapes() const;
  /// As many outputs as the head has, a classifier's or a detector's; nothing when there is no head, or one of another kind.
  [[nodiscard]] std::optional<int64_t> num_outputs() const;

 private:
  void open_checkpoint(const fs::path& path, const WeightChoice& choice);
  void open_safetensors(const fs::path& file);
  void open_torch(const fs::path& file);
  void open_tensorflow(const fs::path& prefix);
  /// What export_weights wrote beside the tensors.
  void take_metadata(const std::map<std::string, std::string>& metadata);
  void add(const std::string& name, Row row);

  fs::path path_;
  std::string title_;
  std::map<std::string, Row> rows_;
  std::vector<std::string> skipped_;
  std::map<std::string, std::string> recipe_;
  std::vector<std::string> classes_;
  std::vector<int64_t> class_ids_;
  std::optional<int64_t> step_;
  Maker maker_ = Maker::kTorchvision;
  bool is_ours_ = false;
};

}  // namespace fovea::train
