// The classes of a scanned set of records, with everything doubtful read again under its checksum before it is believed.
#pragma once

#include "fovea/data/class_rule.h"
#include "fovea/data/record_scan.h"

#include <string_view>
#include <vector>

namespace fovea::data {

/// Counts the labels of all records. A flipped bit could invent a class: labels that few records have, and names that contradict each
/// other, are believed only if their records pass their checksum; records that do not get kUnknownLabel in `files`.
/// throws kData when undamaged records give one label two names, naming both places; kIo
SeenClasses seen_classes(std::vector<ScannedFile>& files);

/// throws kData at the first record whose label the rule does not allow, naming it. `whose` ends the message: "the training records"
void expect_labels_allowed(const std::vector<ScannedFile>& files, const ClassRule& rule, std::string_view whose);

/// "image/class/label is 57, expected 0..9 …": the message for a label outside the rule, without the place.
std::string label_message(int64_t label, const ClassRule& rule);

}  // namespace fovea::data
