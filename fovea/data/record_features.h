// Some features of a record, found without reading its picture: those of a whole set in the time of a scan.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/example.h"
#include "fovea/io/tfrecord.h"

#include <optional>
#include <span>
#include <string_view>

namespace fovea::data {

/// Walks the fields of a tf.train.Example (spec 1.6) in the file and steps over every value that is not asked for. The checksum is not
/// looked at: what this says is a statement about an undamaged file, and whoever uses the record reads it whole.
///
/// keys     of the features asked for; texts of more than 1,024 bytes come out empty
/// returns  those that are there; nothing when the bytes make no sense
/// throws   kIo
/// cost     one or two preads of 4 KiB and what the features themselves take; safe from several threads
std::optional<io::Example> read_features(const InputFile& file, io::RecordPlace place, std::span<const std::string_view> keys);

}  // namespace fovea::data
