// A trained detector as a function from pictures to boxes (docs/library.md). Needs no LibTorch to compile.
#pragma once

#include "fovea/apply/classifier.h"
#include "fovea/image/image.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fovea::apply {

using DetectorOptions = ClassifierOptions;

/// One object seen. Pixels of the picture as it is looked at: upright, whatever its file says about turning.
struct Sighting {
  int64_t class_id = 0;                        ///< index of the network's output, from 1
  int64_t source_id = 0;                       ///< the class's id in the data that was trained on, such as COCO's
  std::string name;                            ///< of the class
  double score = 0;                            ///< in (0.05, 1]
  double x = 0, y = 0, width = 0, height = 0;  ///< top left corner and size; may reach beyond the picture
};

struct Sightings {
  fs::path file;
  std::string problem;            ///< why nothing could be looked at; empty when all is well
  image::Size size;               ///< of the picture
  std::vector<Sighting> objects;  ///< the surest first, at most 200
};

/// Applies a checkpoint of a detector as its recipe evaluates. Any number of threads may call the const functions of one detector at once.
/// All functions throw fovea::Error and nothing else.
class Detector {
 public:
  /// path    as Classifier takes it
  /// throws  as Classifier; kUsage for the checkpoint of a classifier
  explicit Detector(const fs::path& path, const DetectorOptions& options = {});
  /// Of a network that was loaded already; kUsage when it does something else
  explicit Detector(TrainedModel trained);
  ~Detector();
  Detector(Detector&& other) noexcept;
  Detector& operator=(Detector&& other) noexcept;

  /// throws   kMissing and kIo (file), kData (neither JPEG nor PNG, or damaged)
  [[nodiscard]] Sightings detect(const fs::path& picture) const;
  /// Many pictures, some at a time. One that cannot be read stops nothing: it has a problem. returns one for each, in their order
  [[nodiscard]] std::vector<Sightings> detect_each(std::span<const fs::path> pictures) const;

  /// What stands behind (fovea/apply/trained_model.h). Valid as long as the detector.
  [[nodiscard]] const TrainedModel& trained() const { return *trained_; }

 private:
  std::unique_ptr<const TrainedModel> trained_;
};

}  // namespace fovea::apply
