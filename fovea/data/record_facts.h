// The class that a record names, found without reading its picture: a whole ImageNet's labels in the time of a scan.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/tfrecord.h"

#include <cstdint>
#include <optional>
#include <string>

namespace fovea::data {

/// What stands under image/class/label, image/class/text and image/class/synset.
struct RecordFacts {
  int64_t label = 0;
  std::string text;    ///< empty when absent
  std::string synset;  ///< empty when absent
};

/// returns nothing when the record has no label, or when its bytes make no sense
/// throws and cost as read_features
std::optional<RecordFacts> read_record_facts(const InputFile& file, io::RecordPlace place);

}  // namespace fovea::data
