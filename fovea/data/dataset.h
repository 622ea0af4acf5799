// A data set is a function from an index to a sample: thread-safe, and the same sample whatever was asked before.
#pragma once

#include "fovea/base/file.h"
#include "fovea/base/log.h"
#include "fovea/box/box.h"
#include "fovea/data/options.h"
#include "fovea/image/image.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

enum class Split { kTrain, kValidation };

enum class Task {
  kClassify,  ///< a picture has one label
  kDetect,    ///< a picture has objects
};

/// One object of a picture.
struct Object {
  box::Box box;          ///< fractions of the picture
  int64_t class_id = 0;  ///< index of the network's output: 1 to num_outputs - 1
  double area = 0;       ///< the annotation's, in square pixels of the picture: for scores by size (spec 1.8)
  bool is_crowd = false;
};

/// One picture as it is stored, before any decoding.
struct Sample {
  std::vector<std::byte> encoded;               ///< JPEG or PNG; empty when `picture` is there
  std::shared_ptr<const image::Image> picture;  ///< pixels at once: synthetic, or kept decoded and shared with what keeps them
  int64_t label = 0;                            ///< classification: index of the network's output, 0..num_outputs-1
  std::vector<Object> objects;                  ///< detection
  int64_t source_id = 0;                        ///< detection: the picture's id in its source, as results for other programs name it
};

/// What a data set is, said to people and compared at resume.
struct DatasetInfo {
  std::string source;  ///< "class folders in DIR/train: 5000 pictures, 10 classes"
  Task task = Task::kClassify;
  /// 1,001 for ImageNet records with labels 1..1000 (spec 2.1); classes and a background, output 0, for detection; else the number of classes
  int64_t num_outputs = 0;
  std::vector<std::string> class_names;  ///< [num_outputs]
  std::vector<int64_t> class_ids;        ///< detection: [num_outputs] ids in the source, which may leave gaps (COCO); of the background 0
  uint64_t fingerprint = 0;              ///< of names and sizes: equal when the data did not change
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  [[nodiscard]] virtual const DatasetInfo& info() const = 0;
  [[nodiscard]] virtual int64_t size() const = 0;
  /// throws kData when the record is damaged, naming file, record, byte and check
  [[nodiscard]] virtual Sample get(int64_t index) const = 0;
  /// "DIR/train/bird/0338.jpg" or "DIR/train-00001-of-00008: record 12 at byte 90113": the place of a sample, for messages
  [[nodiscard]] virtual std::string place(int64_t index) const = 0;
  /// The label without reading the sample, for counting classes; nothing where that cannot be told
  [[nodiscard]] virtual std::optional<int64_t> known_label(int64_t /*index*/) const { return std::nullopt; }
  /// Detection: the objects without reading the picture, valid as long as the data set.
  [[nodiscard]] virtual std::span<const Object> known_objects(int64_t /*index*/) const { return {}; }
};

struct OpenOptions {
  fs::path index_cache;                   ///< file that keeps the scan of TFRecords between runs; empty = none
  int64_t synthetic_size = 0;             ///< side of synthetic pictures; 0 = 224
  Task synthetic_task = Task::kClassify;  ///< what synthetic pictures show, labels or boxes, where their name does not say it
  uint64_t seed = 0;                      ///< of synthetic data
  /// Damage met while scanning TFRecords: kStop throws kData; kSkip keeps what stands before the damage and lists it.
  enum class OnDamage { kStop, kSkip } on_damage = OnDamage::kStop;
  OnBadBox on_bad_box = OnBadBox::kClip;
  /// For a validation set: the training set beside it, where that is open already; its classes are then not counted again.
  const Dataset* training = nullptr;
};

/// How a recipe opens its data: synthetic pictures of data.image_size made from `seed`, with boxes where data.train_crop wants them; damage as
/// data.on_corrupt says; no index cache.
OpenOptions open_options(const DataOptions& options, uint64_t seed);

struct OpenedDataset {
  std::unique_ptr<Dataset> dataset;
  std::vector<std::string> damage;    ///< with OnDamage::kSkip: what was left out, one line each
  std::vector<std::string> warnings;  ///< what may not be meant, one line each: classes without validation pictures
};

/// Recognises what lies at `where` and opens one split of it (docs/datasets.md): TFRecords with the names and keys of spec 2.5 in the folder
/// or a direct sub-folder; class folders under train/ and val/ or validation/; one folder of classes, for validation only, so that nobody
/// evaluates on what he trained on; the words "synthetic" or "synthetic:classes=10,train=512,val=128,size=64".
/// Classes and their names are those of the training set, where there is one; validation may lack some (a warning).
/// throws kMissing when there is nothing, or no such split; kData when nothing is recognised, listing what was looked for and what was
///        found; kData when shards are missing, or when validation has a class that training does not know (naming it); kIo
OpenedDataset open_dataset(const std::string& where, Split split, const OpenOptions& options);

}  // namespace fovea::data
