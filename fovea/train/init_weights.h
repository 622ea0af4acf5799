// First weights from a file: which tensors fit, which do not, and what that means for the network.
#pragma once

#include "fovea/model/model.h"
#include "fovea/train/init_source.h"
#include "fovea/train/weight_file.h"

#include <map>
#include <string>
#include <vector>

namespace fovea::train {

/// What became of one tensor.
enum class TensorFate {
  kLoaded,
  kShifted,  ///< the head of ImageNet, rows moved by one for the background class
  kKept,     ///< of the head, which was not asked for or does not fit whole
  kShape,    ///< another shape in the file
  kMissing,  ///< not in the file
  kUnused,   ///< only in the file
  kSkipped,  ///< only in the file, and no weights: momentum, the step
};
inline constexpr std::array<std::string_view, 7> kTensorFateNames{"loaded", "shifted", "kept", "shape", "missing", "unused", "skipped"};
constexpr const auto& enum_names(TensorFate) { return kTensorFateNames; }

struct InitReport {
  struct Row {
    TensorFate fate;
    std::string name;
    std::string detail;  ///< "[1000, 2048] in the file, [8, 2048] here"
  };
  std::string from;         ///< title of the file
  std::string fingerprint;  ///< init_fingerprint
  InitPart part = InitPart::kAll;
  std::vector<Row> rows;              ///< the network's tensors in table order, then those only in the file
  std::vector<std::string> notes;     ///< sentences: what the head became
  std::vector<std::string> warnings;  ///< sentences: names that do not fit, settings that differ

  [[nodiscard]] std::vector<std::string> names(TensorFate fate) const;
  /// "starting from r50.pth: backbone, 318/318 tensors; ..." with the notes
  [[nodiscard]] std::string sentence() const;
  /// The sentence, the warnings, and one line for every tensor: RUN/init.txt.
  [[nodiscard]] std::string text() const;
};

struct InitOptions {
  InitPart part = InitPart::kAll;
  bool allows_partial = false;
  std::map<std::string, std::string> recipe;  ///< of this run, key by key: settings that differ from the file's are warned about
  std::vector<std::string> classes;           ///< of this run's outputs
};

/// Copies the tensors of `file` into those of the model with the same name and shape. Another number of outputs keeps the head as it is, but 1,000 and 1,001
/// are ImageNet without and with a background class (spec 2.3): output i becomes i + 1, or i - 1; a background that is new begins at zero. A layer
/// of the head of which only a part fits stays as it is.
///
/// throws kData when the file is of another variant of the family, has a projection in stage 1 that the network lacks, or fewer than 90 % of the
///        backbone's tensors fit, and options.allows_partial is false; then nothing was copied
InitReport init_weights(const WeightFile& file, model::Model& model, const InitOptions& options);

/// For a network that is to be used as it is.
/// advice  for whoever has to do without it
/// throws  kData naming a tensor of the network that did not come from the file
void expect_all_loaded(const InitReport& report, const Advice& advice);

/// A hash of the file's bytes, and the part.
std::string init_fingerprint(const WeightFile& file, InitPart part);

}  // namespace fovea::train
