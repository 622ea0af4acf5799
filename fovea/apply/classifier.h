// A trained network as a function from pictures to classes: the header to begin with (docs/library.md). Needs no LibTorch to compile.
#pragma once

#include "fovea/base/error.h"
#include "fovea/train/checkpoint_path.h"
#include "fovea/train/weights.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fovea::apply {

struct TrainedModel;

struct ClassifierOptions {
  train::Pick pick = train::Pick::kBest;  ///< which checkpoint, when a run is named
  std::optional<train::Weights> weights;  ///< empty: those that the recipe evaluates
  std::string device = "cpu";             ///< or "cuda", "cuda:N"
  Log* log = nullptr;                     ///< gets warnings while loading, such as a damaged checkpoint that was passed over; null: nobody does
};

struct Guess {
  int64_t class_id = 0;    ///< index of the network's output
  std::string name;        ///< of the class
  double probability = 0;  ///< softmax over all classes, in [0, 1]
};

/// What became of one of several pictures.
struct Prediction {
  fs::path file;
  std::string problem;         ///< why there are no guesses; empty when there are
  std::vector<Guess> guesses;  ///< the likeliest first
};

/// Applies a checkpoint as its recipe evaluates: crop, scale, normalisation, precision and weights are the recipe's. Any number of threads may call
/// the const functions of one classifier at once; each call computes with as many threads of its own as LibTorch is set to (OMP_NUM_THREADS).
///
/// All functions throw fovea::Error and nothing else; its code() is the exit code that `fovea predict` would give.
class Classifier {
 public:
  /// path    a run folder, a checkpoint folder, or a file that names one (RUN/checkpoints/latest)
  /// throws  kMissing, kData (damaged, foreign, of a newer version), kConfig (averaged weights asked for, none kept), kUsage and kDevice (device)
  explicit Classifier(const fs::path& path, const ClassifierOptions& options = {});
  ~Classifier();
  Classifier(Classifier&& other) noexcept;
  Classifier& operator=(Classifier&& other) noexcept;

  /// The likeliest classes of one picture, the likeliest first; all classes when there are fewer than `top`.
  ///
  /// picture  a file, or the bytes of one: JPEG or PNG of any size
  /// top      at least 1
  /// throws   kMissing and kIo (file), kData (neither JPEG nor PNG, or damaged), kUsage (top)
  [[nodiscard]] std::vector<Guess> classify(const fs::path& picture, int64_t top = 5) const;
  [[nodiscard]] std::vector<Guess> classify(std::span<const std::byte> picture, int64_t top = 5) const;

  /// Many pictures, some at a time: faster than one by one. A picture that cannot be read stops nothing: it has a problem instead of guesses.
  ///
  /// returns  one for each picture, in their order
  /// throws   kUsage (top)
  [[nodiscard]] std::vector<Prediction> classify_each(std::span<const fs::path> pictures, int64_t top = 5) const;

  /// Names of all classes, by class_id.
  [[nodiscard]] const std::vector<std::string>& class_names() const;

  /// What stands behind: recipe, step, network (fovea/apply/trained_model.h). Valid as long as the classifier.
  [[nodiscard]] const TrainedModel& trained() const { return *trained_; }

 private:
  std::unique_ptr<const TrainedModel> trained_;
};

}  // namespace fovea::apply
