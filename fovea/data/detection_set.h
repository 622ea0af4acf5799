// A data set of pictures with objects, wherever they come from: what stands in memory is compact, pictures are read when asked for.
#pragma once

#include "fovea/data/box_rule.h"
#include "fovea/data/dataset.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

/// Where encoded pictures lie, by their number in the source. Thread-safe.
class PictureStore {
 public:
  virtual ~PictureStore() = default;
  /// throws kData, kMissing, kIo
  [[nodiscard]] virtual std::vector<std::byte> read(int64_t picture) const = 0;
  [[nodiscard]] virtual std::string place(int64_t picture) const = 0;
};

/// The classes of a source, by ascending id: class k of the list is output k + 1 (0 is the background).
struct SourceClass {
  int64_t id = 0;
  std::string name;
  bool operator==(const SourceClass&) const = default;
};

/// One picture as its source states it; boxes may be faulty.
struct StatedPicture {
  int64_t picture = 0;  ///< in the store
  int64_t source_id = 0;
  image::Size size;  ///< 0 x 0 when the source does not say
  std::vector<Object> objects;
};

/// Classes of a training set and of the validation set beside it, for messages with the places of both.
struct ClassSource {
  std::string place;
  std::vector<SourceClass> classes;
};

/// The outputs of training's classes that validation lacks, as warnings.
/// throws kData when validation has an id that training does not have, or another name for one: the differences are listed
std::vector<std::string> class_differences(const ClassSource& validation, const ClassSource& training);

/// The classes of an open data set, without the background.
std::vector<SourceClass> classes_of(const DatasetInfo& info);

/// Output of a class id; nothing when it is not one of `classes`.
std::optional<int64_t> output_of(std::span<const SourceClass> classes, int64_t id);

/// A picture's upright size is compared with the one its annotations are for: boxes of another picture, or of one that lies on its side, would be
/// nonsense. stated 0 x 0: nothing to compare. throws kData naming both
void expect_annotated_size(image::Size found, image::Size stated);

struct DetectionContents;

/// Collects the pictures of a split. Training leaves out those without boxes, which teach a detector nothing (spec 3.7).
class DetectionBuilder {
 public:
  /// store  knows the places of all pictures that are added
  DetectionBuilder(Split split, OnBadBox policy, std::unique_ptr<PictureStore> store);
  ~DetectionBuilder();

  /// identity  of the picture, for the fingerprint: its name and size
  void add(const StatedPicture& stated, std::string_view identity);

  /// source  "COCO pictures in DIR/train": begins the line that says what was opened
  /// throws  kData when a training set has no boxes at all
  OpenedDataset finish(const std::string& source, const std::vector<SourceClass>& classes);

 private:
  Split split_;
  BoxRule rule_;
  int64_t without_boxes_ = 0, stated_boxes_ = 0;
  std::unique_ptr<DetectionContents> contents_;
};

}  // namespace fovea::data
